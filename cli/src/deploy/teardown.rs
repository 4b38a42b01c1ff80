//! Takes an environment down: everything of its own, and nothing of the bootstrap stack, which others share.

use std::time::Instant;

use jiff::Timestamp;

use super::note;
use super::plan_files::PlanFiles;
use super::platform::Platform;
use super::record::{self, Record};
use crate::failure::Failure;
use crate::terraform::args::Purpose;
use crate::terraform::plan::{Action, Plan};
use crate::terraform::run::Planned;

/// Any digest will do: nothing is started.
const NO_IMAGE: &str =
    "example.com/not-needed@sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Destroys everything that Terraform knows of the environment. `agree` is shown the plan, and decides. Answers the
/// plan that was carried out.
pub async fn destroy(
    platform: &Platform<'_>,
    agree: impl FnOnce(&Plan) -> Result<(), Failure>,
) -> Result<Plan, Failure> {
    let (began, started) = (Timestamp::now(), Instant::now());
    let bootstrap = platform.bootstrap().await?;
    platform.init(Some(&bootstrap)).await?;
    let variables = platform.config.terraform_variables();
    let files = PlanFiles::new(platform, &variables)?;
    let (plan, planned) = files.plan(platform, NO_IMAGE, Purpose::Destroy).await?;
    if planned == Planned::Nothing {
        return Ok(plan);
    }
    agree(&plan)?;
    lift_protection(platform, plan.image_before.as_deref().unwrap_or(NO_IMAGE)).await?;
    // Lifting has changed the state, so the plan is made anew.
    let (plan, _) = files.plan(platform, NO_IMAGE, Purpose::Destroy).await?;
    let done = files.apply(platform).await;
    let record = Record {
        schema_version: 1,
        number: 0,
        environment: platform.config.environment.name().to_owned(),
        command: "destroy".to_owned(),
        began_at: began,
        seconds: started.elapsed().as_secs(),
        by: platform.identity.arn.clone(),
        commit: None,
        image: None,
        variables: None,
        plan_sha256: None,
        changes: plan.count(Action::Destroy),
        applied: true,
        result: if done.is_ok() { "succeeded" } else { "failed" }.to_owned(),
        error: done.as_ref().err().map(ToString::to_string),
    };
    let recorded = record::write(platform, &bootstrap, record).await;
    done?;
    note::tell(platform.context, &recorded?).await;
    Ok(plan)
}

/// A protected environment refuses to go; who agreed to its end agreed to this too. The final snapshot stays on.
async fn lift_protection(platform: &Platform<'_>, image: &str) -> Result<(), Failure> {
    let mut variables = platform.config.terraform_variables();
    let protected = ["deletion_protection", "db_deletion_protection"];
    // Terraform's default is to protect.
    if protected.iter().all(|name| variables.get(*name) == Some(&false.into())) {
        return Ok(());
    }
    platform.context.output.say("Lifting the protection of load balancer, buckets and database");
    variables.extend(protected.map(|name| (name.to_owned(), false.into())));
    let files = PlanFiles::new(platform, &variables)?;
    match files.plan(platform, image, Purpose::Deploy).await? {
        (_, Planned::Changes) => files.apply(platform).await,
        (_, Planned::Nothing) => Ok(()),
    }
}
