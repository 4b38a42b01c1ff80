//! An environment that commands work on: its account, its bootstrap stack, its Terraform, its lock on this machine.

use aws_config::SdkConfig;
use serde_json::{Map, Value};

use super::plan_files::PlanFiles;
use super::preflight::{self, Depth};
use crate::aws::bootstrap::{self, Bootstrap, Done, Found, Wish};
use crate::aws::identity::Identity;
use crate::aws::{ecr, records};
use crate::commands::Context;
use crate::config::PlatformConfig;
use crate::deployed;
use crate::failure::{Doing, Failure};
use crate::local::folder::{LocalFolder, write_atomically};
use crate::local::lock::{self, Lock};
use crate::terraform::args::Backend;
use crate::terraform::outputs::StackOutputs;
use crate::terraform::run::Terraform;
use crate::terraform::tree;

/// An environment, looked at and locked on this machine.
#[derive(Debug)]
pub struct Platform<'a> {
    /// How to speak.
    pub context: Context<'a>,
    /// Its configuration.
    pub config: &'a PlatformConfig,
    /// How AWS is called.
    pub sdk: SdkConfig,
    /// As whom.
    pub identity: Identity,
    /// Terraform on a copy of the tree.
    pub terraform: Terraform<'a>,
    /// Where its files are on this machine.
    pub folder: LocalFolder,
    _lock: Lock,
}

impl<'a> Platform<'a> {
    /// Checks as much as `depth` says, takes the lock of this machine, and copies the tree. `command` is what others are told.
    pub async fn open(
        context: Context<'a>,
        config: &'a PlatformConfig,
        command: &str,
        depth: Depth,
    ) -> Result<Self, Failure> {
        let name = format!("{}-{}", config.image.project_name.value, config.environment.name());
        let folder = LocalFolder::of_environment(context.variables, &name)?;
        let ready = preflight::check(context, config, &folder, depth).await?;
        let lock = lock::acquire(&folder, command)?;
        PlanFiles::sweep(folder.path()).doing(|| format!("clear {}", folder.path().display()))?;
        ready.tree.copy(&folder.path().join("terraform"))?;
        let (sdk, identity, terraform) = (ready.sdk, ready.identity, ready.terraform);
        Ok(Self { context, config, sdk, identity, terraform, folder, _lock: lock })
    }

    /// Name of the bootstrap stack.
    pub fn stack(&self) -> String {
        format!("{}-bootstrap", self.config.image.project_name.value)
    }

    /// The bootstrap stack, when it is there.
    pub async fn find_bootstrap(&self) -> Result<Option<Bootstrap>, Failure> {
        bootstrap::find(&bootstrap::client(&self.sdk), &self.stack()).await
    }

    /// The bootstrap stack, which commands on something deployed need.
    pub async fn bootstrap(&self) -> Result<Bootstrap, Failure> {
        let name = self.config.environment.name();
        self.find_bootstrap().await?.ok_or_else(|| {
            Failure::failed(format!("nothing was ever deployed here: the stack {} is missing", self.stack()))
                .hint(format!("`eap deploy --env {name}` deploys"))
        })
    }

    /// Makes the bootstrap stack, or brings it up to date.
    pub async fn ensure_bootstrap(&self) -> Result<Bootstrap, Failure> {
        let stack = self.stack();
        let step = self.context.output.step(format!("Bootstrap: stack {stack}"));
        let client = bootstrap::client(&self.sdk);
        let repository = &self.config.image.repository;
        let tell = |event: &str| self.context.output.say(&format!("  {event}"));
        // What is left behind shows only when whoever is at work has finished.
        let found = if bootstrap::settle(&client, &stack, tell).await? {
            self.left_behind(&stack, repository).await?
        } else {
            Found::default()
        };
        let project = &self.config.image.project_name.value;
        let github = self.config.github.as_ref();
        let wish = Wish { stack: &stack, repository, found: &found, project, github };
        let (bootstrap, done) = bootstrap::ensure(&client, wish, tell).await?;
        step.done();
        if let Some(bucket) = &found.state_bucket {
            self.context
                .output
                .say(&format!("  the states that a former stack left in {bucket} are used again"));
        }
        if let Some(role) = &bootstrap.deploy_role_arn {
            self.context.output.detail(&format!("  workflows on GitHub deploy as {role}"));
        }
        self.context.output.say(match done {
            Done::Nothing => "  as wanted",
            Done::Created => "  created: the state's bucket, its key, the image repository",
            Done::Updated => "  brought up to date",
        });
        Ok(bootstrap)
    }

    /// What a stack that is to be made finds.
    async fn left_behind(&self, stack: &str, repository: &str) -> Result<Found, Failure> {
        let (registry, buckets) = (ecr::Client::new(&self.sdk), self.bucket_client());
        let prefix = bootstrap::bucket_prefix(stack);
        let (repository, mut states) = tokio::try_join!(
            ecr::repository(&registry, repository),
            records::buckets_with(&buckets, &prefix, "/terraform.tfstate"),
        )?;
        let state_bucket = states.pop();
        if states.is_empty() {
            return Ok(Found { repository: repository.is_some(), state_bucket });
        }
        states.extend(state_bucket);
        Err(Failure::failed(format!("several buckets hold states of former stacks: {}", states.join(", ")))
            .hint("which one is right? move `<environment>/terraform.tfstate` in the others out of the way"))
    }

    /// Prepares Terraform. Without a bootstrap stack the state is kept in the folder, for a plan alone.
    pub async fn init(&self, bootstrap: Option<&Bootstrap>) -> Result<(), Failure> {
        let step = self.context.output.step("Terraform: init");
        let (name, content) = tree::LOCAL_BACKEND;
        let override_file = self.folder.path().join("terraform").join(name);
        let backend = if let Some(bootstrap) = bootstrap {
            match std::fs::remove_file(&override_file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).doing(|| format!("delete {}", override_file.display()));
                }
                _ => deployed::backend(self.config, bootstrap),
            }
        } else {
            write_atomically(&override_file, content.as_bytes())?;
            Backend::Nowhere
        };
        self.terraform.init(&backend).await?;
        step.done();
        Ok(())
    }

    /// What the last apply left; nothing when nothing is deployed.
    pub async fn outputs(&self, bootstrap: &Bootstrap) -> Result<Option<StackOutputs>, Failure> {
        match deployed::state_of(self.config, &self.sdk, bootstrap, None).await? {
            records::Version::Found(state, _) => StackOutputs::of_state(&state),
            records::Version::Same | records::Version::Missing => Ok(None),
        }
    }

    /// Writes the variables of Terraform, and answers where.
    pub fn write_variables(&self, variables: &Map<String, Value>) -> Result<std::path::PathBuf, Failure> {
        let file = self.folder.path().join("environment.tfvars.json");
        let text = serde_json::to_vec_pretty(variables).doing(|| "write the variables".to_owned())?;
        write_atomically(&file, &text)?;
        Ok(file)
    }

    /// A client for the bucket of records.
    pub fn bucket_client(&self) -> aws_sdk_s3::Client {
        records::client(&self.sdk, self.is_emulated())
    }

    /// Whether something stands in for AWS.
    pub fn is_emulated(&self) -> bool {
        self.config.image.endpoint_url.is_some()
    }
}
