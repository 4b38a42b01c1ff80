//! Looks at the last hour of an environment in AWS: metrics, deployments, sizes and costs, beside each other. What follows
//! from the answers is in `detail` and `sizes`.

use jiff::Timestamp;

use super::cloud::{latest_records, within};
use super::detail::{self, Detail};
use super::fresh::Fresh;
use super::sizes::{self, Hint, Sizes};
use crate::aws;
use crate::aws::metrics::{self, Window};
use crate::config::PlatformConfig;
use crate::deploy::cost;
use crate::deployed::Deployed;
use crate::failure::Failure;

/// Percent of requests that are to succeed, where the configuration does not say: as Terraform has it.
const OBJECTIVE_PERCENT: f64 = 99.9;

/// The latest figures.
#[derive(Debug, Default)]
pub struct LastHour(Fresh<Detail>);

impl LastHour {
    /// Looks once, or not at all where there is nothing new yet.
    pub async fn look(&self, config: &PlatformConfig, deployed: &Deployed) -> Result<Detail, Failure> {
        // On the heap: many calls at the same time.
        Box::pin(within(self.0.or(figures(config, deployed)))).await
    }
}

async fn figures(config: &PlatformConfig, deployed: &Deployed) -> Result<Detail, Failure> {
    let now = Timestamp::now().as_second();
    let window = Window::before(now, detail::PERIOD, detail::PERIODS);
    let mut queries = detail::queries(&deployed.outputs, window);
    queries.extend(sizes::queries(&deployed.outputs, now));
    let Deployed { sdk, outputs, .. } = deployed;
    let (answers, records, task, database) = tokio::join!(
        metrics::series(sdk, &queries),
        latest_records(config, deployed),
        aws::sizes::of_task(sdk, &outputs.task_definition_arn),
        aws::sizes::of_database(sdk, &outputs.database_identifier),
    );
    let answers = answers?;
    // Figures without marks, or without what would do, are worth more than none.
    let mut detail = Detail::draw(window, &answers, &records.unwrap_or_default(), objective_percent(config));
    detail.hints.extend(task.as_ref().err().map(|why| Hint::unseen("tasks", why)));
    detail.hints.extend(database.as_ref().err().map(|why| Hint::unseen("database", why)));
    let there = Sizes { task: task.unwrap_or_default(), database: database.unwrap_or_default() };
    let hints = sizes::hints(&answers, &detail, &there, &cost::table()?);
    detail.hints.extend(hints);
    detail.cost = Some(deployed.costs.clone());
    Ok(detail)
}

/// The one that the alarms of the error budget know.
fn objective_percent(config: &PlatformConfig) -> f64 {
    let configured = config.infrastructure.get("slo_percent").and_then(|setting| setting.value.as_f64());
    // Terraform takes no other one, and nothing but failures would be left to divide by.
    configured.filter(|percent| *percent < 100.0).unwrap_or(OBJECTIVE_PERCENT)
}
