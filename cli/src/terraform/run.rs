//! Runs Terraform on a copy of the tree: its variables and secrets, its failures in words.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::args::{self, Backend, Purpose};
use super::event::{Event, Problem};
use super::plan::Plan;
use super::prepared::Preparation;
use crate::config::{PlatformConfig, Secret, Variables};
use crate::failure::{Doing, Failure};
use crate::process::{ChildTalk, Heard, Invocation, indented};

/// The oldest that knows arguments which are written and never kept.
const OLDEST: (u32, u32) = (1, 11);
/// The rules for values are the same whatever the image.
const ANY_IMAGE: &str =
    "example.com/any@sha256:0000000000000000000000000000000000000000000000000000000000000000";
const GET_IT: &str =
    "get it from https://developer.hashicorp.com/terraform/install, or your system's packages";

/// Where Terraform leaves a state that it cannot write, in its working folder.
const NOT_SAVED: &str = "errored.tfstate";

/// Terraform, ready for one environment.
#[derive(Debug)]
pub struct Terraform<'a> {
    program: PathBuf,
    version: String,
    variables: &'a Variables,
    config: &'a PlatformConfig,
    folder: PathBuf,
    api_key: Option<Secret>,
    lock_timeout: Duration,
}

/// Whether a plan has something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// Everything is as wanted.
    Nothing,
    /// There are changes.
    Changes,
}

#[derive(Deserialize)]
struct Version {
    terraform_version: String,
}

impl<'a> Terraform<'a> {
    /// Finds Terraform and checks its version. It will work on the tree in `folder`.
    pub async fn find(
        variables: &'a Variables,
        config: &'a PlatformConfig,
        folder: PathBuf,
    ) -> Result<Self, Failure> {
        let program = variables
            .search_path()
            .into_iter()
            .map(|path| path.join("terraform"))
            .find(|path| path.is_file());
        let Some(program) = program else {
            return Err(Failure::usage("Terraform is not installed").hint(GET_IT));
        };
        let version = String::new();
        let mut found =
            Self { program, version, variables, config, folder, api_key: None, lock_timeout: Duration::ZERO };
        // Not in the tree, which may not be there yet.
        let text = found.invocation_anywhere(args::version()).run(ChildTalk::Kept).await?;
        let version: Version =
            serde_json::from_slice(&text).doing(|| "read the version of Terraform".to_owned())?;
        found.version = version.terraform_version;
        let version = &found.version;
        let number = |index: usize| version.split('.').nth(index).and_then(|part| part.parse::<u32>().ok());
        if (number(0).unwrap_or(0), number(1).unwrap_or(0)) < OLDEST {
            let message =
                format!("Terraform {version} is too old, wanted {}.{} or newer", OLDEST.0, OLDEST.1);
            return Err(Failure::usage(message).hint(GET_IT));
        }
        Ok(found)
    }

    /// Its version, such as `1.11.4`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Hands the first API key to the runs to come; it shows in no argument and no file.
    pub fn set_api_key(&mut self, key: Secret) {
        self.api_key = Some(key);
    }

    /// Lets the runs to come wait for a lock that another command holds.
    pub fn set_lock_timeout(&mut self, timeout: Duration) {
        self.lock_timeout = timeout;
    }

    /// Prepares the tree, unless it is prepared.
    pub async fn init(&self, backend: &Backend) -> Result<(), Failure> {
        let arguments = args::init(backend);
        let preparation = Preparation::of(&self.folder, &self.version, &arguments)?;
        if preparation.is_done() {
            return Ok(());
        }
        preparation.forget()?;
        self.invocation(arguments).run(ChildTalk::Kept).await?;
        preparation.note()
    }

    /// Plans into `plan`.
    pub async fn plan(
        &self,
        plan: &Path,
        variables: &Path,
        more: &[(&str, String)],
        purpose: Purpose,
        on_event: impl FnMut(&Event),
    ) -> Result<Planned, Failure> {
        let invocation = self.invocation(self.patient(args::plan(plan, variables, more, purpose)));
        let (code, problems) = self.watch(&invocation, on_event).await?;
        match code {
            Some(0) => Ok(Planned::Nothing),
            Some(2) => Ok(Planned::Changes),
            _ => Err(self.failure(&problems, &invocation, "plan")),
        }
    }

