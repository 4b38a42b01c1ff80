//! Every report fitted in turn, from what was read. Gives up when nobody waits any more.

use anyhow::{Context, Result, bail};
use serde::Serialize;
use tokio::time::Instant;

use super::{
    Report, anomalies, bought_together, churn, classes, cohorts, demand, elasticity, forecast,
    lifetime_value,
    names::{self, COHORT_GRAINS, FORECAST_GRAINS},
    product_anomalies, reorder, segments,
    work::Work,
};
use crate::models::Answer;

/// What a fit tells: a result to be written, or why there is none; and how it was made.
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) method: String,
    pub(super) result: Answer<String>,
}

/// One for each report and grain, while there is time.
pub(super) fn of_every_report(work: &Work, until: Instant) -> Result<Vec<Outcome>> {
    let mut all = Outcomes { until, outcomes: vec![] };
    for width in FORECAST_GRAINS {
        let name = names::stored(Report::Forecast, Some(width));
        all.add(name, forecast::METHOD, || forecast::fit(work, width))?;
    }
    for width in COHORT_GRAINS {
        let name = names::stored(Report::Cohorts, Some(width));
        all.add(name, cohorts::METHOD, || cohorts::fit(work, width))?;
    }
    let name = |report| names::stored(report, None);
    all.add(name(Report::Anomalies), anomalies::METHOD, || anomalies::fit(work))?;
    all.add(name(Report::ProductAnomalies), product_anomalies::METHOD, || product_anomalies::fit(work))?;
    all.add(name(Report::LifetimeValue), lifetime_value::METHOD, || lifetime_value::fit(work))?;
    all.add(name(Report::Churn), churn::METHOD, || churn::fit(work))?;
    all.add(name(Report::Segments), segments::METHOD, || segments::fit(work))?;
    all.add(name(Report::Elasticity), elasticity::METHOD, || elasticity::fit(work))?;
    all.add(name(Report::Classes), classes::METHOD, || classes::fit(work))?;
    all.add(name(Report::Reorder), reorder::METHOD, || reorder::fit(work))?;
    all.add(name(Report::Demand), demand::METHOD, || demand::fit(work))?;
    all.add(name(Report::BoughtTogether), bought_together::METHOD, || bought_together::fit(work))?;
    Ok(all.outcomes)
}

struct Outcomes {
    until: Instant,
    outcomes: Vec<Outcome>,
}

impl Outcomes {
    fn add<T: Serialize>(
        &mut self,
        name: String,
        method: &str,
        fit: impl FnOnce() -> Answer<T>,
    ) -> Result<()> {
        // Nobody waits for this thread any more: it should not go on.
        if Instant::now() >= self.until {
            bail!("the deadline has passed");
        }
        let started = Instant::now();
        let result = match fit() {
            Ok(result) => Ok(serde_json::to_string(&result).with_context(|| format!("write {name}"))?),
            Err(refusal) => Err(refusal),
        };
        tracing::debug!(name, milliseconds = started.elapsed().as_millis(), "fitted");
        self.outcomes.push(Outcome { name, method: method.to_owned(), result });
        Ok(())
    }
}
