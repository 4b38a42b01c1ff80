//! Looks at an environment in AWS: all checks side by side, each with a deadline of its own, so that one slow service
//! delays nothing and reads as unknown. Judges nothing: see `rules`.

use std::future::Future;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::detail::{self, Detail};
use super::inventory::Inventory;
use super::report::{Check, Health, Report};
use super::rules::{self, Standby};
use crate::aws::ecs::{self, ServiceName, ServiceState};
use crate::aws::metrics::{self, Window};
use crate::aws::{alarms, bootstrap, budget, database, functions, records, targets, tasks};
use crate::config::PlatformConfig;
use crate::deploy::record::{self, Record};
use crate::deploy::rollback;
use crate::deployed::{Deployed, Gateway};
use crate::failure::Failure;
use crate::http;

/// A check that takes longer is unknown.
const DEADLINE: Duration = Duration::from_secs(10);
/// The probe of the API: users would have gone by then.
const PROBE_DEADLINE: Duration = Duration::from_secs(5);
/// As many deployments are looked at for the one that serves.
const RECORDS: usize = 10;

/// Looks once. The deepest layers come first: what is wrong there explains what is wrong above.
pub async fn look(config: &PlatformConfig, deployed: &Deployed) -> Report {
    let outputs = &deployed.outputs;
    let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
    let ecs = ecs::client(&deployed.sdk);
    let now = Timestamp::now();
    let tasks = async { tokio::try_join!(tasks::all_running(&ecs, name), tasks::all_stopped(&ecs, name)) };
    let (stack, database, tasks, service, targets, alarms, api, functions, budget) = tokio::join!(
        check("stack", async { Ok(rules::stack(&stack_status(config, deployed).await?)) }),
        check("database", async {
            let found = database::describe(&deployed.sdk, &outputs.database_identifier).await?;
            Ok(rules::database(&found, standby(config), now))
        }),
        within(tasks),
        within(service_and_version(config, deployed, &ecs, name)),
        within(targets::all(&deployed.sdk, &outputs.target_group_arn)),
        within(alarms::all(&deployed.sdk, &outputs.alarm_names)),
        check("api", probe(config, &outputs.api_url)),
        check("functions", async {
            let runs =
                functions::latest(&deployed.sdk, &outputs.lambda_function_names, now.as_second()).await?;
            Ok(rules::functions(&runs))
        }),
        budget_check(deployed),
    );
    let mut seen = Inventory::default();
    let mut checks = vec![stack, database];
    checks.push(match tasks {
        Ok((running, stopped)) => {
            seen = seen.with_tasks(&running, &stopped, now);
            rules::tasks(&running, &stopped, now)
        }
        Err(why) => Check::unseen("tasks", &why),
    });
    checks.push(match targets {
        Ok(targets) => {
            seen = seen.with_targets(&targets);
            // Without the service nobody knows how many targets there should be: one at least.
            rules::targets(&targets, service.as_ref().map_or(1, |(state, _)| state.desired))
        }
        Err(why) => Check::unseen("targets", &why),
    });
    match service {
        Ok((state, version)) => {
            seen = seen.with_service(name.service, &state);
            checks.extend([rules::service(&state), version]);
        }
        Err(why) => checks.push(Check::unseen("service", &why)),
    }
    checks.push(api);
    checks.push(match alarms {
        Ok(alarms) => {
            seen = seen.with_alarms(&alarms);
            rules::alarms(&alarms, now)
        }
        Err(why) => Check::unseen("alarms", &why),
    });
    checks.push(functions);
    checks.extend(budget);
    let mut report = Report::draw_all(config.environment.name(), checks);
    report.inventory = Some(seen);
    report
}

/// Looks once, and at the last hour's figures beside it. Where those cannot be had, that is a check without an answer.
pub async fn look_closely(config: &PlatformConfig, deployed: &Deployed) -> Report {
    let (mut report, detail) = tokio::join!(look(config, deployed), last_hour(config, deployed));
    match detail {
        Ok(detail) => report.detail = Some(detail),
        Err(why) => report.checks.push(Check::unseen("metrics", &why)),
    }
    report
}

/// The last hour's figures.
pub async fn last_hour(config: &PlatformConfig, deployed: &Deployed) -> Result<Detail, Failure> {
    within(figures(config, deployed)).await
}

