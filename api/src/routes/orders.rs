//! `POST /api/v1/orders`: orders as JSON, NDJSON or CSV, gzipped or not. JSON is read whole before anything lands, and
//! so is what lands all or not at all; else NDJSON and CSV are streams, of which only a little is in memory at a time.

use std::{
    io::{self, Cursor, Read},
    time::Duration,
};

use axum::{
    Json,
    body::Body,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, header},
};
use flate2::read::MultiGzDecoder;
use futures_util::{Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;
use tokio_util::io::{StreamReader, SyncIoBridge};

use crate::{
    error::{ApiError, FieldError, Kind, Problem},
    extract::query_string::Parameters,
    ingest::{
        line::IngestSummary,
        order::Fatal,
        source::{Format, Source, TooLarge},
        upload::{self, Landing, MOST_ATOMIC_LINES, UploadError},
    },
    queries::uploads,
    state::AppState,
};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const MOST_FILE_NAME_BYTES: usize = 255;
const IDEMPOTENCY_KEY: &str = "idempotency-key";
const MOST_KEY_BYTES: usize = 255;
/// Of a count of lines: more than any file has, and far from what a number can hold.
const MOST_LINES: u64 = 1_000_000_000_000;
/// Of a stream that ends early: what was read is not taken back.
const LANDED: &str = " What came before it has landed if `inserted` or `replaced` says so.";

/// Sends orders. Sending them again changes nothing; a changed order replaces what was there.
///
/// An order as JSON replaces the whole order; NDJSON and CSV lines stand for themselves. Good orders land and
/// rejected lines are reported, unless `atomic=true`, for which there may be 25,000 lines within the limit for JSON.
/// A line is worth at most 900,000,000,000 minor units, such as cents.
///
/// A body whose announced length is too large is refused before anything lands. A stream that turns out to be too large,
/// or cannot be read on, keeps what landed before: the answer then has the counts that a 200 has.
#[utoipa::path(post, path = "/api/v1/orders", tag = "orders", security(("key" = ["ingest"])),
    params(
        ("atomic" = Option<bool>, Query, description = "All or nothing"),
        ("file" = Option<String>, Query, description = "Name of a file that comes whole, or of which this is the last part; \
            the dashboard lists it"),
        ("before" = Option<String>, Query, description = "What became of the lines of the `file` that came before, in requests \
            without `file`: the sums of their `received,inserted,replaced,unchanged,rejected`", example = "80000,79990,0,8,2"),
        ("Idempotency-Key" = Option<String>, Header, description = "Made up by the sender of a `file`, anew for each: a request \
            that comes again because its answer was lost does not list the file again"),
    ),
    request_body(description = "Orders, gzipped or not", content(
        (serde_json::Value = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    responses(
        (status = 200, body = serde_json::Value, description = "What became of each line: `received`, `inserted`, \
            `replaced`, `unchanged`, `rejected`, `errors` of `line`, `field`, `reason`"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "The body cannot be read on; the counts say what landed before"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "The body is too large; where its length was not announced, the counts say what landed before"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "Another kind of body"),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "Atomic, and not everything could land"),
    ))]
pub async fn receive(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Json<IngestSummary>, ApiError> {
    let Asked { landing, file, before } = asked(&query.unwrap_or_default())?;
    let (head, body) = request.into_parts();
    let format = format_of(&head.headers)?;
    refuse_other_encodings(&head.headers)?;
    let key = idempotency_key(&head.headers)?;
    let most = most_bytes(&state, format, landing);
    refuse_large_length(&head.headers, most)?;

    let store = state.store_defaults();
    let summary = if format == Format::Json {
        let bytes = read_whole(body, state.settings.max_body_bytes, state.settings.request_timeout).await?;
        let parse = move || Source::open(Cursor::new(bytes), Some(format), store);
        upload::run(&state.db, &state.dictionary, landing, parse).await
    } else {
        let chunks = bounded(body, most, state.settings.request_timeout);
        let reader = SyncIoBridge::new(StreamReader::new(Box::pin(chunks)));
        let parse = move || Source::open_up_to(most, reader, Some(format), store);
        upload::run(&state.db, &state.dictionary, landing, parse).await
    };
    let summary = summary.map_err(explain)?;
    if let Some(file) = file {
        let counts = std::array::from_fn(|at| before[at] + summary.counts()[at]);
        uploads::record(&state.db, &file, key, counts, Timestamp::now()).await?;
    }
    Ok(Json(summary))
}

/// The parameters.
struct Asked {
    /// What to do about orders that cannot land.
    landing: Landing,
    /// The name of the file to remember the upload by.
    file: Option<String>,
    /// What became of its lines in earlier requests.
    before: [u64; 5],
}

fn asked(query: &str) -> Result<Asked, ApiError> {
    let mut parameters = Parameters::parse(query);
    let landing = parameters.value("atomic", Landing::GoodOrders, |text| match text {
        "true" => Ok(Landing::AllOrNothing),
        "false" => Ok(Landing::GoodOrders),
        _ => Err("must be true or false".to_owned()),
    });
    let file = parameters.optional("file", |text| match text.len() {
        1..=MOST_FILE_NAME_BYTES => Ok(text.to_owned()),
        _ => Err(format!("must be a name of at most {MOST_FILE_NAME_BYTES} bytes")),
    });
    let before = parameters.optional("before", counts);
    if before.is_some() && file.is_none() && !parameters.has_refused(&["file"]) {
        parameters.refuse("before", "is for the last part of a `file`");
    }
    Ok(parameters.finish(Asked { landing, file, before: before.unwrap_or_default() })?)
}

/// Five counts of lines, as the sender added them up.
fn counts(text: &str) -> Result<[u64; 5], String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    let read = if plain { text.split(',').map(|count| count.parse().ok()).collect() } else { None };
    read.and_then(|counts: Vec<u64>| <[u64; 5]>::try_from(counts).ok())
        .filter(|counts| counts.iter().all(|count| *count <= MOST_LINES))
        .ok_or_else(|| {
            let names = "received,inserted,replaced,unchanged,rejected";
            format!("must be five whole numbers up to {MOST_LINES}: {names}")
        })
}

fn format_of(headers: &HeaderMap) -> Result<Format, ApiError> {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    declared.and_then(Format::of_content_type).ok_or_else(|| {
        ApiError::new(Kind::UnsupportedMediaType)
            .detail("Content-Type must be application/json, application/x-ndjson or text/csv.")
    })
}

fn refuse_other_encodings(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"gzip" | b"x-gzip" | b"identity" | b"") => Ok(()),
        Some(_) => {
            Err(ApiError::new(Kind::UnsupportedMediaType).detail("Content-Encoding must be gzip or absent."))
        }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=MOST_KEY_BYTES).contains(&key.len()) => Ok(Some(key)),
        _ => {
            let reason = format!("must be 1 to {MOST_KEY_BYTES} characters of ASCII");
            Err(ApiError::bad_request(vec![FieldError::new(IDEMPOTENCY_KEY, reason)]))
        }
    }
}

