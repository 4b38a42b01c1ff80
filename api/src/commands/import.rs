//! `eap-api import`: files, each of which goes on where a try was stopped, and the original platform's database.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::{AnyConnection, Connection};
use tokio::runtime::Handle;

use super::{Format, output};
use crate::{
    config::{OriginalOptions, Secret, StoreOptions},
    db::Db,
    ingest::{
        draft::StoreDefaults,
        line::IngestSummary,
        original,
        source::{self, Source},
        terms::Dictionary,
        upload::{self, Resumed},
    },
    queries::uploads,
    rollup::compact,
};

/// Changed lines of which the summaries take so long that it is told.
const MANY_CHANGES: u64 = 20_000;
/// Rejected lines that are shown to people.
const MOST_SHOWN: usize = 20;

/// What to load, and where.
#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    #[command(flatten)]
    store: StoreOptions,

    /// CSV, NDJSON, JSON or a Shopify orders export, gzipped or not
    #[arg(required_unless_present = "original", value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    original: OriginalOptions,

    /// How to answer
    #[arg(long, value_enum, default_value = "table")]
    output: Format,
}

/// What became of one file or database.
#[derive(Debug, Serialize)]
struct Imported {
    /// Path, or `sales_transactions`.
    file: String,
    /// Orders that an import which was stopped had passed already.
    skipped_orders: i64,
    seconds: f64,
    #[serde(flatten)]
    summary: IngestSummary,
}

/// Answers 1 when lines were rejected: the others have landed.
pub(super) async fn run(arguments: &ImportArguments) -> Result<ExitCode> {
    let db = super::open_to_load(&arguments.store).await?;
    let dictionary = Dictionary::to_load();
    let defaults =
        StoreDefaults { time_zone: arguments.store.time_zone.clone(), currency: arguments.store.currency };
    let mut imported = Vec::new();
    // What has landed is told at once: the next source may fail.
    let mut done = |one: Imported| {
        let shown = if arguments.output == Format::Table { show(&one) } else { Ok(()) };
        imported.push(one);
        shown
    };
    if let Some(url) = arguments.original.url()? {
        let one = import_original(&db, &dictionary, defaults.clone(), &url).await;
        done(one.context("import from the original platform")?)?;
    }
    for file in &arguments.files {
        let one = import(&db, &dictionary, defaults.clone(), file).await;
        done(one.with_context(|| format!("import {}", file.display()))?)?;
    }
    let changes: u64 = imported.iter().map(|one| one.summary.inserted + one.summary.replaced).sum();
    if changes >= MANY_CHANGES {
        output::talk(
            "everything has landed; summarising the months that changed, so that reports are quick …",
        );
    }
    compact::compact_all(&db).await?;
    if arguments.output == Format::Json {
        output::answer_json(&imported)?;
    }
    let clean = imported.iter().all(|one| one.summary.rejected == 0);
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn import(db: &Db, dictionary: &Dictionary, defaults: StoreDefaults, path: &Path) -> Result<Imported> {
    let started = Instant::now();
    let fingerprint = fingerprint(path, defaults.clone()).await?;
    let file = File::open(path).context("open the file")?;
    let bar = progress_bar(file.metadata().context("look at the file")?.len());
    let declared = path.file_name().and_then(|name| name.to_str()).and_then(source::Format::of_file_name);
    let input = Watched { file, bar: bar.clone() };
    let parse = move || Source::open(input, declared, defaults);
    let mut progress = |summary: &IngestSummary| {
        bar.set_message(so_far(summary.received, "lines", started.elapsed()));
    };
    let resumed = upload::resume(db, dictionary, fingerprint, parse, &mut progress).await;
    bar.finish_and_clear();
    let Resumed { skipped, summary } = resumed?;
    // The dashboard lists it. A file of which everything had landed before is no news.
    if summary.inserted + summary.replaced + summary.rejected > 0 {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        uploads::record(db, &name, None, summary.counts(), Timestamp::now()).await?;
    }
    let file = path.display().to_string();
    Ok(Imported { file, skipped_orders: skipped, seconds: started.elapsed().as_secs_f64(), summary })
}

/// Reads every row again each time: rows that are there already change nothing.
async fn import_original(
    db: &Db,
    dictionary: &Dictionary,
    defaults: StoreDefaults,
    url: &Secret,
) -> Result<Imported> {
    let started = Instant::now();
    // Its own hint: the general one is about DATABASE_URL.
    let mut connection = AnyConnection::connect(url.expose()).await.map_err(|error| {
        anyhow!(
            "connect to the original database: {error}\n\
             hint: are --original and ORIGINAL_DATABASE_PASSWORD right, and is that server running?"
        )
    })?;
    let bar = progress_bar(original::count(&mut connection).await?);
    let (handle, shown) = (Handle::current(), bar.clone());
    let progress = move |rows| {
        shown.inc(rows);
        shown.set_message(so_far(shown.position(), "rows", started.elapsed()));
    };
    let parse = move || Ok(original::read(connection, handle, defaults, progress));
    let landed = upload::load(db, dictionary, parse).await;
    bar.finish_and_clear();
    let file = "sales_transactions".to_owned();
    Ok(Imported { file, skipped_orders: 0, seconds: started.elapsed().as_secs_f64(), summary: landed? })
}

async fn fingerprint(path: &Path, defaults: StoreDefaults) -> Result<Vec<u8>> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || upload::fingerprint(File::open(path)?, &defaults));
    read.await.context("read the file")?.context("read the file")
}

fn show(one: &Imported) -> Result<()> {
    let Imported { file, skipped_orders, seconds, summary } = one;
    if *skipped_orders > 0 {
        output::answer(&format!(
            "{file}: going on after {skipped_orders} orders, where an earlier import was stopped"
        ))?;
    }
    output::answer(&format!(
        "{file}: {} lines in {seconds:.1} s: {} inserted, {} replaced, {} unchanged, {} rejected",
        summary.received, summary.inserted, summary.replaced, summary.unchanged, summary.rejected
    ))?;
    for rejection in summary.errors.iter().take(MOST_SHOWN) {
        output::talk(&format!("  line {}: `{}` {}", rejection.line, rejection.field, rejection.reason));
    }
    if summary.errors.len() > MOST_SHOWN {
        output::talk("  … and more; `--output json` lists up to a thousand");
    }
    Ok(())
}

/// How many of `things` have been read, and how quickly.
fn so_far(count: u64, things: &str, elapsed: Duration) -> String {
    let per_second = u128::from(count) * 1000 / elapsed.as_millis().max(1);
    format!("{count} {things}, {per_second}/s")
}

fn progress_bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left");
    // Shown on a terminal only; the template is constant and right.
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A file whose reading moves the progress bar.
struct Watched {
    file: File,
    bar: ProgressBar,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.bar.inc(length as u64);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_how_quickly_it_goes() {
        assert_eq!(so_far(5_000, "rows", Duration::from_millis(2_500)), "5000 rows, 2000/s");
        assert_eq!(so_far(25_000, "lines", Duration::from_millis(250)), "25000 lines, 100000/s");
        assert_eq!(so_far(7, "rows", Duration::ZERO), "7 rows, 7000/s");
    }
}
