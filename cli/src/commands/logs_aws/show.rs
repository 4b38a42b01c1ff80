//! What `eap logs` shows of lanes: what there is, what comes, counts, answers of Logs Insights.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::service_events::ServiceEvents;
use crate::arguments::Format;
use crate::aws::{insights, log_events::Event};
use crate::commands::Context;
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::logs::choice::Choice;
use crate::logs::history::{self, Clients, Extent};
use crate::logs::live::{Live, Pace};
use crate::logs::source::Lane;
use crate::logs::stats::Stats;
use crate::output;

const INSIGHTS_TIMEOUT: Duration = Duration::from_mins(5);
/// Bytes that are printed at once.
const CHUNK: usize = 64 * 1024;

/// Lanes, and how their lines are shown.
pub struct Show<'a> {
    /// How to speak.
    pub context: Context<'a>,
    /// What they are read with.
    pub clients: &'a Clients,
    /// Whose lines.
    pub lanes: &'a [Lane],
    /// Which of them, and how they look.
    pub choice: Choice,
}

impl Show<'_> {
    fn line(&self, lane: usize, event: &Event) -> String {
        let label = &self.lanes[lane].label;
        match self.context.output.format() {
            Format::Json => Choice::json(label, event),
            Format::Table => self.choice.line(label, event),
        }
    }

    /// Shows what there is; with `last`, as many lines of it, the last ones.
    pub async fn history(&self, extent: &Extent, last: Option<usize>) -> Result<(), Failure> {
        let (choice, output) = (&self.choice, self.context.output);
        let (mut text, mut kept) = (String::new(), VecDeque::new());
        let visit = |lane: usize, event: &Event| {
            if !choice.keeps(&event.message) {
                return Ok(());
            }
            let line = self.line(lane, event);
            if let Some(last) = last {
                kept.push_back(line);
                if kept.len() > last {
                    kept.pop_front();
                }
                return Ok(());
            }
            text.push_str(&line);
            text.push('\n');
            if text.len() >= CHUNK {
                output.result(&text)?;
                text.clear();
            }
            Ok(())
        };
        history::read(self.clients, self.lanes, extent, visit, |notice| output.warning(notice)).await?;
        for line in kept {
            text.push_str(&line);
            text.push('\n');
        }
        output.result(&text)
    }

    /// Shows what comes, from the beginning of `extent` on.
    pub async fn follow(&self, deployed: &Deployed, from_ms: i64, pace: Pace) -> Result<(), Failure> {
        let (choice, output) = (&self.choice, self.context.output);
        let groups: Result<Vec<_>, Failure> = self.lanes.iter().map(|lane| lane.group("-f")).collect();
        let mut live = Live::new(&self.clients.logs, groups?, pace, from_ms);
        let mut service = ServiceEvents::new(deployed).await;
        loop {
            let look = live.look().await?;
            if let Some(notice) = look.notice {
                output.warning(&notice);
            }
            let wanted = look.events.iter().filter(|(_, event)| choice.keeps(&event.message));
            let mut text = String::new();
            for (lane, event) in wanted {
                text.push_str(&self.line(*lane, event));
                text.push('\n');
            }
            output.result(&text)?;
            for message in service.news().await {
                output.say(&format!("-- {message}"));
            }
            tokio::time::sleep(look.pause).await;
        }
    }

    /// Counts.
    pub async fn stats(&self, extent: &Extent) -> Result<(), Failure> {
        let (choice, output) = (&self.choice, self.context.output);
        let mut stats = Stats::default();
        let visit = |_: usize, event: &Event| {
            if choice.keeps(&event.message) {
                stats.add(&event.message);
            }
            Ok(())
        };
        history::read(self.clients, self.lanes, extent, visit, |notice| output.warning(notice)).await?;
        if output.format() == Format::Json {
            return output.result_json(&json!({"schema_version": 1, "stats": stats}));
        }
        let levels: Vec<Vec<String>> =
            stats.by_level.iter().map(|(level, lines)| vec![level.clone(), lines.to_string()]).collect();
        output.result(&output::table(&["Level", "Lines"], &levels))?;
        let routes: Vec<Vec<String>> = stats
            .by_route
            .iter()
            .map(|(name, route)| {
                let counts = [route.requests, route.refused, route.failed].map(|count| count.to_string());
                std::iter::once(name.clone()).chain(counts).collect()
            })
            .collect();
        if routes.is_empty() {
            return Ok(());
        }
        output.result(&format!("\n{}", output::table(&["Route", "Requests", "4xx", "5xx"], &routes)))
    }

    /// Asks Logs Insights.
    pub async fn insights(&self, query: &str, extent: &Extent) -> Result<(), Failure> {
        let output = self.context.output;
        let groups = self.lanes.iter().map(|lane| lane.group("--insights").map(|group| group.name.clone()));
        let mut groups: Vec<String> = groups.collect::<Result<_, Failure>>()?;
        groups.dedup();
        let step = output.step("CloudWatch Logs Insights");
        let until_ms = extent.until_ms.unwrap_or_else(|| Timestamp::now().as_millisecond());
        let seconds = (extent.from_ms.div_euclid(1000), until_ms.div_euclid(1000));
        let progress = |records| step.update(format!("CloudWatch Logs Insights: {records} events read"));
        let answer =
            insights::ask(&self.clients.logs, groups, query, seconds, INSIGHTS_TIMEOUT, progress).await?;
        step.done();
        if output.format() == Format::Json {
            let rows: Vec<Map<String, Value>> = answer
                .rows
                .into_iter()
                .map(|row| row.into_iter().map(|(name, value)| (name, value.into())).collect())
                .collect();
            return output.result_json(&json!({
                "schema_version": 1,
                "rows": rows,
                "bytes_scanned": answer.bytes_scanned,
                "records_scanned": answer.records_scanned,
            }));
        }
        let header: Vec<&str> =
            answer.rows.first().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let rows: Vec<Vec<String>> =
            answer.rows.iter().map(|row| row.iter().map(|(_, value)| value.clone()).collect()).collect();
        output.result(&output::table(&header, &rows))?;
        output.say(&format!(
            "{} bytes were scanned, in {} events.",
            answer.bytes_scanned, answer.records_scanned
        ));
        Ok(())
    }
}
