//! The steps of a local deploy: find, migrate, load, start, wait, test. Every step may be repeated; an
//! interrupted or failed one leaves no API behind that it started.

use std::fs::File;
use std::path::Path;

use super::data::{DataRequest, Rejected, load_arguments};
use super::folder::LocalFolder;
use super::health::{self, LogSince};
use super::smoke_test::{self, Passed};
use super::state::{Api, Load, State};
use super::wanted::Wanted;
use super::{lock, port, stop};
use crate::commands::Context;
use crate::config::Config;
use crate::failure::{Doing, Failure};
use crate::http;
use crate::logs::{line, tail};
use crate::process::{ChildTalk, Invocation, describe_end};

/// A log of this size is turned over at the next start.
const LOG_LIMIT_BYTES: u64 = 16 << 20;
/// Lines shown of an API that crashed since the last deploy.
const CRASH_LINES: usize = 10;

/// What a deploy did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deployed {
    /// Nothing ran before.
    Started,
    /// Something ran and had to make way; why.
    Restarted(Vec<String>),
    /// Everything was as wanted.
    Unchanged,
}

/// The platform after a deploy.
#[derive(Debug)]
pub struct Deployment {
    /// What the deploy did.
    pub deployed: Deployed,
    /// The API as it runs.
    pub api: Api,
    /// What is remembered.
    pub state: State,
    /// Lines of the user's files that did not land.
    pub rejected_lines: u64,
    /// Answers of the smoke test.
    pub smoke_test: Vec<Passed>,
}

/// Brings the local platform up, or up to date.
pub async fn deploy(
    context: Context<'_>,
    config: &Config,
    request: &DataRequest,
) -> Result<Deployment, Failure> {
    let folder = LocalFolder::locate(context.variables)?;
    let _lock = lock::acquire(&folder, "eap deploy --env local")?;
    let state = State::load(&folder)?.unwrap_or_else(State::new);
    let wanted = Wanted::find(context, config, request, &state, &folder).await?;
    let client = http::client()?;

    let running = state.api.clone().filter(Api::is_alive);
    let reasons = match (&running, &state.api) {
        (Some(api), _) => wanted.reasons_to_replace(api, &state, &client).await,
        (None, Some(gone)) => {
            tell_crash(context, gone, &folder);
            Vec::new()
        }
        (None, None) => Vec::new(),
    };
    if let Some(api) = running.clone().filter(|_| reasons.is_empty()) {
        let smoke_test = smoke_test::run(&client, &api.url).await?;
        let deployed = Deployed::Unchanged;
        return Ok(Deployment { deployed, api, state, rejected_lines: 0, smoke_test });
    }
    let deployed = if running.is_some() { Deployed::Restarted(reasons) } else { Deployed::Started };
    replace(Replacement { context, config, folder, client, wanted, state, running, deployed }).await
}

/// Everything that a start needs.
struct Replacement<'a> {
    context: Context<'a>,
    config: &'a Config,
    folder: LocalFolder,
    client: reqwest::Client,
    wanted: Wanted,
    state: State,
    running: Option<Api>,
    deployed: Deployed,
}

