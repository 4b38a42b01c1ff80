//! The files of one plan: its variables, and the plan, which holds what secrets are read from and goes when this does.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::platform::Platform;
use crate::aws::hexadecimal;
use crate::failure::{Doing, Failure};
use crate::terraform::args::Purpose;
use crate::terraform::event::Event;
use crate::terraform::plan::Plan;
use crate::terraform::run::Planned;

/// How the names of their folders begin.
const FOLDER: &str = "plan-";

/// The files of one plan.
#[derive(Debug)]
pub struct PlanFiles {
    folder: tempfile::TempDir,
    variables: PathBuf,
}

impl PlanFiles {
    /// For a plan with these variables.
    pub fn new(platform: &Platform<'_>, variables: &Map<String, Value>) -> Result<Self, Failure> {
        // A temporary folder is for the user alone.
        let folder = tempfile::Builder::new().prefix(FOLDER).tempdir_in(platform.folder.path());
        let folder = folder.doing(|| "make a folder for the plan".to_owned())?;
        Ok(Self { folder, variables: platform.write_variables(variables)? })
    }

    /// Removes what commands left in `state` that were killed. Only who holds its lock may.
    pub fn sweep(state: &Path) -> std::io::Result<()> {
        for entry in std::fs::read_dir(state)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(FOLDER) && entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// Makes the plan.
    pub async fn plan(
        &self,
        platform: &Platform<'_>,
        image: &str,
        purpose: Purpose,
    ) -> Result<(Plan, Planned), Failure> {
        // Terraform keeps the mode of a file that is there.
        write_private(&self.file(), b"")?;
        let step = platform.context.output.step("Terraform: plan");
        let image = [("container_image", image.to_owned())];
        let told = |event: &Event| {
            if let Some(words) = event.awaited() {
                step.say(&words);
            }
        };
        let planned = platform.terraform.plan(&self.file(), &self.variables, &image, purpose, told).await?;
        let plan = platform.terraform.show(&self.file()).await?;
        step.done();
        Ok((plan, planned))
    }

    /// Takes a plan that `keep` wrote.
    pub async fn take(&self, platform: &Platform<'_>, file: &Path) -> Result<(Plan, Planned), Failure> {
        let content = read(file)
            .map_err(|failure| failure.hint("`eap deploy --plan-only --plan-file FILE` writes one"))?;
        write_private(&self.file(), &content)?;
        let plan = platform.terraform.show(&self.file()).await?;
        let planned = if plan.changes.is_empty() { Planned::Nothing } else { Planned::Changes };
        Ok((plan, planned))
    }

    /// Writes the plan to `file`, for its owner alone.
    pub fn keep(&self, file: &Path) -> Result<(), Failure> {
        write_private(file, &read(&self.file())?)
    }

    /// Carries the plan out.
    pub async fn apply(&self, platform: &Platform<'_>) -> Result<(), Failure> {
        self.apply_noting(platform, |_| ()).await
    }

    /// The same; `done` hears the address of every resource whose change is through, also when another fails.
    pub async fn apply_noting(
        &self,
        platform: &Platform<'_>,
        mut done: impl FnMut(&str),
    ) -> Result<(), Failure> {
        let output = platform.context.output;
        let mut tree = output.tree("Terraform: apply");
        platform
            .terraform
            .apply(&self.file(), |event| match event {
                Event::Started { address, action } => tree.begin(address, action),
                Event::Done { address, action, seconds } => {
                    // Half of a replacement is through, and the resource gone.
                    if action != "delete" {
                        done(address);
                    }
                    tree.end(address, &format!("  {action} {address} ({seconds} s)"));
                }
                Event::Problem(_) => {}
                Event::Awaited(_) => tree.say(&event.awaited().unwrap_or_default()),
            })
            .await?;
        tree.done();
        Ok(())
    }

    /// SHA-256 of the plan, in hexadecimal digits.
    pub fn digest(&self) -> Result<String, Failure> {
        Ok(hexadecimal(&Sha256::digest(read(&self.file())?)))
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("plan")
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).doing(|| format!("read {}", file.display()))
}

fn write_private(file: &Path, content: &[u8]) -> Result<(), Failure> {
    // A file that is there keeps its mode, so it is made anew.
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => File::options().write(true).create_new(true).mode(0o600).open(file),
    }
    .and_then(|mut stream| stream.write_all(content))
    .doing(|| format!("write {}", file.display()))
}
