//! What a range of log lines adds up to: lines by level, requests by route, and their rates. Pure.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::Value;

use super::line::Line;

/// Sums of lines.
#[derive(Debug, Default)]
pub struct Stats {
    lines: u64,
    by_level: BTreeMap<String, u64>,
    by_route: BTreeMap<String, Requests>,
}

#[derive(Debug, Default)]
struct Requests {
    all: u64,
    refused: u64,
    failed: u64,
}

/// Sums over a time.
#[derive(Debug, Serialize)]
pub struct Rates {
    /// How long it was.
    pub seconds: f64,
    /// All lines.
    pub lines: u64,
    /// By level; lines that tell none are `PLAIN`.
    pub by_level: BTreeMap<String, u64>,
    /// The same with their rates.
    pub levels: BTreeMap<String, Level>,
    /// Requests by method and route.
    pub by_route: BTreeMap<String, Route>,
}

/// Lines of one level.
#[derive(Debug, PartialEq, Serialize)]
pub struct Level {
    /// All of them.
    pub lines: u64,
    /// In a minute.
    pub per_minute: f64,
    /// Of all lines.
    pub percent: f64,
}

/// Requests of one route.
#[derive(Debug, PartialEq, Serialize)]
pub struct Route {
    /// All of them.
    pub requests: u64,
    /// In a minute.
    pub per_minute: f64,
    /// Answered with 4xx.
    pub refused: u64,
    /// Of its requests.
    pub refused_percent: f64,
    /// Answered with 5xx.
    pub failed: u64,
    /// Of its requests.
    pub failed_percent: f64,
}

impl Stats {
    /// Adds a line.
    pub fn add(&mut self, message: &str) {
        self.lines += 1;
        let line = Line::parse(message);
        let level = match &line {
            Line::Record(fields) => fields.get("level").and_then(Value::as_str),
            Line::Plain(_) => None,
        };
        *self.by_level.entry(level.unwrap_or("PLAIN").to_owned()).or_default() += 1;
        let request = match &line {
            Line::Record(fields) => logged_request(fields),
            Line::Plain(text) => balanced_request(text),
        };
        let Some((name, status)) = request else { return };
        let sums = self.by_route.entry(name).or_default();
        sums.all += 1;
        sums.refused += u64::from((400..500).contains(&status));
        sums.failed += u64::from(status >= 500);
    }

    /// The sums as rates over this time.
    pub fn over(self, time: SignedDuration) -> Rates {
        let minutes = time.as_secs_f64() / 60.0;
        let per_minute = |count: u64| if minutes > 0.0 { rounded(as_float(count) / minutes) } else { 0.0 };
        let percent =
            |part: u64, all: u64| if all > 0 { rounded(as_float(part) * 100.0 / as_float(all)) } else { 0.0 };
        let level = |(name, &lines): (&String, &u64)| {
            let rates = Level { lines, per_minute: per_minute(lines), percent: percent(lines, self.lines) };
            (name.clone(), rates)
        };
        let route = |(name, sums): (&String, &Requests)| {
            let rates = Route {
                requests: sums.all,
                per_minute: per_minute(sums.all),
                refused: sums.refused,
                refused_percent: percent(sums.refused, sums.all),
                failed: sums.failed,
                failed_percent: percent(sums.failed, sums.all),
            };
            (name.clone(), rates)
        };
        Rates {
            seconds: time.as_secs_f64(),
            lines: self.lines,
            levels: self.by_level.iter().map(level).collect(),
            by_route: self.by_route.iter().map(route).collect(),
            by_level: self.by_level,
        }
    }
}

/// A request as the API or the gateway logs it; the gateway's route has the method in it, and its status is a text.
fn logged_request(fields: &serde_json::Map<String, Value>) -> Option<(String, u64)> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let status = fields.get("status")?;
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
    let route = text("route").or_else(|| text("path"))?;
    let name = match text("method") {
        Some(method) if !route.contains(' ') => format!("{method} {route}"),
        _ => route.to_owned(),
    };
    Some((name, status))
}

/// A request as a load balancer logs it: `<type> <time> … <its status> <the target's> … "<method> <address> <version>" …`.
/// Source: AWS, "Access logs for your Application Load Balancer".
fn balanced_request(line: &str) -> Option<(String, u64)> {
    let status = line.split(' ').nth(8)?.parse().ok()?;
    let (method, address) = line.split('"').nth(1)?.split_once(' ')?;
    let path = address.split_once("://")?.1.split_once('/')?.1;
    let path = path.split([' ', '?']).next().unwrap_or_default();
    Some((format!("{method} /{path}"), status))
}

#[expect(clippy::cast_precision_loss, reason = "lines of a log are fewer than 2^52")]
fn as_float(count: u64) -> f64 {
    count as f64
}

/// To hundredths: more digits would be noise.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
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
        let rates = stats.over(SignedDuration::from_secs(90));
        assert_eq!(rates.lines, 6);
        assert_eq!(
            rates.by_route["GET /health"],
            Route {
                requests: 4,
                per_minute: 2.67,
                refused: 1,
                refused_percent: 25.0,
                failed: 1,
                failed_percent: 25.0
            }
        );
        assert_eq!(rates.levels["INFO"], Level { lines: 4, per_minute: 2.67, percent: 66.67 });
        assert_eq!(
            rates.by_level,
            BTreeMap::from([("INFO".into(), 4), ("PLAIN".into(), 1), ("WARN".into(), 1)])
        );
    }

    #[test]
    fn lines_of_gateway_and_load_balancer_are_requests_too() {
        let mut stats = Stats::default();
        stats.add(
            r#"{"route":"GET /api/v1/analytics/sales","method":"GET","path":"/x","status":"503","error":"-"}"#,
        );
        stats.add(r#"{"route":"$default","status":"-"}"#);
        // The example of AWS's documentation.
        stats.add(
            r#"https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 403 200 0 57 "GET https://www.example.com:443/a/b?c=d HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2"#,
        );
        let rates = stats.over(SignedDuration::from_mins(1));
        let failed: Vec<(&str, u64, u64)> =
            rates.by_route.iter().map(|(name, route)| (name.as_str(), route.refused, route.failed)).collect();
        assert_eq!(failed, [("GET /a/b", 1, 0), ("GET /api/v1/analytics/sales", 0, 1)]);
    }
}
