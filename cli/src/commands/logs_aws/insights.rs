//! `eap logs --insights`: a question to CloudWatch Logs Insights, its progress, its answer and what it scanned.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::arguments::Format;
use crate::aws::insights::{self, Answer, MOST_ROWS};
use crate::aws::log_events;
use crate::commands::Context;
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::logs::source::Lane;
use crate::output;

const TIMEOUT: Duration = Duration::from_mins(5);

/// Asks about what is between two milliseconds, and shows the answer.
pub async fn ask(
    context: Context<'_>,
    deployed: &Deployed,
    lanes: &[Lane],
    query: &str,
    (from_ms, until_ms): (i64, i64),
) -> Result<(), Failure> {
    let output = context.output;
    let groups = lanes.iter().map(|lane| lane.group("--insights").map(|group| group.name.clone()));
    let mut groups: Vec<String> = groups.collect::<Result<_, Failure>>()?;
    groups.sort_unstable();
    groups.dedup();
    let step = output.step("CloudWatch Logs Insights");
    let seconds = (from_ms.div_euclid(1000), until_ms.div_euclid(1000));
    let progress = |records| step.update(format!("CloudWatch Logs Insights: {records} events read"));
    let client = log_events::client(&deployed.sdk);
    let answer = insights::ask(&client, groups, query, seconds, TIMEOUT, progress).await?;
    step.done();
    if answer.rows.len() >= usize::try_from(MOST_ROWS).unwrap_or(usize::MAX) {
        output.warning(&format!(
            "Logs Insights gives {MOST_ROWS} rows at most, and there may be more: ask about less time, or for sums"
        ));
    }
    if output.format() == Format::Json {
        let row = |row: &Vec<(String, String)>| -> Map<String, Value> {
            row.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect()
        };
        return output.result_json(&json!({
            "schema_version": 1,
            "rows": answer.rows.iter().map(row).collect::<Vec<_>>(),
            "bytes_scanned": answer.bytes_scanned,
            "records_scanned": answer.records_scanned,
        }));
    }
    output.result(&table(&answer))?;
    output
        .say(&format!("{} bytes were scanned, in {} events.", answer.bytes_scanned, answer.records_scanned));
    Ok(())
}

/// Rows lack the fields that their events lack: each value goes below its field's name.
fn table(answer: &Answer) -> String {
    let mut header: Vec<&str> = Vec::new();
    for (name, _) in answer.rows.iter().flatten() {
        if !header.contains(&name.as_str()) {
            header.push(name);
        }
    }
    let cell = |row: &Vec<(String, String)>, name: &str| {
        row.iter().find(|(known, _)| known == name).map_or_else(String::new, |(_, value)| value.clone())
    };
    let rows: Vec<Vec<String>> =
        answer.rows.iter().map(|row| header.iter().map(|name| cell(row, name)).collect()).collect();
    output::table(&header, &rows)
}
