//! What a range of log lines adds up to: lines by level, requests by route. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::line::Line;

/// Sums of lines.
#[derive(Debug, Default, Serialize)]
pub struct Stats {
    /// All lines.
    pub lines: u64,
    /// By level; lines that tell none are `PLAIN`.
    pub by_level: BTreeMap<String, u64>,
    /// Requests by method and route.
    pub by_route: BTreeMap<String, Route>,
}

/// Requests of one route.
#[derive(Debug, Default, Serialize)]
pub struct Route {
    /// All of them.
    pub requests: u64,
    /// Answered with 4xx.
    pub refused: u64,
    /// Answered with 5xx.
    pub failed: u64,
}

impl Stats {
    /// Adds a line.
    pub fn add(&mut self, message: &str) {
        self.lines += 1;
        let Line::Record(fields) = Line::parse(message) else {
            return *self.by_level.entry("PLAIN".to_owned()).or_default() += 1;
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let level = text("level").unwrap_or("PLAIN");
        *self.by_level.entry(level.to_owned()).or_default() += 1;
        let status = fields.get("status").and_then(Value::as_u64);
        let (Some(route), Some(status)) = (text("route").or_else(|| text("path")), status) else { return };
        let name = text("method").map_or_else(|| route.to_owned(), |method| format!("{method} {route}"));
        let sums = self.by_route.entry(name).or_default();
        sums.requests += 1;
        sums.refused += u64::from((400..500).contains(&status));
        sums.failed += u64::from(status >= 500);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_other_lines_by_level() {
        let mut stats = Stats::default();
        for status in [200, 200, 404, 503] {
            stats.add(&format!(r#"{{"level":"INFO","method":"GET","route":"/health","status":{status}}}"#));
        }
        stats.add(r#"{"level":"WARN","message":"slow"}"#);
        stats.add("thread 'main' panicked");
        let route = &stats.by_route["GET /health"];
        assert_eq!((route.requests, route.refused, route.failed, stats.lines), (4, 1, 1, 6));
        assert_eq!(
            stats.by_level,
            BTreeMap::from([("INFO".into(), 4), ("PLAIN".into(), 1), ("WARN".into(), 1)])
        );
    }
}
