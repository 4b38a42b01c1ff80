//! `eap deploy` of an environment in AWS: its flags; asks for agreement, and shows what was done.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Context;
use crate::arguments::{Environment, Format};
use crate::config::PlatformConfig;
use crate::deploy::apply::{self, Deployed};
use crate::deploy::cost;
use crate::deploy::losses;
use crate::deploy::platform::Platform;
use crate::deploy::preflight::Depth;
use crate::deploy::request::{ApplicationTests, Losses, OnFailure, Request, Version};
use crate::deploy::screen;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::terraform::plan::{Action, Plan, addresses};

/// Arguments of `eap deploy` that are for environments in AWS.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options in AWS")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are given or not")]
pub struct AwsArguments {
    /// Image by digest, repository@sha256:…, instead of building one
    #[arg(long, value_name = "IMAGE", value_parser = parse_image)]
    image: Option<String>,
    /// The image that serves in this environment, instead of building one
    #[arg(long, value_name = "ENVIRONMENT", conflicts_with = "image")]
    image_from: Option<Environment>,
    /// Build nothing: the image of this commit where it was pushed, else the one that is deployed
    #[arg(long, conflicts_with_all = ["image", "image_from"])]
    skip_build: bool,
    /// Do not run the tests of the application before building it
    #[arg(long)]
    skip_tests: bool,
    /// Show what would be done and change nothing at all
    #[arg(long)]
    plan_only: bool,
    /// With --plan-only: exit code 2 when there is something to do
    #[arg(long, requires = "plan_only")]
    detailed_exitcode: bool,
    /// With --plan-only the file to keep the plan in; else the plan to carry out
    #[arg(long, value_name = "FILE")]
    plan_file: Option<PathBuf>,
    /// How long to wait for somebody else's lock of the state [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = crate::duration::parse)]
    lock_timeout: Option<SignedDuration>,
    /// Leave a version that does not serve as it is, to look at it
    #[arg(long)]
    no_rollback: bool,
    /// Agree to plans that destroy a database, a bucket or a key
    #[arg(long)]
    allow_destroy: bool,
}

impl AwsArguments {
    /// What is asked for.
    pub fn request(
        self,
        environment: Environment,
        timeout: Option<SignedDuration>,
    ) -> Result<(Request, Wish), Failure> {
        let wish = if self.plan_only {
            Wish::Plan { detailed_exit_code: self.detailed_exitcode, file: self.plan_file.clone() }
        } else {
            Wish::Deploy
        };
        let request = Request {
            timeout: timeout_of(timeout)?,
            lock_timeout: lock_timeout_of(self.lock_timeout)?,
            losses: if self.allow_destroy { Losses::Allowed } else { Losses::Refused },
            on_failure: if self.no_rollback { OnFailure::Stay } else { OnFailure::RollBack },
            tests: if self.skip_tests { ApplicationTests::Skipped } else { ApplicationTests::Run },
            version: self.version(environment)?,
        };
        Ok((request, wish))
    }

    /// One of these flags that was given.
    pub fn given(&self) -> Option<&'static str> {
        let flags = [
            (self.image.is_some(), "--image"),
            (self.image_from.is_some(), "--image-from"),
            (self.skip_build, "--skip-build"),
            (self.skip_tests, "--skip-tests"),
            (self.plan_only, "--plan-only"),
            (self.plan_file.is_some(), "--plan-file"),
            (self.lock_timeout.is_some(), "--lock-timeout"),
            (self.allow_destroy, "--allow-destroy"),
            (self.no_rollback, "--no-rollback"),
        ];
        flags.into_iter().find_map(|(given, flag)| given.then_some(flag))
    }

    /// What is to be brought up in AWS.
    fn version(self, environment: Environment) -> Result<Version, Failure> {
        match (self.image, self.image_from, self.plan_file.filter(|_| !self.plan_only)) {
            (None, None, Some(file)) if !self.skip_build => Ok(Version::Planned(file)),
            (_, _, Some(_)) => Err(Failure::usage("a plan that was kept has its image already")
                .hint("leave --image, --image-from and --skip-build away")),
            (Some(image), _, None) => Ok(Version::Image(image)),
            (None, Some(from), None) if from == environment || from == Environment::Local => {
                Err(Failure::usage("--image-from takes another environment in AWS"))
            }
            (None, Some(from), None) => Ok(Version::ServingIn(from)),
            (None, None, None) if self.skip_build => Ok(Version::Pushed),
            (None, None, None) => Ok(Version::Built),
        }
    }
}

/// A tag can change under a running service; a digest cannot.
fn parse_image(text: &str) -> Result<String, String> {
    match text.split_once("@sha256:") {
        Some((repository, digest))
            if !repository.is_empty()
                && digest.len() == 64
                && digest.bytes().all(|b| b.is_ascii_hexdigit()) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("an image is given by digest: repository@sha256:<64 hexadecimal digits>".to_owned()),
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Show the plan.
    Plan {
        /// Whether the exit code tells that there are changes.
        detailed_exit_code: bool,
        /// Where the plan is kept.
        file: Option<PathBuf>,
    },
    /// Carry it out.
    Deploy,
}

/// How long a rollout may take: a quarter of an hour unless `given`.
pub fn timeout_of(given: Option<SignedDuration>) -> Result<Duration, Failure> {
    let timeout = given.unwrap_or(SignedDuration::from_mins(15));
    timeout.try_into().map_err(|_| Failure::usage("--timeout must be above zero"))
}

/// How long to wait for a lock: not at all unless `given`.
pub fn lock_timeout_of(given: Option<SignedDuration>) -> Result<Duration, Failure> {
    let timeout = given.unwrap_or(SignedDuration::ZERO);
    timeout.try_into().map_err(|_| Failure::usage("--lock-timeout must not be below zero"))
}

/// Runs the command.
pub async fn run(
    context: Context<'_>,
    environment: Environment,
    request: &Request,
    wish: Wish,
) -> Result<Outcome, Failure> {
    let config = PlatformConfig::load(environment, context.options, context.variables)?;
    let verb = if matches!(request.version, Version::Recorded(_)) { "rollback" } else { "deploy" };
    let command = format!("eap {verb} --env {}", environment.name());
    let depth = match (&request.version, &wish) {
        (Version::Built, Wish::Deploy) => Depth::Builder,
        (Version::Recorded(_) | Version::Planned(_), _) => Depth::Account,
        _ => Depth::Configuration,
    };
    let mut platform = Platform::open(context, &config, &command, depth).await?;
    match wish {
        Wish::Plan { detailed_exit_code, file } => {
            let (plan, image) = apply::plan_only(&mut platform, request, file.as_deref()).await?;
            show_plan(context, environment, &plan, &image)?;
            let changes = detailed_exit_code && !plan.changes.is_empty();
            Ok(if changes { Outcome::Changes } else { Outcome::Done })
        }
        Wish::Deploy => {
            let agree = |plan: &Plan, image: &str| {
                context.output.say(screen::of_plan(plan, image).trim_end());
                super::agree(context, environment, verb)
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
    let cost = cost::estimate(plan).ok();
    json!({
        "monthly_cost_usd": cost.map(|cost| json!({
            "before": cost.before.dollars(),
            "after": cost.after.dollars(),
            "prices_as_of": cost.as_of,
            "without": cost.unpriced,
        })),
        "create": plan.count(Action::Create),
        "change": plan.count(Action::Update),
        "replace": plan.count(Action::Replace),
        "destroy": plan.count(Action::Destroy),
        "task_definition": plan.task_definition,
        "losses": addresses(plan.losses()),
        "protected": addresses(losses::refused(plan)),
    })
}
