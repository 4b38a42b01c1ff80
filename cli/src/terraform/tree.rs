//! The Terraform tree that is deployed: that of the checkout around the working folder, copied to a folder of its own,
//! because Terraform writes beside what it reads.

use std::path::{Path, PathBuf};

use crate::config::Variables;
use crate::failure::{Doing, Failure};
use crate::local::folder::create_private;

/// Finds the tree of the checkout.
pub fn find(variables: &Variables) -> Result<PathBuf, Failure> {
    let is_tree =
        |folder: &PathBuf| folder.join("main.tf").is_file() && folder.join("modules/service").is_dir();
    variables.working_folders().map(|folder| folder.join("terraform")).find(is_tree).ok_or_else(|| {
        Failure::usage("there is no folder `terraform` here or above")
            .hint("run eap inside a checkout of the project")
    })
}

/// Copies the tree to `target`, replacing what is there but Terraform's own data.
pub fn copy(tree: &Path, target: &Path) -> Result<(), Failure> {
    create_private(target)?;
    for entry in std::fs::read_dir(tree).doing(|| format!("read {}", tree.display()))? {
        let entry = entry.doing(|| format!("read {}", tree.display()))?;
        let (from, to) = (entry.path(), target.join(entry.file_name()));
        let name = entry.file_name().to_string_lossy().into_owned();
        // What a person's own Terraform left there, and tests that only need time.
        if name == ".terraform" || name == "tests" || name.contains(".tfstate") {
            continue;
        }
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            std::fs::copy(&from, &to).doing(|| format!("copy {}", from.display()))?;
        }
    }
    Ok(())
}

/// A file that keeps the state of a plan in the folder itself.
pub const LOCAL_BACKEND: (&str, &str) = ("backend_override.tf", "terraform {\n  backend \"local\" {}\n}\n");
