//! The bundled sample of real orders (see `api/data`), loaded into an empty store, whole or not at all.

use std::io::Cursor;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::{
    access::audit::{self, Act},
    db::Db,
    ingest::{
        draft::StoreDefaults,
        line::IngestSummary,
        source::{Format, Source},
        terms::Dictionary,
        upload::{self, Landing},
    },
    queries::figures,
};

/// Our CSV, gzipped.
static ORDERS: &[u8] = include_bytes!("../data/superstore.csv.gz");

/// What `load` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded {
    /// The sample is in the store now.
    Sample(IngestSummary),
    /// There were orders already, so nothing was loaded.
    NotEmpty,
}

/// Loads the sample if the store is empty. Two that load at once do no harm: orders are known by their ids.
pub async fn load(
    db: &Db,
    dictionary: &Dictionary,
    defaults: StoreDefaults,
    actor: &str,
    request_id: &str,
) -> Result<Loaded> {
    if !figures::is_empty(db).await? {
        return Ok(Loaded::NotEmpty);
    }
    let parse = move || Source::open(Cursor::new(ORDERS), Some(Format::Csv), defaults);
    let summary =
        upload::run(db, dictionary, Landing::AllOrNothing, parse).await.context("load the sample")?;
    let detail = format!("{} lines", summary.inserted);
    let act = Act { actor, action: "data.seed", subject: "superstore", detail: &detail, request_id };
    let mut transaction = db.begin_write().await?;
    audit::record(&mut transaction, &act, Timestamp::now()).await?;
    transaction.commit().await.context("write the audit log")?;
    Ok(Loaded::Sample(summary))
}
