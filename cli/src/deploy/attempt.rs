//! A deploy under way: its journal on this machine, and its record for everybody, which is written however it ends.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::journal::{Entry, Journal, Step};
use super::note;
use super::platform::Platform;
use super::record::{self, Record};
use super::request::Version;
use crate::aws::bootstrap::Bootstrap;
use crate::failure::{Failure, Kind};

/// Who interrupts a deploy does not wait longer for its record.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of a deploy so far.
#[derive(Debug)]
pub struct Attempt {
    journal: Journal,
    began_at: Timestamp,
    started: Instant,
    step: Option<Step>,
    command: &'static str,
    /// The stack below, once it is known.
    pub bootstrap: Option<Bootstrap>,
    /// The image, once it is known.
    pub image: Option<String>,
    /// Variables of Terraform, once they are known.
    pub variables: Option<Map<String, Value>>,
    /// Commit of the image, where it is known.
    pub commit: Option<String>,
    /// SHA-256 of the plan.
    pub plan_sha256: Option<String>,
    /// Resources that the plan changes.
    pub changes: usize,
    /// Whether the plan is being carried out, or was.
    pub applied: bool,
}

impl Attempt {
    /// A new one.
    pub fn begin(platform: &Platform<'_>, version: &Version) -> Self {
        let began_at = Timestamp::now();
        Self {
            journal: Journal::open(&platform.folder, began_at),
            began_at,
            started: Instant::now(),
            step: None,
            command: if matches!(version, Version::Recorded(_)) { "rollback" } else { "deploy" },
            bootstrap: None,
            image: None,
            variables: None,
            commit: None,
            plan_sha256: None,
            changes: 0,
            applied: false,
        }
    }

    /// What an interrupted deploy left.
    pub fn interrupted(&self) -> Option<&Entry> {
        self.journal.interrupted()
    }

    /// Notes that `step` begins.
    pub fn enter(&mut self, step: Step) -> Result<(), Failure> {
        self.step = Some(step);
        self.journal.enter(step)
    }

    /// Writes the record, and tells Slack what others should know.
    pub async fn conclude(
        self,
        platform: &Platform<'_>,
        failure: Option<&Failure>,
    ) -> Result<Record, Failure> {
        let interrupted = failure.map(Failure::kind) == Some(Kind::Interrupted);
        let telling = self.tell(platform, failure);
        let told = if interrupted {
            let late = |_| Failure::timed_out("there was no time to write the record");
            tokio::time::timeout(PATIENCE, telling).await.map_err(late)?
        } else {
            telling.await
        };
        // An interrupted deploy is gone on with, and so stays in the journal.
        if !interrupted {
            self.journal.close();
        }
        told
    }

    /// Ends without a record: nothing was to be done.
    pub fn forget(self) {
        self.journal.close();
    }

    async fn tell(&self, platform: &Platform<'_>, failure: Option<&Failure>) -> Result<Record, Failure> {
        let record = self.record(platform, failure);
        let written = self.write(platform, record.clone()).await;
        // What was asked for wrongly and changed nothing concerns who asked.
        if record.applied || failure.map(Failure::kind) != Some(Kind::Usage) {
            note::tell(platform.context, written.as_ref().unwrap_or(&record)).await;
        }
        written
    }

    async fn write(&self, platform: &Platform<'_>, record: Record) -> Result<Record, Failure> {
        let bootstrap = match &self.bootstrap {
            Some(known) => known.clone(),
            // The step that would have told may be the one that failed.
            None => platform.bootstrap().await?,
        };
        record::write(platform, &bootstrap, record).await
    }

    fn record(&self, platform: &Platform<'_>, failure: Option<&Failure>) -> Record {
        let result = match failure.map(Failure::kind) {
            None => "succeeded",
            Some(Kind::RolledBack) => "rolled back",
            Some(Kind::Interrupted) => "interrupted",
            Some(_) => "failed",
        };
        let error = failure.map(|failure| match (failure.kind(), self.step) {
            (Kind::Interrupted, Some(step)) => format!("interrupted ({})", step.name()),
            _ => failure.to_string(),
        });
        Record {
            schema_version: 1,
            number: 0,
            environment: platform.config.environment.name().to_owned(),
            command: self.command.to_owned(),
            began_at: self.began_at,
            seconds: self.started.elapsed().as_secs(),
            by: platform.identity.arn.clone(),
            commit: self.commit.clone(),
            image: self.image.clone(),
            variables: self.variables.clone(),
            plan_sha256: self.plan_sha256.clone(),
            changes: self.changes,
            applied: self.applied,
            result: result.to_owned(),
            error,
        }
    }
}