    /// Checks the values of `variables` by the rules beside their declarations, which are all that is in `folder`.
    pub async fn check_variables(
        &self,
        folder: &Path,
        variables: &Map<String, Value>,
    ) -> Result<(), Failure> {
        let file = folder.join("values.tfvars.json");
        let text = serde_json::to_vec(variables).doing(|| "write the variables".to_owned())?;
        std::fs::write(&file, text).doing(|| format!("write {}", file.display()))?;
        let invocation = self.invocation_anywhere(args::check_variables(&file, ANY_IMAGE)).within(folder);
        let (_, problems) = self.watch_in(folder, &invocation, |_| {}).await?;
        let wrong: Vec<String> = problems.iter().filter(|it| it.is_error()).map(Problem::sentence).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        let name = self.config.environment.name();
        Err(Failure::usage(format!("the configuration of `{name}` cannot be deployed"))
            .detail(indented(&wrong))
            .hint(format!("`eap config show --env {name} --origin` tells where each value comes from")))
    }

    /// What `plan` would do.
    pub async fn show(&self, plan: &Path) -> Result<Plan, Failure> {
        Plan::parse(&self.invocation(args::show(plan)).run(ChildTalk::Kept).await?)
    }

    /// Does what `plan` says.
    pub async fn apply(&self, plan: &Path, on_event: impl FnMut(&Event)) -> Result<(), Failure> {
        let invocation = self.invocation(self.patient(args::apply(plan)));
        match self.watch(&invocation, on_event).await? {
            (Some(0), _) => Ok(()),
            (_, problems) => Err(self
                .failure(&problems, &invocation, "apply the plan")
                .hint("what was done is in the state: run the same command again when the cause is gone")),
        }
    }

    /// Writes the state that a run before could not write, when there is one. True when there was.
    pub async fn save_what_was_not_saved(&self) -> Result<bool, Failure> {
        let file = self.folder.join(NOT_SAVED);
        if !file.is_file() {
            return Ok(false);
        }
        let pushed = self.invocation(args::state_push(NOT_SAVED)).run(ChildTalk::Kept).await;
        pushed.map_err(|failure| {
            failure.hint(format!(
                "{} is the state of an earlier run, which could not be written; delete it when that in the bucket is right",
                file.display()
            ))
        })?;
        std::fs::remove_file(&file).doing(|| format!("delete {}", file.display()))?;
        Ok(true)
    }

    /// Takes the lock of this id away.
    pub async fn force_unlock(&self, id: &str) -> Result<(), Failure> {
        self.invocation(args::force_unlock(id)).run(ChildTalk::Kept).await.map(drop)
    }

    /// Runs it and gathers its problems; the exit code is absent after a signal.
    async fn watch(
        &self,
        invocation: &Invocation,
        on_event: impl FnMut(&Event),
    ) -> Result<(Option<i32>, Vec<Problem>), Failure> {
        self.watch_in(&self.folder, invocation, on_event).await
    }

    /// As `watch`; what it says is kept in `folder` while it runs.
    async fn watch_in(
        &self,
        folder: &Path,
        invocation: &Invocation,
        mut on_event: impl FnMut(&Event),
    ) -> Result<(Option<i32>, Vec<Problem>), Failure> {
        let mut problems = Vec::new();
        let ended = invocation
            .run_watched(folder, |heard| {
                let event = match heard {
                    Heard::Line(line) => Event::parse(line),
                    Heard::Awaited(since) => Some(Event::Awaited(since)),
                };
                let Some(event) = event else { return };
                on_event(&event);
                if let Event::Problem(problem) = event {
                    problems.push(problem);
                }
            })
            .await?;
        if !problems.iter().any(Problem::is_error) && !matches!(ended.status.code(), Some(0 | 2)) {
            return Err(invocation.failure_of(&ended));
        }
        Ok((ended.status.code(), problems))
    }

    fn patient(&self, arguments: Vec<String>) -> Vec<String> {
        args::waiting_for_lock(arguments, self.lock_timeout)
    }

    fn failure(&self, problems: &[Problem], invocation: &Invocation, doing: &str) -> Failure {
        let failure = Problem::failure(problems, doing, self.config.environment.name());
        failure.hint(format!("it was run as `{}`", invocation.display()))
    }

    fn invocation(&self, arguments: Vec<String>) -> Invocation {
        self.invocation_anywhere(arguments).within(&self.folder)
    }

    fn invocation_anywhere(&self, arguments: Vec<String>) -> Invocation {
        let image = &self.config.image;
        let mut invocation = Invocation::new(&self.program)
            .arguments(arguments)
            .exactly(self.variables.for_aws_tools())
            .variable("TF_IN_AUTOMATION", "1")
            .variable("CHECKPOINT_DISABLE", "1")
            .variable("AWS_REGION", &image.region.value);
        if let Some(profile) = &image.profile {
            invocation = invocation.variable("AWS_PROFILE", &profile.value);
        }
        if let Some(url) = &image.endpoint_url {
            invocation = invocation.variable("AWS_ENDPOINT_URL", &url.value);
        }
        if let Some(key) = &self.api_key {
            invocation = invocation.variable("TF_VAR_api_key", key.expose()).hiding(key.clone());
        }
        invocation
    }
}
