//! What has to be right before anything is touched: tools, the tree, the configuration, the account. All that is wrong is
//! told at once.

use aws_config::SdkConfig;

use crate::arguments::Environment;
use crate::aws::identity::{self, Identity};
use crate::aws::{self, Place};
use crate::commands::Context;
use crate::config::PlatformConfig;
use crate::failure::{Doing as _, Failure, Kind};
use crate::image::source::Source;
use crate::local::folder::LocalFolder;
use crate::terraform::run::Terraform;
use crate::terraform::tree::{self, Tree};

/// How much is looked at; each looks at what the one before does too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Terraform, the credentials and whose account they are of.
    Account,
    /// The values of the configuration, by the rules that the tree has for them.
    Configuration,
    /// What an image is built from and with.
    Builder,
}

/// What preflight found.
#[derive(Debug)]
pub struct Ready<'a> {
    /// Terraform, on a folder that is not filled yet.
    pub terraform: Terraform<'a>,
    /// The tree to deploy.
    pub tree: Tree,
    /// How AWS is called.
    pub sdk: SdkConfig,
    /// As whom.
    pub identity: Identity,
}

/// Looks at everything that `depth` asks for.
pub async fn check<'a>(
    context: Context<'a>,
    config: &'a PlatformConfig,
    folder: &LocalFolder,
    depth: Depth,
) -> Result<Ready<'a>, Failure> {
    let step = context.output.step("Preflight: tools and account");
    let image = &config.image;
    let sdk = aws::sdk_config(Place::of(image)).await;
    let tree = tree::find(context.variables);
    let (terraform, identity, builder) = tokio::join!(
        terraform(context, config, folder, &tree, depth),
        identity::caller(&sdk),
        builder(context, config, depth),
    );
    let account = identity.and_then(|identity| check_account(config, &identity).map(|()| identity));
    match (terraform, account, builder) {
        (Ok(terraform), Ok(identity), Ok(())) => {
            step.done();
            if tree == Tree::Embedded {
                context
                    .output
                    .detail("  no folder `terraform` here or above: using the tree in this program");
            }
            context.output.say(&format!(
                "  environment {}, account {}, region {}, as {}, Terraform {}",
                config.environment.name(),
                identity.account_id,
                image.region.value,
                identity.arn,
                terraform.version()
            ));
            Ok(Ready { terraform, tree, sdk, identity })
        }
        (terraform, account, builder) => {
            let failures = [terraform.err(), account.err(), builder.err()];
            Err(together(failures.into_iter().flatten().collect()))
        }
    }
}

/// Terraform, and what it says of the configuration; with the folder that it works in.
async fn terraform<'a>(
    context: Context<'a>,
    config: &'a PlatformConfig,
    folder: &LocalFolder,
    tree: &Tree,
    depth: Depth,
) -> Result<Terraform<'a>, Failure> {
    let (found, created) =
        tokio::join!(Terraform::find(context.variables, config, folder.path().join("terraform")), async {
            folder.create()
        },);
    let terraform = match (found, created) {
        (Ok(found), Ok(())) => found,
        (found, created) => {
            return Err(together([found.err(), created.err()].into_iter().flatten().collect()));
        }
    };
    if depth >= Depth::Configuration {
        let rules = tempfile::tempdir_in(folder.path()).doing(|| "make a folder for the rules".to_owned())?;
        tree.copy_declarations(rules.path())?;
        terraform.check_variables(rules.path(), &config.terraform_variables()).await?;
    }
    Ok(terraform)
}

/// A build that cannot be must not show after the bootstrap stack is made.
async fn builder(context: Context<'_>, config: &PlatformConfig, depth: Depth) -> Result<(), Failure> {
    if depth < Depth::Builder {
        return Ok(());
    }
    Source::find(context).await?.check_builder(context, config.image.platform).await
}

/// Nothing is sent to an account that the configuration does not name, and production names one.
pub fn check_account(config: &PlatformConfig, identity: &Identity) -> Result<(), Failure> {
    let name = config.environment.name();
    match &config.image.account_id {
        Some(wanted) if wanted.value != identity.account_id => {
            let message = format!(
                "these credentials are of account {}, but `{name}` belongs to {} (from {})",
                identity.account_id, wanted.value, wanted.origin
            );
            Err(Failure::usage(message).hint("name a profile of that account with --profile"))
        }
        None if config.environment == Environment::Prod => {
            Err(Failure::usage("prod has to name its account").hint(format!(
                "set account_id in config/prod.yaml, or EAP_ACCOUNT_ID; these credentials are of {}",
                identity.account_id
            )))
        }
        _ => Ok(()),
    }
}

/// Several failures as one.
fn together(mut failures: Vec<Failure>) -> Failure {
    if failures.len() == 1 {
        return failures.remove(0);
    }
    let message = format!("{} things are in the way", failures.len());
    let usage = failures.iter().all(|failure| failure.kind() == Kind::Usage);
    let mut all = if usage { Failure::usage(message) } else { Failure::failed(message) };
    for failure in &failures {
        all = all.detail(format!("  - {failure}"));
        for detail in failure.details() {
            all = all.detail(detail.clone());
        }
        for hint in failure.hints() {
            all = all.detail(format!("    hint: {hint}"));
        }
    }
    all
}
