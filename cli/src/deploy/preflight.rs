//! What has to be right before anything is touched: tools, the tree, the account. All that is wrong is told at once.

use aws_config::SdkConfig;

use crate::arguments::Environment;
use crate::aws::identity::{self, Identity};
use crate::aws::{self, Place};
use crate::commands::Context;
use crate::config::PlatformConfig;
use crate::failure::{Failure, Kind};
use crate::local::folder::LocalFolder;
use crate::terraform::run::Terraform;
use crate::terraform::tree::{self, Tree};

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

/// Looks at everything.
pub async fn check<'a>(
    context: Context<'a>,
    config: &'a PlatformConfig,
    folder: &LocalFolder,
) -> Result<Ready<'a>, Failure> {
    let step = context.output.step("Preflight: tools and account");
    let image = &config.image;
    let sdk = aws::sdk_config(Place::of(image)).await;
    let (terraform, identity) = tokio::join!(
        Terraform::find(context.variables, config, folder.path().join("terraform")),
        identity::caller(&sdk),
    );
    let account = identity.and_then(|identity| check_account(config, &identity).map(|()| identity));
    match (terraform, account, folder.create()) {
        (Ok((terraform, version)), Ok(identity), Ok(())) => {
            step.done();
            let tree = tree::find(context.variables);
            if tree == Tree::Embedded {
                context
                    .output
                    .detail("  no folder `terraform` here or above: using the tree in this program");
            }
            context.output.say(&format!(
                "  environment {}, account {}, region {}, as {}, Terraform {version}",
                config.environment.name(),
                identity.account_id,
                image.region.value,
                identity.arn
            ));
            Ok(Ready { terraform, tree, sdk, identity })
        }
        (terraform, account, folder) => {
            let failures = [terraform.err(), account.err(), folder.err()];
            Err(together(failures.into_iter().flatten().collect()))
        }
    }
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
