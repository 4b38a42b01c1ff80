//! `eap deploy` of an environment in AWS: asks for agreement, and shows what was done.

use serde_json::{Value, json};

use super::Context;
use crate::arguments::{Environment, Format};
use crate::config::PlatformConfig;
use crate::deploy::apply::{self, Deployed, Request};
use crate::deploy::platform::Platform;
use crate::deploy::screen;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::terraform::plan::{Action, Plan};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Show the plan.
    Plan {
        /// Whether the exit code tells that there are changes.
        detailed_exit_code: bool,
    },
    /// Carry it out.
    Deploy,
}

/// Runs the command.
pub async fn run(
    context: Context<'_>,
    environment: Environment,
    request: &Request,
    wish: Wish,
) -> Result<Outcome, Failure> {
    let config = PlatformConfig::load(environment, context.options, context.variables)?;
    let command = format!("eap deploy --env {}", environment.name());
    let platform = Platform::open(context, &config, &command).await?;
    match wish {
        Wish::Plan { detailed_exit_code } => {
            let (plan, image) = apply::plan_only(&platform, request).await?;
            show_plan(context, environment, &plan, &image)?;
            let changes = detailed_exit_code && !plan.changes.is_empty();
            Ok(if changes { Outcome::Changes } else { Outcome::Done })
        }
        Wish::Deploy => {
            let agree = |plan: &Plan, image: &str| {
                context.output.say(screen::of_plan(plan, image).trim_end());
                super::agree(context, environment, "deploy")
            };
            let deployed = apply::deploy(platform, request, agree).await?;
            report(context, environment, &deployed)?;
            Ok(Outcome::Done)
        }
    }
}

fn show_plan(
    context: Context<'_>,
    environment: Environment,
    plan: &Plan,
    image: &str,
) -> Result<(), Failure> {
    if context.output.format() == Format::Json {
        let mut document = plan_json(plan);
        document["schema_version"] = 1.into();
        document["environment"] = environment.name().into();
        document["image"] = image.into();
        return context.output.result_json(&document);
    }
    if plan.changes.is_empty() {
        return context.output.result("Nothing to change.\n");
    }
    context.output.result(&screen::of_plan(plan, image))
}

fn report(context: Context<'_>, environment: Environment, deployed: &Deployed) -> Result<(), Failure> {
    let outputs = &deployed.outputs;
    if context.output.format() == Format::Json {
        return context.output.result_json(&json!({
            "schema_version": 1,
            "environment": environment.name(),
            "result": if deployed.record.is_some() { "deployed" } else { "unchanged" },
            "deployment": deployed.record,
            "image": deployed.image,
            "image_before": deployed.plan.image_before,
            "plan": plan_json(&deployed.plan),
            "url": outputs.api_url,
            "cluster": outputs.ecs_cluster_name,
            "service": outputs.ecs_service_name,
            "task_definition": outputs.task_definition_arn,
            "smoke_test": deployed.smoke_test,
        }));
    }
    context.output.say(if deployed.record.is_some() {
        "The platform is up."
    } else {
        "Nothing to change: the platform runs as wanted."
    });
    let mut rows = vec![
        ("Environment", environment.name().to_owned()),
        ("API", outputs.api_url.clone()),
        ("Image", deployed.image.clone()),
        ("Service", format!("{} in {}", outputs.ecs_service_name, outputs.ecs_cluster_name)),
    ];
    rows.extend(deployed.record.map(|number| ("Deployment", number.to_string())));
    context.output.result(&output::pairs(&rows))?;
    let name = environment.name();
    context
        .output
        .hint(&format!("`eap history --env {name}` lists deployments, `eap destroy --env {name}` ends it"));
    Ok(())
}

fn plan_json(plan: &Plan) -> Value {
    json!({
        "create": plan.count(Action::Create),
        "change": plan.count(Action::Update),
        "replace": plan.count(Action::Replace),
        "destroy": plan.count(Action::Destroy),
        "losses": plan.losses().iter().map(|change| change.address.clone()).collect::<Vec<_>>(),
    })
}
