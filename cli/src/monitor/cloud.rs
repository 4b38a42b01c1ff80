//! Looks at an environment in AWS: all checks side by side, each with a deadline of its own, so that one slow service
//! delays nothing and reads as unknown. Judges nothing: see `rules`.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use super::inventory::Inventory;
use super::last_hour::LastHour;
use super::probe::{self, Probe};
use super::report::{Check, Report};
use super::rules::{self, Reach, Standby};
use super::vitals::{Figures, Vitals};
use crate::aws::database::{self, Database};
use crate::aws::ecs::{self, ServiceName};
use crate::aws::log_events::{self, Range};
use crate::aws::{alarms, budget, compliance, records, stacks, targets, tasks};
use crate::config::PlatformConfig;
use crate::deploy::record::{self, Record};
use crate::deploy::rollback;
use crate::deployed::Deployed;
use crate::failure::{Failure, Kind};

/// A check that takes longer is unknown.
const DEADLINE: Duration = Duration::from_secs(10);
/// As many deployments are looked at for the one that serves.
const RECORDS: usize = 10;
/// Lines of the log that are looked at for errors: of the last so many milliseconds, and at most so many pages.
const LOG_WINDOW_MS: i64 = 5 * 60 * 1_000;
const LOG_PAGES: usize = 3;

/// What is looked at, and since when.
struct Look<'a> {
    config: &'a PlatformConfig,
    deployed: &'a Deployed,
    now: Timestamp,
}

/// Looks once. The deepest layers come first: what is wrong there explains what is wrong above.
pub async fn look(config: &PlatformConfig, deployed: &Deployed, vitals: &Vitals) -> Report {
    let look = Look { config, deployed, now: Timestamp::now() };
    let (below, (serving, seen), (balancer, probe), (signs, seen_alarms), figures) = tokio::join!(
        look.below(),
        look.serving(),
        look.entrance(),
        look.signs(),
        within(vitals.figures(&deployed.sdk, &deployed.outputs, look.now.as_second())),
    );
    let (mut checks, database) = below;
    let asked = || checks.iter().chain(&serving).chain([&balancer]).chain(&signs);
    let reach = reach(asked());
    // Where nothing can be seen, figures of a minute ago say nothing about now.
    let blind = asked().all(|check| check.unseen.is_some()).then(|| asked().find_map(why_unseen)).flatten();
    let figures = blind.map_or(figures, Err);
    let of_figures = |name, rule: &dyn Fn(&Figures) -> Check| match &figures {
        Ok(figures) => rule(figures),
        Err(why) => Check::unseen(name, why),
    };
    checks.push(of_figures("database load", &|figures| rules::database_load(database.as_ref(), figures)));
    checks.extend(serving);
    checks.push(balancer);
    if deployed.outputs.api_gateway_url.is_some() {
        checks.push(of_figures("gateway", &rules::gateway));
    }
    checks.extend(seen_from_outside(&probe, reach, look.now));
    checks.extend(signs);
    checks.push(of_figures("functions", &|figures| rules::functions(&figures.runs)));
    let mut report = Report::draw_all(config.environment.name(), checks);
    report.inventory = Some(Inventory { alarms: seen_alarms.alarms, ..seen });
    report
}

/// Looks once, and at the last hour's figures beside it. Where those cannot be had, that is a check without an answer.
pub async fn look_closely(
    config: &PlatformConfig,
    deployed: &Deployed,
    vitals: &Vitals,
    last_hour: &LastHour,
) -> Report {
    let (mut report, detail) = tokio::join!(look(config, deployed, vitals), last_hour.look(config, deployed));
    match detail {
        Ok(detail) => report.detail = Some(detail),
        Err(why) => report.checks.push(Check::unseen("metrics", &why)),
    }
    report
}

