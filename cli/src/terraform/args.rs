//! Argument lists of Terraform. Pure: what is run is decided here, and tested.

use std::path::Path;
use std::time::Duration;

/// Where the state is kept.
#[derive(Debug, Clone)]
pub enum Backend {
    /// A bucket of the account.
    Bucket {
        /// Its name.
        bucket: String,
        /// Name of the state in it.
        key: String,
        /// Region of the bucket.
        region: String,
        /// Key that it is encrypted with.
        kms_key_arn: String,
        /// Whether an emulator is asked, which knows no bucket by its host name.
        emulated: bool,
    },
    /// Nowhere that lasts: for a plan of an account that has nothing yet.
    Nowhere,
}

impl Backend {
    /// The settings of the backend, as name and value.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let Self::Bucket { bucket, key, region, kms_key_arn, emulated } = self else { return Vec::new() };
        let mut settings = vec![
            ("bucket", bucket.clone()),
            ("key", key.clone()),
            ("region", region.clone()),
            ("kms_key_id", kms_key_arn.clone()),
        ];
        if *emulated {
            settings.push(("use_path_style", "true".to_owned()));
        }
        settings
    }
}

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To bring everything up to date.
    Deploy,
    /// To take everything down.
    Destroy,
}

/// Asks for the version.
pub fn version() -> Vec<String> {
    list(&["version", "-json"])
}

/// Prepares a tree. The lock file decides about providers, so it must not change.
pub fn init(backend: &Backend) -> Vec<String> {
    let mut arguments = list(&["init", "-input=false", "-no-color", "-lockfile=readonly", "-reconfigure"]);
    arguments.extend(
        backend.settings().into_iter().map(|(name, value)| format!("-backend-config={name}={value}")),
    );
    arguments
}

/// Plans into `plan`; exit code 2 says that there is something to do.
pub fn plan(plan: &Path, variables: &Path, more: &[(&str, String)], purpose: Purpose) -> Vec<String> {
    let mut arguments = list(&["plan", "-json", "-input=false", "-detailed-exitcode"]);
    arguments.push(format!("-out={}", plan.display()));
    arguments.push(format!("-var-file={}", variables.display()));
    arguments.extend(more.iter().map(|(name, value)| format!("-var={name}={value}")));
    if purpose == Purpose::Destroy {
        arguments.push("-destroy".to_owned());
    }
    arguments
}

/// Plans nothing but the values of variables, on a tree that has only their declarations; its state is nowhere.
pub fn check_variables(variables: &Path, image: &str) -> Vec<String> {
    let mut arguments = list(&["plan", "-json", "-input=false", "-lock=false"]);
    arguments.push(format!("-var-file={}", variables.display()));
    arguments.push(format!("-var=container_image={image}"));
    arguments
}

/// Shows a plan as JSON.
pub fn show(plan: &Path) -> Vec<String> {
    vec!["show".to_owned(), "-json".to_owned(), plan.display().to_string()]
}

/// Does exactly what a plan says. Most of the time the provider waits, so more at once than Terraform's ten.
pub fn apply(plan: &Path) -> Vec<String> {
    let mut arguments = list(&["apply", "-json", "-input=false", "-parallelism=30"]);
    arguments.push(plan.display().to_string());
    arguments
}

/// Lets a run wait for a lock that another one holds.
pub fn waiting_for_lock(mut arguments: Vec<String>, timeout: Duration) -> Vec<String> {
    // After the subcommand, before what is no flag.
    arguments.insert(1, format!("-lock-timeout={}s", timeout.as_secs()));
    arguments
}

/// Writes a state that an earlier run could not write.
pub fn state_push(state: &str) -> Vec<String> {
    list(&["state", "push", state])
}

/// Takes a lock away.
pub fn force_unlock(id: &str) -> Vec<String> {
    list(&["force-unlock", "-force", id])
}

fn list(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_named_whole_and_an_emulator_by_path() {
        let mut backend = Backend::Bucket {
            bucket: "b".to_owned(),
            key: "staging/terraform.tfstate".to_owned(),
            region: "eu-central-1".to_owned(),
            kms_key_arn: "arn:k".to_owned(),
            emulated: false,
        };
        assert_eq!(
            init(&backend)[5..],
            [
                "-backend-config=bucket=b",
                "-backend-config=key=staging/terraform.tfstate",
                "-backend-config=region=eu-central-1",
                "-backend-config=kms_key_id=arn:k",
            ]
        );
        if let Backend::Bucket { emulated, .. } = &mut backend {
            *emulated = true;
        }
        assert_eq!(init(&backend).last().unwrap(), "-backend-config=use_path_style=true");
        assert_eq!(init(&Backend::Nowhere).len(), 5);
    }

    #[test]
    fn a_plan_names_its_files_and_destroys_only_when_told() {
        let image = [("container_image", "r@sha256:0".to_owned())];
        let planned = |purpose| plan(Path::new("/p/plan"), Path::new("/p/v.json"), &image, purpose);
        assert_eq!(
            planned(Purpose::Deploy).join(" "),
            "plan -json -input=false -detailed-exitcode -out=/p/plan -var-file=/p/v.json -var=container_image=r@sha256:0"
        );
        assert_eq!(planned(Purpose::Destroy).last().unwrap(), "-destroy");
        assert_eq!(apply(Path::new("/p/plan")).last().unwrap(), "/p/plan", "a plan is applied, never a tree");
    }
}