/// What lands all or not at all is held whole, as JSON is.
fn most_bytes(state: &AppState, format: Format, landing: Landing) -> u64 {
    match (format, landing) {
        (Format::Json, _) | (_, Landing::AllOrNothing) => state.settings.max_body_bytes as u64,
        (Format::Ndjson | Format::Csv | Format::Shopify, Landing::GoodOrders) => {
            state.settings.max_stream_bytes
        }
    }
}

fn refuse_large_length(headers: &HeaderMap, most: u64) -> Result<(), ApiError> {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most) { Err(too_large(most, "")) } else { Ok(()) }
}

fn too_large(most: u64, more: &str) -> ApiError {
    ApiError::new(Kind::PayloadTooLarge).detail(format!(
        "The body is larger than {most} bytes. Larger uploads go as NDJSON or CSV without `atomic`, or in parts.{more}"
    ))
}

/// The whole body, decompressed, or a failure before anything has landed.
async fn read_whole(body: Body, most: usize, silence: Duration) -> Result<Vec<u8>, ApiError> {
    let mut chunks = Box::pin(bounded(body, most as u64, silence));
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.try_next().await.map_err(|error| unreadable(&error))? {
        bytes.extend_from_slice(&chunk);
    }
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(bytes);
    }
    let decompressed = tokio::task::spawn_blocking(move || {
        let mut plain = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).take(most as u64 + 1).read_to_end(&mut plain).map(|_| plain)
    });
    let plain = decompressed.await.map_err(anyhow::Error::from)?.map_err(|error| unreadable(&error))?;
    if plain.len() > most { Err(too_large(most as u64, "")) } else { Ok(plain) }
}

