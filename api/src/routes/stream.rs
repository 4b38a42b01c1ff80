//! `GET /api/v1/stream/sales`: the totals as orders land, as server-sent events or as a long poll.
//! An event's id is the data version that was known before its totals were read, so no change is ever missed.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{FromRef, RawQuery, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::{
    error::{ApiError, FieldError, Kind, Problem},
    extract::{query_string::Parameters, sales::SalesRequest},
    queries,
    reports::sales::SalesReport,
    routes::report::Reporting,
    state::AppState,
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Below the idle limit of a load balancer.
const LONGEST_WAIT_SECONDS: u64 = 55;
/// Parameters of the sales report that say nothing about totals.
const REPORT_ONLY: [&str; 5] = ["granularity", "compare", "limit", "sort", "format"];

/// Totals at a data version.
#[derive(Debug, Serialize)]
struct Totals {
    data_version: i64,
    #[serde(flatten)]
    report: SalesReport,
}

/// What a request asks for.
#[derive(Debug, Clone)]
struct Question {
    /// The parameters of the report.
    query: String,
    /// The version that the client has seen.
    after: Option<i64>,
    /// How long to wait for a change; `None` for a stream of events.
    wait: Option<Duration>,
}

/// Totals of today, or of the days asked for, whenever orders land.
///
/// Server-sent events named `sales`, resumed by `Last-Event-ID`; or with `wait` a long poll that answers at the first
/// change after the version `after`, and with 204 when there was none.
#[utoipa::path(get, path = "/api/v1/stream/sales", operation_id = "stream_sales", tag = "analytics", security(("key" = ["read"])),
    params(
        ("start_date" = Option<String>, Query, description = "First day, YYYY-MM-DD; today by default"),
        ("end_date" = Option<String>, Query, description = "Last day, YYYY-MM-DD; today by default"),
        ("tz" = Option<String>, Query, description = "IANA time zone of the days"),
        ("region" = Option<Vec<String>>, Query), ("channel" = Option<Vec<String>>, Query),
        ("category" = Option<Vec<String>>, Query), ("product" = Option<Vec<String>>, Query),
        ("currency" = Option<String>, Query),
        ("wait" = Option<u64>, Query, description = "Seconds to wait for a change: a long poll"),
        ("after" = Option<i64>, Query, description = "Data version seen last; with `wait`"),
        ("Last-Event-ID" = Option<String>, Header, description = "Data version seen last"),
    ),
    responses(
        (status = 200, description = "Events, or with `wait` the totals as JSON"),
        (status = 204, description = "With `wait`: nothing changed"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Too many listen"),
    ))]
pub async fn sales(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let question = Question::parse(&query.unwrap_or_default(), &headers)?;
    // Wrong parameters are told now, not at the first event.
    request(&state, &question.query)?;
    let place = Arc::clone(&state.listeners).try_acquire_owned().map_err(|_| {
        ApiError::new(Kind::Unavailable).detail("Too many are listening at the moment; try again later.")
    })?;
    // Nobody may have listened for a while, so the known version may be old.
    let versions = state.changes.subscribe();
    state.changes.tell(state.db.data_version().await?);
    match question.wait {
        Some(wait) => long_poll(&state, &question, versions, wait).await,
        None => Ok(events(state, question, versions, place)),
    }
}

impl Question {
    fn parse(query: &str, headers: &HeaderMap) -> Result<Self, ApiError> {
        let (own, query): (Vec<&str>, Vec<&str>) =
            query.split('&').partition(|pair| matches!(pair.split('=').next(), Some("wait" | "after")));
        let mut parameters = Parameters::parse(&own.join("&"));
        let number =
            |text: &str| text.parse::<i64>().map_err(|_| "must be a data version, a whole number".to_owned());
        let wait = parameters.optional("wait", |text| match text.parse::<u64>() {
            Ok(seconds @ 0..=LONGEST_WAIT_SECONDS) => Ok(Duration::from_secs(seconds)),
            _ => Err(format!("must be a number of seconds from 0 to {LONGEST_WAIT_SECONDS}")),
        });
        let after = parameters.optional("after", number);
        for pair in &query {
            if let Some(name) = REPORT_ONLY.iter().find(|name| pair.split('=').next() == Some(name)) {
                parameters.refuse(name, "is a parameter of /api/v1/analytics/sales only");
            }
        }
        let last_event = match headers.get(LAST_EVENT_ID).map(|value| value.to_str().unwrap_or_default()) {
            // Browsers send the header empty before the first event.
            None | Some("") => None,
            Some(text) => number(text).map_err(|reason| parameters.refuse("Last-Event-ID", reason)).ok(),
        };
        let question = Self { query: query.join("&"), after: after.or(last_event), wait };
        Ok(parameters.finish(question)?)
    }
}

