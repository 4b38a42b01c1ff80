//! What a deploy wants to run: the program, its settings, its data; and whether what runs is that.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::Timestamp;

use super::data::{DataPlan, DataRequest};
use super::folder::LocalFolder;
use super::state::{Api, State};
use super::{binary, health, identity, port};
use crate::commands::Context;
use crate::config::Config;
use crate::failure::Failure;
use crate::process::Invocation;

/// What is wanted: the program, its settings, its data.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) binary: PathBuf,
    pub(super) binary_sha256: String,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) address: SocketAddr,
    pub(super) url: String,
    pub(super) data: DataPlan,
}

impl Wanted {
    pub(super) async fn find(
        context: Context<'_>,
        config: &Config,
        request: &DataRequest,
        state: &State,
        folder: &LocalFolder,
    ) -> Result<Self, Failure> {
        let data = DataPlan::decide(request, state, folder).await?;
        let address = SocketAddr::new(config.api.listen.value, config.api.port.value);
        if !address.ip().is_loopback() {
            let message = format!("{address} can be reached from other machines, and keys are off in local");
            context.output.warning(&message);
        }
        let binary = binary::find(context).await?;
        let binary_sha256 = binary::fingerprint(&binary).await?;
        let url = format!("http://{}", SocketAddr::new(port::reachable(address.ip()), address.port()));
        let settings = settings(config, context.variables.text("EAP_LOG")?);
        Ok(Self { binary, binary_sha256, settings, address, url, data })
    }

    /// `eap-api` with exactly the variables that it is meant to see.
    pub(super) fn invocation(
        &self,
        context: Context<'_>,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Invocation, Failure> {
        let database_url = self.data.required_url()?;
        let mut variables = context.variables.passed_on();
        variables.extend(self.settings.iter().map(|(name, value)| (name.into(), value.into())));
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let serves = arguments.first().is_some_and(|first| first == "serve");
        if !serves && !self.settings.contains_key("EAP_LOG") {
            // What a short command does is said here; its log is for trouble.
            variables.push(("EAP_LOG".into(), "warn".into()));
        }
        if serves {
            // As in the image: memory of a report goes back to the system when the report is made, and what one thread gave back
            // another one takes.
            variables.push(("MALLOC_ARENA_MAX".into(), "1".into()));
            variables.push(("MALLOC_MMAP_THRESHOLD_".into(), "262144".into()));
        }
        variables.push(("DATABASE_URL".into(), database_url.expose().into()));
        let invocation = Invocation::new(&self.binary).arguments(arguments).exactly(variables);
        Ok(invocation.hiding(database_url.clone()))
    }

    /// What is remembered of the process `pid` that was just started.
    pub(super) fn api(&self, pid: u32) -> Api {
        Api {
            pid,
            // One that has ended already has no mark; the wait for it will tell why.
            start_mark: identity::start_mark(pid).unwrap_or_default(),
            ready: false,
            started_at: Timestamp::now(),
            binary: self.binary.clone(),
            binary_sha256: self.binary_sha256.clone(),
            settings: self.settings.clone(),
            url: self.url.clone(),
        }
    }

    /// Why the running API has to make way; empty when it is as wanted.
    pub(super) async fn reasons_to_replace(
        &self,
        api: &Api,
        state: &State,
        client: &reqwest::Client,
    ) -> Vec<String> {
        let mut reasons = Vec::new();
        if !api.ready {
            reasons.push("its last deploy did not finish".to_owned());
        }
        if api.binary_sha256 != self.binary_sha256 {
            reasons.push("the program changed".to_owned());
        }
        let names: BTreeSet<&String> = self.settings.keys().chain(api.settings.keys()).collect();
        for name in names {
            let value_in =
                |settings: &BTreeMap<String, String>| settings.get(name).cloned().unwrap_or_default();
            let (before, after) = (value_in(&api.settings), value_in(&self.settings));
            if before != after {
                reasons.push(format!("{name} changed from `{before}` to `{after}`"));
            }
        }
        if state.database != self.data.database {
            let (before, after) = (state.database.name(), self.data.database.name());
            reasons.push(format!("the database changed from {before} to {after}"));
        }
        reasons.extend(self.data.pending.iter().map(|load| format!("new data: {}", load.describe())));
        if reasons.is_empty() {
            match health::ask(client, &api.url).await {
                Ok(health) if health.is_healthy() => {}
                Ok(health) => reasons.push(format!("it was {}", health.status)),
                Err(trouble) => reasons.push(format!("it did not answer: {trouble}")),
            }
        }
        reasons
    }
}

/// The settings of the API as its environment variables, without the database. No file names a `log_filter`: it is
/// the user's own.
fn settings(config: &Config, log_filter: Option<&str>) -> BTreeMap<String, String> {
    let api = &config.api;
    [
        ("ENVIRONMENT", "local".to_owned()),
        ("EAP_LOG", log_filter.unwrap_or_default().to_owned()),
        ("HOST", api.listen.value.to_string()),
        ("PORT", api.port.value.to_string()),
        ("AWS_REGION", config.region.value.clone()),
        ("STORE_TIME_ZONE", api.time_zone.value.clone()),
        ("STORE_CURRENCY", api.currency.value.clone()),
        ("EAP_MAX_BODY_BYTES", api.max_body_bytes.value.to_string()),
        // Shorter than `stop` waits before it forces.
        ("EAP_SHUTDOWN_SECONDS", "10".to_owned()),
        ("CORS_ALLOWED_ORIGINS", api.cors_allowed_origins.value.join(",")),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