/// Prepares the database beside the running API, which keeps answering as long as it can, then swaps it.
async fn replace(with: Replacement<'_>) -> Result<Deployment, Failure> {
    let Replacement { context, config, folder, client, wanted, mut state, running, deployed } = with;
    if running.as_ref().is_none_or(|api| api.url != wanted.url) {
        port::require_free(wanted.address)?;
    }
    let rejected_lines = prepare_database(context, &wanted, &mut state, &folder).await?;
    if let Some(api) = &running {
        let step = context.output.step(format!("Stopping the API (process {})", api.pid));
        stop::stop(api).await?;
        step.done();
        port::require_free(wanted.address)?;
    }
    let log = open_log(&folder)?;
    let offset = log.metadata().doing(|| "read the log".to_owned())?.len();
    let invocation = wanted.invocation(context, ["serve".into()])?;
    context.output.detail(&invocation.display());
    let step = context.output.step(format!("Starting the API on {}", wanted.url));
    let mut child = invocation.start(&log)?;
    let mut api = wanted.api(child.pid());
    // Written before the wait, so that even a killed deploy leaves a trace of what it started.
    state.api = Some(api.clone());
    state.save(&folder)?;

    let log_file = folder.log_file();
    let log = LogSince { file: &log_file, offset };
    let limit = config.api.start_timeout.value.unsigned_abs();
    health::wait(&client, &wanted.url, &mut child, log, limit, &step).await?;
    step.done();
    let step = context.output.step("Testing /, sales, customers and products");
    let smoke_test = smoke_test::run(&client, &wanted.url).await.map_err(|failure| log.attach(failure))?;
    step.done();
    if let Some(status) = child.ended()? {
        // Somebody else answered the test at this address.
        let message = format!("the API ended with {} after its start", describe_end(status));
        return Err(log.attach(Failure::failed(message)));
    }
    api.ready = true;
    state.api = Some(api.clone());
    state.save(&folder)?;
    child.release();
    Ok(Deployment { deployed, api, state, rejected_lines, smoke_test })
}

/// Migrates and loads; answers with the number of lines that did not land.
async fn prepare_database(
    context: Context<'_>,
    wanted: &Wanted,
    state: &mut State,
    folder: &LocalFolder,
) -> Result<u64, Failure> {
    let mut rejected = 0;
    let database = &wanted.data.database;
    if database.file(folder).is_some_and(|file| !file.exists()) {
        state.loads.remove(&database.name());
    }
    let migrate = wanted.invocation(context, ["migrate".into()])?;
    context.output.detail(&migrate.display());
    let step = context.output.step("Migrating the database");
    migrate.run(ChildTalk::Kept).await?;
    step.done();
    state.database = database.clone();
    for load in &wanted.data.pending {
        let invocation = wanted.invocation(context, load_arguments(load))?;
        context.output.detail(&invocation.display());
        match load {
            Load::Sample => {
                let step = context.output.step("Loading the bundled sample of orders");
                invocation.run(ChildTalk::Kept).await?;
                step.done();
            }
            Load::File { path, .. } => rejected += load_file(context, &invocation, path).await?,
        }
        state.remember_load(database, load.clone());
        // Once loaded, loaded: a failure of a later step must not load it again.
        state.save(folder)?;
    }
    Ok(rejected)
}

/// Loads a file; lines that do not land are told and counted, and no failure: the others have landed.
async fn load_file(context: Context<'_>, invocation: &Invocation, path: &Path) -> Result<u64, Failure> {
    context.output.say(&format!("Loading {}", path.display()));
    let talk = if context.output.animated() { ChildTalk::Shown } else { ChildTalk::Kept };
    let ended = invocation.run_to_end(talk).await?;
    let answer = Rejected::of_answer(&ended.stdout).filter(|answer| answer.rejected > 0);
    match answer {
        _ if ended.status.success() => Ok(0),
        Some(answer) => {
            let (count, lines) = (answer.rejected, answer.describe());
            context.output.warning(&format!("{count} lines of {} were rejected\n{lines}", path.display()));
            Ok(count)
        }
        None => Err(invocation.failure_of(&ended)),
    }
}

fn tell_crash(context: Context<'_>, gone: &Api, folder: &LocalFolder) {
    if !gone.ready {
        return;
    }
    let lines = tail::last_lines_after(&folder.log_file(), 0, CRASH_LINES).unwrap_or_default();
    let evidence = line::evidence(&lines);
    context.output.warning(&format!(
        "the API (process {}) was not running any more; its log ended with\n{evidence}",
        gone.pid
    ));
}

/// Opens the log to append; a large one is put aside first.
fn open_log(folder: &LocalFolder) -> Result<File, Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = folder.log_file();
    if size_of(&path) > LOG_LIMIT_BYTES {
        std::fs::rename(&path, folder.previous_log_file())
            .doing(|| format!("put {} aside", path.display()))?;
    }
    let mut options = File::options();
    options.create(true).append(true).mode(0o600).open(&path).doing(|| format!("open {}", path.display()))
}

fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}