/// The report's own parameters; without dates, today in the zone asked for.
fn request(state: &AppState, query: &str) -> Result<SalesRequest, Vec<FieldError>> {
    let defaults = Reporting::from_ref(state).defaults();
    let request = SalesRequest::parse(query, &defaults)?;
    let dated =
        query.split('&').any(|pair| matches!(pair.split('=').next(), Some("start_date" | "end_date")));
    let mut request = if dated {
        request
    } else {
        let today = format!("{query}&start_date={}", request.range.end_date);
        SalesRequest::parse(&today, &defaults)?
    };
    request.limit = 0;
    Ok(request)
}

async fn totals(state: &AppState, query: &str, data_version: i64) -> Result<Totals, ApiError> {
    let request = request(state, query)?;
    let answer = queries::sales::answer(&state.db, &request.question()).await?;
    Ok(Totals { data_version, report: SalesReport::new(&request, &answer, None)? })
}

async fn long_poll(
    state: &AppState,
    question: &Question,
    mut versions: watch::Receiver<Option<i64>>,
    wait: Duration,
) -> Result<Response, ApiError> {
    let after = question.after.or(*versions.borrow());
    let changed = versions.wait_for(|version| version.is_some() && *version != after);
    let version = tokio::select! {
        changed = tokio::time::timeout(wait, changed) => changed.ok().and_then(Result::ok).and_then(|v| *v),
        () = state.shutdown.cancelled() => None,
    };
    let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let Some(version) = version else { return Ok((StatusCode::NO_CONTENT, [no_store]).into_response()) };
    let totals = totals(state, &question.query, version).await?;
    Ok(([no_store, (LAST_EVENT_ID, HeaderValue::from(version))], Json(totals)).into_response())
}

fn events(
    state: AppState,
    question: Question,
    versions: watch::Receiver<Option<i64>>,
    place: OwnedSemaphorePermit,
) -> Response {
    // The place is taken as long as the stream lives.
    let stream = event_stream(state, question, versions).map(move |event| {
        let _taken = &place;
        event
    });
    let sse = Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    // Proxies that buffer would hold events back.
    ([(HeaderName::from_static("x-accel-buffering"), "no")], sse).into_response()
}

/// Ends when the process ends or the store cannot answer; the client comes back with `Last-Event-ID`.
fn event_stream(
    state: AppState,
    question: Question,
    versions: watch::Receiver<Option<i64>>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let seen = question.after;
    futures_util::stream::unfold(
        (state, question, versions, seen),
        |(state, question, mut versions, seen)| async move {
            let changed = versions.wait_for(|version| version.is_some() && *version != seen);
            let version = tokio::select! {
                changed = changed => (*changed.ok()?)?,
                () = state.shutdown.cancelled() => return None,
            };
            let event = totals(&state, &question.query, version).await.and_then(|totals| event(&totals));
            match event {
                Ok(event) => Some((Ok(event), (state, question, versions, Some(version)))),
                Err(failure) => {
                    tracing::warn!(error = failure.cause_chain(), "a stream of sales ends early");
                    None
                }
            }
        },
    )
}

fn event(totals: &Totals) -> Result<Event, ApiError> {
    let event = Event::default().event("sales").id(totals.data_version.to_string()).json_data(totals);
    event.map_err(|error| anyhow::Error::from(error).into())
}
