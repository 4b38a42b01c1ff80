//! `eap logs --stats`: sums and rates for people and programs.

use serde_json::json;

use crate::arguments::Format;
use crate::commands::Context;
use crate::failure::Failure;
use crate::logs::stats::Rates;
use crate::output;

/// Prints rates.
pub fn print(context: Context<'_>, rates: &Rates) -> Result<(), Failure> {
    let output = context.output;
    if output.format() == Format::Json {
        return output.result_json(&json!({"schema_version": 1, "stats": rates}));
    }
    let levels: Vec<Vec<String>> = rates
        .levels
        .iter()
        .map(|(name, level)| {
            vec![name.clone(), level.lines.to_string(), level.per_minute.to_string(), percent(level.percent)]
        })
        .collect();
    output.result(&output::table(&["Level", "Lines", "Per minute", "Share"], &levels))?;
    if rates.by_route.is_empty() {
        return Ok(());
    }
    let routes: Vec<Vec<String>> = rates
        .by_route
        .iter()
        .map(|(name, route)| {
            vec![
                name.clone(),
                route.requests.to_string(),
                route.per_minute.to_string(),
                format!("{} ({})", route.refused, percent(route.refused_percent)),
                format!("{} ({})", route.failed, percent(route.failed_percent)),
            ]
        })
        .collect();
    let table = output::table(&["Route", "Requests", "Per minute", "4xx", "5xx"], &routes);
    output.result(&format!("\n{table}"))
}

fn percent(value: f64) -> String {
    format!("{value} %")
}
