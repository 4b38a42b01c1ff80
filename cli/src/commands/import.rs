//! `eap import`: sends files of orders to an environment over HTTP.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use reqwest::Url;
use serde_json::json;

use super::Context;
use crate::arguments::Format;
use crate::failure::{Doing, Failure, Outcome};
use crate::import::destination;
use crate::import::journal::{Journal, Progress};
use crate::import::parts::{PART_BYTES, Splitter};
use crate::import::send::{Message, Target};
use crate::import::summary::Summary;
use crate::local::binary::fingerprint;
use crate::output;

/// Bytes of a name that the API takes.
const MOST_NAME_BYTES: usize = 255;
/// Rejected lines that people are shown; programs get more.
const SHOWN_ERRORS: usize = 20;

/// Arguments of `eap import`.
#[derive(Debug, Args)]
#[command(
    about = "Send orders to an environment over HTTP; resumes where it stopped",
    long_about = "\
Send orders to an environment over HTTP.

Files are our own CSV, a Shopify orders export, order lines as NDJSON, or whole orders as JSON, gzipped or not. They go \
to POST /api/v1/orders in parts of about 4 MB that never split an order; what may pass by itself (429, 5xx, a lost \
connection) is tried again. A stopped import goes on where it stopped when it is called again with the same file. \
Sending a file twice changes nothing.

The API of an environment in AWS is found from the last deploy. The API key comes from the variable EAP_API_KEY, else \
from the secret of that environment; in local none is needed.",
    after_long_help = "\
Examples:
  eap import --env local orders.csv
  eap import --env local 2023.csv 2024.csv.gz 2025.json
  eap import --env staging orders.csv
  EAP_API_KEY=... eap import --url https://api.example.com orders.csv
  eap import --env local orders.csv --output json | jq '.errors[]'

Exit codes: 0 every line landed, 1 some lines were rejected (the others landed) or it failed, 64 wrong call, \
130 interrupted"
)]
pub struct ImportArguments {
    /// Files to send, one after the other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Base URL of an API, instead of that of an environment
    #[arg(long)]
    url: Option<String>,
}

impl ImportArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let mut splitters = Vec::new();
        for file in &self.files {
            splitters.push((file, Splitter::open(file)?));
        }
        let target = destination::find(context, self.url.as_deref()).await?;
        warn_of_open_key(context, &target);
        let started = Instant::now();
        let mut total = Summary::default();
        for (file, splitter) in splitters {
            total.merge(send_file(context, &target, file, splitter).await?);
        }
        report(context, &target, &total, started.elapsed())?;
        Ok(if total.rejected == 0 { Outcome::Done } else { Outcome::Incomplete })
    }
}

fn warn_of_open_key(context: Context<'_>, target: &Target) {
    let Ok(url) = Url::parse(&target.url) else { return };
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if target.key.is_some() && url.scheme() == "http" && !here {
        context.output.warning("the API key goes over http, where others on the way can read it; use https");
    }
}

async fn send_file(
    context: Context<'_>,
    target: &Target,
    file: &Path,
    mut splitter: Splitter,
) -> Result<Summary, Failure> {
    let sha256 = fingerprint(file).await?;
    let journal = Journal::open(&context.variables.state_folder()?, &target.url, &sha256)?;
    let size = std::fs::metadata(file).doing(|| format!("read {}", file.display()))?.len();
    context.output.say(&format!("Sending {} to {}", file.display(), target.url));
    let mut done_before = 0;
    let mut progress = journal.read()?.map_or_else(|| Progress::new(splitter.position()), Ok)?;
    if progress.next != splitter.position() {
        splitter.resume_at(progress.next)?;
        done_before = splitter.taken_from_disk();
        let (unit, number) = (splitter.unit(), progress.next.line);
        context.output.say(&format!("Going on at {unit} {number}, where an earlier import stopped"));
    }
    let bar = context.output.bar(size, done_before);
    let mut part = splitter.next_part(PART_BYTES)?;
    while let Some(sent) = part {
        let taken = splitter.taken_from_disk();
        let following = splitter.next_part(PART_BYTES);
        let (mut query, mut idempotency_key) = (vec![], None);
        // With the last part the API learns which file that was, so that the dashboard lists it once: under a key that is
        // the same if that part is sent again, even by the next run.
        if matches!(following, Ok(None)) {
            journal.write(&progress)?;
            query = listed(file, &progress.summary);
            idempotency_key = Some(progress.idempotency_key.as_str());
        }
        let waiting = |why: String| {
            bar.note(why.clone());
            if !context.output.animated() {
                context.output.say(&why);
            }
        };
        let message =
            Message { content_type: splitter.content_type(), body: &sent.body, query, idempotency_key };
        let answer = target.send(&message, waiting).await.map_err(|failure| {
            failure.hint("the same command goes on where this one stopped; sent orders are safe")
        })?;
        progress.summary.add(answer, &sent, file);
        progress.next = sent.next;
        journal.write(&progress)?;
        let message = format!("{} lines, {} rejected", progress.summary.received, progress.summary.rejected);
        if !context.output.animated() {
            let percent = taken.saturating_mul(100) / size.max(1);
            context.output.say(&format!("{}: {percent} %, {message}", file.display()));
        }
        bar.set(taken, message);
        part = following?;
    }
    journal.finish()?;
    Ok(progress.summary)
}

/// The name of a file without its folder, as much of it as the API takes, and what became of its lines `before`.
fn listed(file: &Path, before: &Summary) -> Vec<(&'static str, String)> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let end = name.floor_char_boundary(MOST_NAME_BYTES);
    let mut query = vec![("file", name[..end].to_owned())];
    if before.received > 0 {
        query.push(("before", before.counts()));
    }
    query
}

fn report(context: Context<'_>, target: &Target, total: &Summary, took: Duration) -> Result<(), Failure> {
    if context.output.format() == Format::Json {
        return context.output.result_json(&json!({
            "schema_version": 1,
            "url": target.url,
            "received": total.received,
            "inserted": total.inserted,
            "replaced": total.replaced,
            "unchanged": total.unchanged,
            "rejected": total.rejected,
            "errors": total.errors,
            "seconds": took.as_secs_f64(),
        }));
    }
    let rows = [
        ("Lines", total.received.to_string()),
        ("Inserted", total.inserted.to_string()),
        ("Replaced", total.replaced.to_string()),
        ("Unchanged", total.unchanged.to_string()),
        ("Rejected", total.rejected.to_string()),
        ("Time", format!("{:.1} s", took.as_secs_f64())),
    ];
    context.output.result(&output::pairs(&rows))?;
    if total.errors.is_empty() {
        return Ok(());
    }
    let shown = total.errors.iter().take(SHOWN_ERRORS);
    let rows: Vec<Vec<String>> = shown
        .map(|error| {
            vec![format!("{}:{}", error.file, error.line), error.field.clone(), error.reason.clone()]
        })
        .collect();
    context.output.result(&format!("\n{}", output::table(&["Rejected", "Field", "Reason"], &rows)))?;
    if total.rejected > rows.len() as u64 {
        context.output.hint("`--output json` lists up to a thousand rejected lines");
    }
    Ok(())
}