async fn figures(config: &PlatformConfig, deployed: &Deployed) -> Result<Detail, Failure> {
    let window = Window::before(Timestamp::now().as_second(), detail::PERIOD, detail::PERIODS);
    let queries = detail::queries(&deployed.outputs);
    let of_a_cluster = detail::of_a_cluster(&queries);
    let (answers, of_a_cluster, records) = tokio::join!(
        metrics::series(&deployed.sdk, &queries, window),
        metrics::series(&deployed.sdk, &of_a_cluster, window),
        latest_records(config, deployed),
    );
    let mut answers = answers?;
    answers.extend(of_a_cluster?.into_iter().filter(|(_, series)| series.iter().any(Option::is_some)));
    // Figures without marks are worth more than none.
    Ok(Detail::draw(window, &answers, &records.unwrap_or_default()))
}

/// Calls the API once as its users do.
pub async fn probe_of(config: &PlatformConfig, deployed: &Deployed) -> Check {
    check("api", probe(config, &deployed.outputs.api_url)).await
}

/// A check of its own; what goes wrong makes it unknown.
async fn check(name: &'static str, looking: impl Future<Output = Result<Check, Failure>>) -> Check {
    within(looking).await.unwrap_or_else(|why| Check::unseen(name, &why))
}

async fn within<T>(looking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = |_| Err(Failure::timed_out(format!("no answer in {} s", DEADLINE.as_secs())));
    tokio::time::timeout(DEADLINE, looking).await.unwrap_or_else(late)
}

async fn service_and_version(
    config: &PlatformConfig,
    deployed: &Deployed,
    client: &ecs::Client,
    name: ServiceName<'_>,
) -> Result<(ServiceState, Check), Failure> {
    let (state, recorded) = tokio::join!(ecs::service_state(client, name), recorded_image(config, deployed));
    let state = state?;
    let version = match recorded {
        Ok(recorded) => rules::version(state.image.as_deref(), recorded.as_deref()),
        Err(failure) => Check::unseen("version", &failure),
    };
    Ok((state, version))
}

/// Whether the configuration wants the database to have a standby.
fn standby(config: &PlatformConfig) -> Standby {
    let wanted = config.infrastructure.get("db_multi_az").is_some_and(|setting| setting.value == true);
    if wanted { Standby::Wanted } else { Standby::NotWanted }
}

/// None where there is no budget.
async fn budget_check(deployed: &Deployed) -> Option<Check> {
    let name = deployed.outputs.budget_name.as_ref()?;
    let account = deployed.outputs.target_group_arn.split(':').nth(4).unwrap_or_default();
    let looking = async { Ok(rules::budget(budget::describe(&deployed.sdk, account, name).await?)) };
    Some(check("budget", looking).await)
}

async fn stack_status(config: &PlatformConfig, deployed: &Deployed) -> Result<String, Failure> {
    let name = format!("{}-bootstrap", config.image.project_name.value);
    bootstrap::status(&bootstrap::client(&deployed.sdk), &name).await
}

/// The image of the deployment that is recorded as good.
async fn recorded_image(config: &PlatformConfig, deployed: &Deployed) -> Result<Option<String>, Failure> {
    let found = latest_records(config, deployed).await?;
    Ok(rollback::serving(&found).and_then(|record| record.image.clone()))
}

async fn latest_records(config: &PlatformConfig, deployed: &Deployed) -> Result<Vec<Record>, Failure> {
    let client = records::client(&deployed.sdk, config.image.endpoint_url.is_some());
    record::latest_of(&client, &deployed.bootstrap.state_bucket, config.environment, RECORDS).await
}

/// Calls the API as its users do.
async fn probe(config: &PlatformConfig, api_url: &str) -> Result<Check, Failure> {
    let Gateway { base_url, headers } = Gateway::of(config, api_url)?;
    let client = http::client_with(headers)?;
    let started = Instant::now();
    let answer = client.get(format!("{base_url}/health")).timeout(PROBE_DEADLINE).send().await;
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    let check = match answer {
        Ok(answer) if answer.status().is_success() => {
            Check::new("api", Health::Healthy, format!("/health answers in {milliseconds:.0} ms"))
        }
        Ok(answer) => Check::new("api", Health::Unhealthy, format!("/health answers {}", answer.status())),
        Err(error) => Check::new("api", Health::Unhealthy, format!("/health: {}", http::cause_of(&error))),
    };
    Ok(check.measured(milliseconds, "milliseconds"))
}
