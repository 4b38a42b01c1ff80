//! The Terraform tree that is deployed: that of the checkout around the working folder, else the one in this program. It is
//! copied to a folder of its own, because Terraform writes beside what it reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::Variables;
use crate::failure::{Doing, Failure};
use crate::local::folder::create_private;

/// Name and content of each file, as they were when this program was built.
const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/terraform_tree.rs"));

/// Which version of each provider a tree takes.
pub const LOCK_FILE: &str = ".terraform.lock.hcl";

/// A tree to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// That of a checkout.
    Checkout(PathBuf),
    /// That of this program.
    Embedded,
}

/// Finds the tree of the checkout; outside of one there is that of this program.
pub fn find(variables: &Variables) -> Tree {
    let is_tree =
        |folder: &PathBuf| folder.join("main.tf").is_file() && folder.join("modules/service").is_dir();
    let found = variables.working_folders().map(|folder| folder.join("terraform")).find(is_tree);
    found.map_or(Tree::Embedded, Tree::Checkout)
}

impl Tree {
    /// Copies it to `target`, replacing what is there but Terraform's own data.
    pub fn copy(&self, target: &Path) -> Result<(), Failure> {
        create_private(target)?;
        clear(target).doing(|| format!("clear {}", target.display()))?;
        match self {
            Self::Checkout(tree) => copy(tree, target),
            Self::Embedded => write_embedded(target),
        }
    }

    /// Copies the declarations of the root's variables to the empty folder `target`. They are a tree of their own, which
    /// takes neither provider nor state.
    pub fn copy_declarations(&self, target: &Path) -> Result<(), Failure> {
        let write = |name: &str, content: &[u8]| {
            let file = target.join(name);
            std::fs::write(&file, content).doing(|| format!("write {}", file.display()))
        };
        match self {
            Self::Embedded => EMBEDDED
                .iter()
                .filter(|(name, _)| declares(name))
                .try_for_each(|(name, content)| write(name, content)),
            Self::Checkout(tree) => {
                for entry in std::fs::read_dir(tree).doing(|| format!("read {}", tree.display()))? {
                    let entry = entry.doing(|| format!("read {}", tree.display()))?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    if declares(&name) {
                        let path = entry.path();
                        let content = std::fs::read(&path).doing(|| format!("read {}", path.display()))?;
                        write(&name, &content)?;
                    }
                }
                Ok(())
            }
        }
    }
}

/// Whether a file of the root declares variables, and with them the rules for their values.
fn declares(name: &str) -> bool {
    name.starts_with("variables") && Path::new(name).extension().is_some_and(|extension| extension == "tf")
}

/// Default of each variable that the tree in this program has one for, by name.
pub fn defaults() -> BTreeMap<String, Value> {
    let mut defaults = BTreeMap::new();
    for (_, content) in EMBEDDED.iter().filter(|(name, _)| declares(name)) {
        let mut variable = None;
        for line in String::from_utf8_lossy(content).lines() {
            if let Some(rest) = line.strip_prefix("variable \"") {
                variable = rest.split('"').next().map(ToOwned::to_owned);
            } else if let (Some(name), Some((key, value))) = (&variable, line.split_once('='))
                && key.trim() == "default"
                // `terraform fmt` indents what is in a variable by two; deeper is something else.
                && key.starts_with("  default")
                && let Ok(value) = serde_json::from_str(value.trim())
            {
                defaults.insert(name.clone(), value);
            }
        }
    }
    defaults
}

/// Files of another version must not be read beside those of this one.
fn clear(target: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(target)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == "modules") {
            std::fs::remove_dir_all(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "tf") {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn write_embedded(target: &Path) -> Result<(), Failure> {
    for (name, content) in EMBEDDED {
        let file = target.join(name);
        if let Some(folder) = file.parent() {
            create_private(folder)?;
        }
        std::fs::write(&file, content).doing(|| format!("write {}", file.display()))?;
    }
    Ok(())
}

fn copy(tree: &Path, target: &Path) -> Result<(), Failure> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_the_program_replaces_that_of_another_version() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("terraform");
        std::fs::create_dir_all(target.join("modules/gone")).expect("made");
        std::fs::create_dir_all(target.join(".terraform/providers")).expect("made");
        for file in ["gone.tf", "modules/gone/main.tf", "plan.bin"] {
            std::fs::write(target.join(file), "x").expect("written");
        }
        Tree::Embedded.copy(&target).expect("copied");
        let is_there = |name: &str| target.join(name).exists();
        assert!(is_there("main.tf") && is_there("modules/service/task_definition.tf"));
        assert!(is_there(LOCK_FILE), "the versions of providers are pinned");
        assert!(!is_there("gone.tf") && !is_there("modules/gone"));
        assert!(is_there("plan.bin") && is_there(".terraform/providers"));
        assert!(!is_there("tests"));
    }
}