/// What ends a body before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Cut {
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    #[error("the body was silent for {} s", .0.as_secs())]
    Silent(Duration),
}

/// The body's chunks, up to `most` bytes, none of which may take longer than `silence` to come.
fn bounded(
    body: Body,
    most: u64,
    silence: Duration,
) -> impl Stream<Item = io::Result<axum::body::Bytes>> + Send + 'static {
    let mut read = 0_u64;
    impatient(body.into_data_stream(), silence).map(move |chunk| {
        let chunk = chunk?;
        read += chunk.len() as u64;
        if read > most { Err(io::Error::other(TooLarge(most))) } else { Ok(chunk) }
    })
}

fn impatient(
    chunks: axum::body::BodyDataStream,
    silence: Duration,
) -> impl Stream<Item = io::Result<axum::body::Bytes>> + Send + 'static {
    futures_util::stream::unfold(chunks, move |mut chunks| async move {
        let chunk = match tokio::time::timeout(silence, chunks.next()).await {
            Ok(chunk) => chunk?.map_err(io::Error::other),
            Err(_) => Err(io::Error::other(Cut::Silent(silence))),
        };
        Some((chunk, chunks))
    })
}

fn explain(error: UploadError) -> ApiError {
    match error {
        UploadError::Source { fatal, landed } => match fatal {
            Fatal::Header(fields) => ApiError::bad_request(fields),
            Fatal::Malformed { .. } => {
                ApiError::new(Kind::BadRequest).detail(format!("{fatal}.{LANDED}")).with(&landed)
            }
            // No length was announced, or a small one of a body that expands.
            Fatal::Read(error) => match cut(&error) {
                Some(Cut::TooLarge(TooLarge(most))) => too_large(most, LANDED).with(&landed),
                _ => unreadable(&error).with(&landed),
            },
        },
        UploadError::TooMany => ApiError::new(Kind::PayloadTooLarge).detail(format!(
            "More than {MOST_ATOMIC_LINES} lines cannot land all or not at all, so nothing landed. Send them without \
             `atomic`, or in parts."
        )),
        UploadError::Refused(summary) => ApiError::new(Kind::Unprocessable)
            .detail("Nothing landed, because not everything could; `errors` names each rejected line.")
            .with(&summary),
        UploadError::Store(error) => error.into(),
    }
}

/// The cause stands somewhere below what the readers and the decompressor made of it.
fn unreadable(error: &io::Error) -> ApiError {
    match cut(error) {
        Some(Cut::TooLarge(TooLarge(most))) => too_large(most, ""),
        Some(cut @ Cut::Silent(_)) => ApiError::new(Kind::BadRequest).detail(format!("{cut}.")),
        None => {
            let field = FieldError::new("body", format!("cannot be read: {error}"));
            ApiError::bad_request(vec![field])
        }
    }
}

fn cut(error: &io::Error) -> Option<Cut> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|inner| inner as _);
    while let Some(error) = cause {
        let too_large = error.downcast_ref::<TooLarge>().copied().map(Cut::from);
        if let Some(cut) = too_large.or_else(|| error.downcast_ref::<Cut>().copied()) {
            return Some(cut);
        }
        cause = match error.downcast_ref::<io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as _),
            None => error.source(),
        };
    }
    None
}