impl Look<'_> {
    /// What everything stands on: stacks, cluster, database.
    async fn below(&self) -> (Vec<Check>, Option<Database>) {
        let Deployed { sdk, outputs, .. } = self.deployed;
        let project = &self.config.image.project_name.value;
        let (stack, cluster, database) = tokio::join!(
            check("stack", async {
                let stacks = stacks::beginning_with(sdk, &format!("{project}-")).await?;
                Ok(rules::stacks(&stacks, &format!("{project}-bootstrap")))
            }),
            check("cluster", async {
                Ok(rules::cluster(&ecs::cluster_status(&ecs::client(sdk), &outputs.ecs_cluster_name).await?))
            }),
            within(database::describe(sdk, &outputs.database_identifier)),
        );
        let of_database = match &database {
            Ok(database) => rules::database(database, standby(self.config), self.now),
            Err(why) => Check::unseen("database", why),
        };
        (vec![stack, cluster, of_database], database.ok())
    }

    /// What serves: tasks, targets, the service, and the version of it.
    async fn serving(&self) -> (Vec<Check>, Inventory) {
        let Deployed { sdk, outputs, .. } = self.deployed;
        let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
        let ecs = ecs::client(sdk);
        let tasks =
            async { tokio::try_join!(tasks::all_running(&ecs, name), tasks::all_stopped(&ecs, name)) };
        let (tasks, targets, service, recorded) = tokio::join!(
            within(tasks),
            within(targets::all(sdk, &outputs.target_group_arn)),
            within(ecs::service_state(&ecs, name)),
            within(recorded_image(self.config, self.deployed)),
        );
        let mut seen = Inventory::default();
        let mut checks = Vec::new();
        checks.push(match &tasks {
            Ok((running, stopped)) => {
                seen = seen.with_tasks(running, stopped, self.now);
                rules::tasks(running, stopped, self.now)
            }
            Err(why) => Check::unseen("tasks", why),
        });
        checks.push(match targets {
            Ok(targets) => {
                seen = seen.with_targets(&targets);
                // Without the service nobody knows how many targets there should be: one at least.
                rules::targets(&targets, service.as_ref().map_or(1, |state| state.desired))
            }
            Err(why) => Check::unseen("targets", &why),
        });
        match service {
            Ok(state) => {
                seen = seen.with_service(name.service, &state);
                let running = tasks.as_ref().map_or(&[][..], |(running, _)| running);
                checks.push(rules::service(&state));
                checks.push(match recorded {
                    Ok(recorded) => rules::version(&state, running, recorded.as_deref()),
                    Err(why) => Check::unseen("version", &why),
                });
            }
            Err(why) => checks.push(Check::unseen("service", &why)),
        }
        (checks, seen)
    }

    /// The way in.
    async fn entrance(&self) -> (Check, Result<Probe, Failure>) {
        let Deployed { sdk, outputs, .. } = self.deployed;
        tokio::join!(
            check("load balancer", async {
                Ok(rules::balancers(&targets::balancers(sdk, &outputs.target_group_arn).await?))
            }),
            within(probe::call(self.config, &outputs.api_url)),
        )
    }

    /// What tells of trouble: alarms, the log, the budget, rules of AWS Config.
    async fn signs(&self) -> (Vec<Check>, Inventory) {
        let Deployed { sdk, outputs, .. } = self.deployed;
        let (alarms, errors, budget, compliance) = tokio::join!(
            within(alarms::all(sdk, &outputs.alarm_names)),
            self.errors(),
            budget_check(self.deployed),
            compliance_check(self.deployed),
        );
        let mut seen = Inventory::default();
        let alarms = match alarms {
            Ok(alarms) => {
                seen = seen.with_alarms(&alarms.found);
                rules::alarms(&alarms, self.now)
            }
            Err(why) => Check::unseen("alarms", &why),
        };
        (std::iter::once(alarms).chain(errors).chain(budget).chain(compliance).collect(), seen)
    }

    /// None where there is no log of the API.
    async fn errors(&self) -> Option<Check> {
        let group = self.deployed.outputs.log_groups.get("api")?;
        let from_ms = self.now.as_millisecond() - LOG_WINDOW_MS;
        let pattern = Some("{ $.level = \"ERROR\" }");
        let range = Range { group, stream_prefix: None, from_ms, until_ms: None, pattern };
        let looking = async {
            let client = log_events::client(&self.deployed.sdk);
            let (mut lines, mut token) = (0, None);
            for _ in 0..LOG_PAGES {
                let (events, next) = log_events::page(&client, range, token).await?;
                lines += events.len();
                token = next;
                if token.is_none() {
                    break;
                }
            }
            Ok(rules::errors(lines, token.is_some()))
        };
        Some(Box::pin(check("log", looking)).await)
    }
}

/// The API, and its certificate.
fn seen_from_outside(probe: &Result<Probe, Failure>, reach: Reach, now: Timestamp) -> Vec<Check> {
    match probe {
        Ok(probe) => {
            std::iter::once(rules::api(probe, reach)).chain(rules::certificate(probe, now)).collect()
        }
        Err(why) => vec![Check::unseen("api", why)],
    }
}

/// Whether anything of AWS answered, be it with a refusal.
fn reach<'a>(mut checks: impl Iterator<Item = &'a Check>) -> Reach {
    let lost = |check: &Check| matches!(check.unseen, Some(Kind::Unreached | Kind::TimedOut));
    if checks.all(lost) { Reach::Lost } else { Reach::Answered }
}

fn why_unseen(check: &Check) -> Option<Failure> {
    Some(Failure::failed(check.detail.clone()).becoming(check.unseen?))
}

/// A check of its own; what goes wrong makes it unknown.
async fn check(name: &'static str, looking: impl Future<Output = Result<Check, Failure>>) -> Check {
    within(looking).await.unwrap_or_else(|why| Check::unseen(name, &why))
}

/// What takes too long is a failure that says so.
pub(super) async fn within<T>(looking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let late = |_| Err(Failure::timed_out(format!("no answer in {} s", DEADLINE.as_secs())));
    tokio::time::timeout(DEADLINE, looking).await.unwrap_or_else(late)
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

/// None where the environment has no rules.
async fn compliance_check(deployed: &Deployed) -> Option<Check> {
    let names = &deployed.outputs.config_rule_names;
    if names.is_empty() {
        return None;
    }
    let looking = async { Ok(rules::compliance(&compliance::describe(&deployed.sdk, names).await?)) };
    Some(Box::pin(check("compliance", looking)).await)
}

/// The image of the deployment that is recorded as good.
async fn recorded_image(config: &PlatformConfig, deployed: &Deployed) -> Result<Option<String>, Failure> {
    let found = latest_records(config, deployed).await?;
    Ok(rollback::serving(&found).and_then(|record| record.image.clone()))
}

/// The latest deployments.
pub(super) async fn latest_records(
    config: &PlatformConfig,
    deployed: &Deployed,
) -> Result<Vec<Record>, Failure> {
    let client = records::client(&deployed.sdk, config.image.endpoint_url.is_some());
    record::latest_of(&client, &deployed.bootstrap.state_bucket, config.environment, RECORDS).await
}
