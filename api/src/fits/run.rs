//! A run: lease, observe, fit, store. Renews the lease while it works, and gives up at its deadline.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use foldhash::HashMap;
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;

use super::{
    churn,
    customers::{self, Scored},
    every_customer,
    observe::{self, Terms},
    outcomes, replace,
    store::{self, Refused, StoredFit},
    work::Work,
};
use crate::{
    db::Db,
    ingest::terms::{self, Term},
    rollup::days::DayNumbers,
};

/// Between two renewals of the lease.
const RENEW: Duration = Duration::from_secs(15);
/// Between two tries to get it.
const RETRY: Duration = Duration::from_millis(500);

/// What a run needs beside the store.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How the store counts.
    pub terms: Terms,
    /// Longest time for the run, waiting for another one included.
    pub deadline: Duration,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Results are stored.
    Fitted {
        /// Results with numbers.
        fitted: usize,
        /// Those without.
        refused: Vec<NotFitted>,
        /// The data version that was seen.
        data_version: i64,
    },
    /// What is stored has seen this data version already.
    UpToDate {
        /// The data version.
        data_version: i64,
    },
}

/// A result without numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotFitted {
    /// Path of the report, with its grain.
    pub report: String,
    /// The kind of refusal.
    pub status: String,
    /// In words.
    pub reason: String,
}

/// Whether the data has changed since the last complete run, or a day has ended that it saw a part of: models leave out
/// the day that is not over.
pub async fn is_due(db: &Db, terms: &Terms) -> Result<bool> {
    let Some(last) = store::last_run(db, terms.currency.code(), zone_name(terms)).await? else {
        return Ok(true);
    };
    let mut days = DayNumbers::new(terms.time_zone.clone());
    let fitted_on = days.of(last.fitted_at.as_second());
    let has_ended = days.of(terms.now.as_second()) > fitted_on;
    let saw_a_part = last.last_day.is_some_and(|day| day >= fitted_on);
    Ok((has_ended && saw_a_part) || last.data_version != db.data_version().await?)
}

/// Fits everything, unless that is done already. Waits while another run goes on.
pub async fn run(db: &Db, settings: &Settings) -> Result<Ended> {
    let started = Instant::now();
    let until = started + settings.deadline;
    let token = random_token()?;
    while !store::lease(db, token, Timestamp::now()).await? {
        if Instant::now() >= until {
            bail!("another run holds the lease after {} s", settings.deadline.as_secs());
        }
        tokio::time::sleep(RETRY).await;
    }
    tracing::debug!("this run holds the lease");
    // What came meanwhile is seen, and not of the future.
    let now = settings.terms.now.checked_add(started.elapsed()).unwrap_or(settings.terms.now);
    let terms = Terms { now, ..settings.terms.clone() };
    let work = fit(db, terms, token, until);
    let ended = tokio::select! {
        ended = tokio::time::timeout_at(until, work) => {
            ended.unwrap_or_else(|_| bail!("not done after {} s", settings.deadline.as_secs()))
        }
        error = keep_lease(db, token) => Err(error),
    };
    // It would run out by itself.
    let released = store::release(db, token).await;
    ended.and_then(|ended| released.map(|()| ended))
}

/// Ends only by failing.
async fn keep_lease(db: &Db, token: i64) -> anyhow::Error {
    loop {
        tokio::time::sleep(RENEW).await;
        match store::lease(db, token, Timestamp::now()).await {
            Ok(true) => {}
            Ok(false) => return anyhow::anyhow!("another run took over"),
            Err(error) => return error,
        }
    }
}

async fn fit(db: &Db, terms: Terms, token: i64, until: Instant) -> Result<Ended> {
    if !is_due(db, &terms).await? {
        return Ok(Ended::UpToDate { data_version: db.data_version().await? });
    }
    let started = Instant::now();
    let seen = observe::observe(db, &terms).await?;
    tracing::debug!(milliseconds = started.elapsed().as_millis(), "the store is read");
    let (currency, fitted_at) = (terms.currency, terms.now);
    let time_zone = zone_name(&terms).to_owned();
    let (seen, scored) = blocking(move || {
        let started = Instant::now();
        let scored = customers::score(&seen, currency);
        tracing::debug!(milliseconds = started.elapsed().as_millis(), "customers are scored");
        (seen, scored)
    })
    .await?;
    let names = customer_names(db, &scored, seen.range).await?;
    let (data_version, range) = (seen.data_version, seen.range);
    let stock_changed_ms = seen.stock.changed_ms;
    let work = Work { seen, scored, names, terms };
    let (outcomes, customers) = blocking(move || -> Result<_> {
        Ok((outcomes::of_every_report(&work, until)?, every_customer::pack(&work.scored)))
    })
    .await??;
    let fits: Vec<StoredFit> = outcomes
        .into_iter()
        .map(|outcome| StoredFit {
            name: outcome.name,
            data_version,
            range,
            stock_changed_ms,
            fitted_at,
            currency: currency.code().to_owned(),
            time_zone: time_zone.clone(),
            method: outcome.method,
            result: outcome.result.map_err(|refusal| Refused {
                status: refusal.name().to_owned(),
                reason: refusal.to_string(),
            }),
        })
        .collect();
    if !replace::replace(db, token, &fits, &customers).await? {
        bail!("another run took over");
    }
    let all = fits.len();
    let refused: Vec<NotFitted> = fits.into_iter().filter_map(not_fitted).collect();
    Ok(Ended::Fitted { fitted: all - refused.len(), refused, data_version })
}

fn not_fitted(fit: StoredFit) -> Option<NotFitted> {
    let Refused { status, reason } = fit.result.err()?;
    Some(NotFitted { report: fit.name, status, reason })
}

async fn customer_names(db: &Db, scored: &Scored, range: Option<(i32, i32)>) -> Result<HashMap<u32, String>> {
    let gone_before = range.map_or(0, |(_, last)| last - churn::GAP_DAYS);
    let mut connection = db.readers.acquire().await.context("connect to read names")?;
    Ok(terms::values(&mut connection, Term::Customer, &scored.shown(gone_before)).await?)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("fit")
}

fn zone_name(terms: &Terms) -> &str {
    terms.time_zone.iana_name().unwrap_or("UTC")
}

/// Not 0, which stands for nobody.
fn random_token() -> Result<i64> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
    Ok(i64::from_ne_bytes(bytes) | 1)
}
