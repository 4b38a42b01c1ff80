//! `eap doctor`: whether an environment in AWS can be worked on from here, and reached. Changes nothing.

use std::time::{Duration, Instant};

use clap::Args;
use futures_util::TryFutureExt as _;

use super::{Context, monitor};
use crate::arguments::Format;
use crate::aws::ecs::{self, Awaited, ServiceName};
use crate::aws::logs;
use crate::aws::tasks::StoppedTask;
use crate::config::PlatformConfig;
use crate::deploy::preflight::{self, Depth};
use crate::deployed::{self, Deployed};
use crate::failure::{Failure, Outcome};
use crate::local::folder::LocalFolder;
use crate::monitor::connections;
use crate::monitor::report::{Check, Health, Report};

const INTERVAL: Duration = Duration::from_secs(3);
const LAST_LINES: i32 = 40;
/// The container of one-off tasks.
const CONTAINER: &str = "once";

/// Arguments of `eap doctor`.
#[derive(Debug, Args)]
#[command(
    about = "Find out whether an environment in AWS can be worked on and reached",
    long_about = "\
Find out whether an environment in AWS can be worked on and reached. Changes nothing.

Looks at the tools, credentials and account that a deploy needs, and tries from here what Terraform's state names: \
its bucket and lock, the image repository, service, database, log groups, and /health through the gateway. With \
--inside it also starts one task beside the service that runs `eap-api doctor`: it looks at the database from \
where the API is, by name, port, TLS, password and schema, and runs also where the database cannot be reached.",
    after_long_help = "\
Examples:
  eap doctor --env staging
  eap doctor --env prod --inside

Exit codes: 0 nothing is wrong, 1 something is, 64 wrong call"
)]
pub struct DoctorArguments {
    /// Look at the database from inside, by a task of its own
    #[arg(long)]
    inside: bool,
    /// With --inside: how long the task may take
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = crate::duration::parse)]
    timeout: jiff::SignedDuration,
}

impl DoctorArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let config = super::platform_config(context, "doctor")?;
        let timeout = Duration::try_from(self.timeout);
        let timeout = timeout.map_err(|_| Failure::usage("--timeout must be above zero"))?;
        let (ready, deployed) = tokio::join!(tools(context, &config), deployed::find(&config));
        let mut checks = vec![ready];
        match &deployed {
            Err(failure) => checks.push(ill("deployed", failure)),
            Ok(deployed) => {
                let name = &deployed.outputs.ecs_service_name;
                checks.push(Check::new("deployed", Health::Healthy, format!("service {name}")));
                let tried = Box::pin(connections::all(&config, deployed)).await;
                checks.extend(
                    tried
                        .into_iter()
                        .map(|(part, found)| found.unwrap_or_else(|failure| ill(part, &failure))),
                );
                if self.inside {
                    let inside = inside(context, deployed, timeout).await;
                    checks.push(inside.unwrap_or_else(|failure| ill("inside", &failure)));
                }
            }
        }
        let report = Report::draw_all(config.environment.name(), checks);
        match context.output.format() {
            Format::Json => context.output.result_json(&report)?,
            Format::Table => monitor::print(context, &report)?,
        }
        Ok(if report.verdict == Health::Healthy { Outcome::Done } else { Outcome::Incomplete })
    }
}

/// What a deploy needs here.
async fn tools(context: Context<'_>, config: &PlatformConfig) -> Check {
    let name = format!("{}-{}", config.image.project_name.value, config.environment.name());
    let folder = match LocalFolder::of_environment(context.variables, &name) {
        Ok(folder) => folder,
        Err(failure) => return ill("tools", &failure),
    };
    let found = preflight::check(context, config, &folder, Depth::Configuration)
        .map_ok(|ready| ready.identity.arn)
        .await;
    match found {
        Ok(arn) => {
            Check::new("tools", Health::Healthy, format!("Terraform, the tree and the account, as {arn}"))
        }
        Err(failure) => ill("tools", &failure),
    }
}

/// Starts the task, and waits for its end.
async fn inside(context: Context<'_>, deployed: &Deployed, timeout: Duration) -> Result<Check, Failure> {
    let outputs = &deployed.outputs;
    let definition = outputs.one_off_task_definition_arn.as_deref().ok_or_else(|| {
        Failure::failed("what is deployed has no definition of one-off tasks")
            .hint("it is of an older version of eap: deploy again")
    })?;
    let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
    let step = context.output.step("A task beside the service runs `eap-api doctor`");
    let client = ecs::client(&deployed.sdk);
    let arn = ecs::run_once(&client, name, definition).await?;
    let deadline = Instant::now() + timeout;
    let task = loop {
        match ecs::awaited(&client, name, &arn).await? {
            Awaited::Stopped(task) => break task,
            Awaited::Underway(status) if Instant::now() >= deadline => {
                let message = format!("the task is still {status} after {} s", timeout.as_secs());
                return Err(Failure::timed_out(message).hint("it ends by itself; --timeout waits longer"));
            }
            Awaited::Underway(status) => step.update(format!("A task beside the service is {status}")),
        }
        tokio::time::sleep(INTERVAL).await;
    };
    step.done();
    let said = match outputs.log_groups.get("api") {
        Some(group) => {
            logs::tail(&deployed.sdk, group, &format!("ecs/{CONTAINER}/{}", task.id), LAST_LINES).await?
        }
        None => Vec::new(),
    };
    Ok(judged(&task, &said))
}

fn judged(task: &StoppedTask, said: &[String]) -> Check {
    let code = task.containers.iter().find(|(name, ..)| name == CONTAINER).and_then(|(_, code, _)| *code);
    let last = said.last().map_or(task.reason.as_str(), |line| line.trim());
    match code {
        Some(0) => Check::new("inside", Health::Healthy, format!("`eap-api doctor` is content: {last}")),
        Some(code) => {
            Check::new("inside", Health::Unhealthy, format!("exit code {code}: {}", said.join(" / ")))
        }
        None => Check::new("inside", Health::Unhealthy, format!("it did not run: {}", task.reason)),
    }
}

fn ill(name: &'static str, failure: &Failure) -> Check {
    let mut words = vec![failure.to_string()];
    words.extend(
        failure.details().iter().flat_map(|detail| detail.lines()).map(|line| line.trim().to_owned()),
    );
    words.extend(failure.hints().iter().cloned());
    Check::new(name, Health::Unhealthy, words.join("; "))
}
