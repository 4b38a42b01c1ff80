//! `--report`: a look as one HTML page that needs nothing else, for a hand-over or an incident. Pure.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::costs;
use super::figures::{self, NO_METRICS};
use crate::monitor::detail::{Detail, Marker, Measured};
use crate::monitor::inventory::{Inventory, Thing};
use crate::monitor::report::{Health, Report};

/// Size of a plot, in its own units.
const PLOT: (f64, f64) = (600.0, 90.0);

const STYLE: &str = "\
:root { color-scheme: light dark; --line: #8884; --faint: #767676; --plot: #2563eb; --good: #15803d; --warning: #b45309; \
--bad: #b91c1c; --unknown: #7e22ce; }
@media (prefers-color-scheme: dark) { :root { --faint: #9a9a9a; --plot: #7aa2ff; --good: #4ade80; --warning: #fbbf24; \
--bad: #f87171; --unknown: #d8b4fe; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; \
min-width: 4.5rem; overflow-wrap: anywhere; }
th { white-space: nowrap; }
th, .faint, figcaption span { color: var(--faint); font-weight: normal; }
.healthy { color: var(--good); } .degraded { color: var(--warning); } .unhealthy { color: var(--bad); }
.unknown { color: var(--unknown); } .state { font-weight: 600; white-space: nowrap; }
.whole { white-space: pre; font-variant-numeric: tabular-nums; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1rem 2rem; }
figure { margin: 0; } svg { width: 100%; height: 6rem; display: block; border-bottom: 1px solid var(--line); }
polyline { fill: none; stroke: var(--plot); stroke-width: 2; vector-effect: non-scaling-stroke; }
line { stroke: var(--warning); stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--line); }
@media print { body { margin: 0; } }
";

/// The page of a look at `at`.
pub fn page(report: &Report, at: Timestamp) -> String {
    let mut body = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        body,
        "<h1>{} is {}</h1>\n<p class=\"faint\">Seen at {} by eap {}</p>\n",
        escaped(report.environment),
        stated(report.verdict, &report.verdict.to_string().to_lowercase()),
        at.strftime("%Y-%m-%d %H:%M:%SZ"),
        env!("CARGO_PKG_VERSION"),
    );
    if let Some(cause) = &report.cause {
        let _ = writeln!(body, "<p><strong>Cause:</strong> {}</p>", escaped(cause));
    }
    let checks = report.checks.iter().map(|check| {
        vec![whole(check.name), stated(check.state, &check.state.to_string()), escaped(&check.detail)]
    });
    body.push_str(&table("Checks", &["Check", "State", "Seen"], &checks.collect::<Vec<_>>()));
    if let Some(detail) = &report.detail {
        body.push_str(&last_hour(detail));
        let cells = |[name, month, seen]: [String; 3]| vec![whole(&name), whole(&month), escaped(&seen)];
        let rows: Vec<Vec<String>> = costs::rows(detail).into_iter().map(cells).collect();
        body.push_str(&table("Costs", &costs::HEADER, &rows));
    }
    if let Some(inventory) = &report.inventory {
        body.push_str(&things(inventory));
    }
    if !report.last_log_lines.is_empty() {
        let lines = escaped(&report.last_log_lines.join("\n"));
        let _ = writeln!(body, "<h2>Last lines of the log</h2>\n<pre>{lines}</pre>");
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{environment}: {verdict}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        environment = escaped(report.environment),
        verdict = report.verdict,
    )
}

fn last_hour(detail: &Detail) -> String {
    let mut text = format!(
        "<h2>The last hour</h2>\n<p class=\"faint\">{} to {}</p>\n",
        detail.from.strftime("%H:%MZ"),
        detail.until.strftime("%H:%MZ")
    );
    let requests =
        if detail.metrics.is_empty() { NO_METRICS.to_owned() } else { figures::availability(detail) };
    let _ = writeln!(text, "<p>{}</p>", escaped(&requests));
    if !detail.deployments.is_empty() {
        let word = |it: &Marker| format!("deployment {} {}", it.number, escaped(&it.result));
        let words: Vec<String> = detail.deployments.iter().map(word).collect();
        let _ = writeln!(text, "<p class=\"faint\">Dashed: {}</p>", words.join(", "));
    }
    let plots: String = detail.metrics.iter().map(|metric| plot(metric, &detail.deployments)).collect();
    let _ = writeln!(text, "<div class=\"plots\">\n{plots}</div>");
    text
}

/// A metric as a line from zero, broken where nothing was measured, with a dashed line where a deployment ended.
fn plot(metric: &Measured, deployments: &[Marker]) -> String {
    let cells = figures::row(metric);
    let [name, latest, hour, peak] =
        [0, 1, 2, 3].map(|place| escaped(cells.get(place).map_or("", String::as_str)));
    let places = metric.points.len().max(2);
    #[expect(clippy::cast_precision_loss, reason = "thirty periods")]
    let x = |place: usize| place as f64 / (places - 1) as f64 * PLOT.0;
    let top = if metric.peak > 0.0 { metric.peak } else { 1.0 };
    let y = |value: f64| PLOT.1 - value / top * (PLOT.1 - 4.0);
    let mut lines = String::new();
    for run in metric.points.iter().enumerate().collect::<Vec<_>>().split(|(_, point)| point.is_none()) {
        let points: Vec<String> = run
            .iter()
            .filter_map(|(place, point)| point.map(|value| format!("{:.1},{:.1}", x(*place), y(value))))
            .collect();
        if let Some(first) = points.first() {
            // A line of one point would not be seen.
            let points = if points.len() == 1 { format!("{first} {first}") } else { points.join(" ") };
            let _ = write!(lines, "<polyline points=\"{points}\" stroke-linecap=\"round\"/>");
        }
    }
    for marker in deployments {
        let place = x(marker.period);
        let _ = write!(lines, "<line x1=\"{place:.1}\" y1=\"0\" x2=\"{place:.1}\" y2=\"{}\"/>", PLOT.1);
    }
    format!(
        "<figure><figcaption>{name} <strong>{latest}</strong> <span>hour {hour}, peak {peak}</span></figcaption>\
         <svg viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{name} over the last hour\">\
         {lines}</svg></figure>\n",
        PLOT.0, PLOT.1
    )
}

fn things(inventory: &Inventory) -> String {
    let rows = |things: &[Thing]| {
        let row = |thing: &Thing| {
            let since =
                thing.since.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
            let state = stated(thing.state, &thing.status);
            vec![escaped(&thing.name), state, since, escaped(&thing.detail)]
        };
        things.iter().map(row).collect::<Vec<_>>()
    };
    let of = |title, things: &[Thing]| table(title, &["Name", "Status", "Since", "Seen"], &rows(things));
    let events = inventory
        .events
        .iter()
        .map(|event| vec![event.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(), escaped(&event.text)]);
    [
        of("Services", &inventory.services),
        of("Tasks", &inventory.tasks),
        of("Targets", &inventory.targets),
        of("Alarms", &inventory.alarms),
        table("Events", &["At", "Event"], &events.collect::<Vec<_>>()),
    ]
    .concat()
}

/// A table of cells that are HTML already; without rows, nothing.
fn table(title: &str, header: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let cells = |tag: &str, cells: &[String]| {
        let separator = format!("</{tag}><{tag}>");
        format!("<tr><{tag}>{}</{tag}></tr>\n", cells.join(&separator))
    };
    let header: Vec<String> = header.iter().map(ToString::to_string).collect();
    let rows: Vec<String> = rows.iter().map(|row| cells("td", row)).collect();
    format!(
        "<h2>{title}</h2>\n<table>\n<thead>\n{}</thead>\n<tbody>\n{}</tbody>\n</table>\n",
        cells("th", &header),
        rows.concat()
    )
}

fn stated(state: Health, text: &str) -> String {
    let class = state.to_string().to_lowercase();
    format!("<span class=\"state {class}\">{}</span>", escaped(text))
}

/// On one line, with its spaces.
fn whole(text: &str) -> String {
    format!("<span class=\"whole\">{}</span>", escaped(text))
}

/// Words of AWS, of tasks and of logs may be anything.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::detail::Unit;
    use crate::monitor::report::Check;

    #[test]
    fn a_line_is_broken_where_nothing_was_measured() {
        let points = vec![Some(0.0), Some(50.0), None, Some(100.0), None];
        let metric =
            Measured { name: "cpu", unit: Unit::Percent, latest: 100.0, hour: 50.0, peak: 100.0, points };
        let drawn = plot(&metric, &[Marker { number: 7, period: 2, result: "succeeded".to_owned() }]);
        assert!(drawn.contains("points=\"0.0,90.0 150.0,47.0\""), "{drawn}");
        assert!(drawn.contains("points=\"450.0,4.0 450.0,4.0\""), "{drawn}");
        assert!(drawn.contains("<line x1=\"300.0\""), "{drawn}");
    }

    #[test]
    fn words_from_outside_stay_words() {
        let check = Check::new("api", Health::Unhealthy, "<script>alert(\"x\")</script> & more");
        let page = page(&Report::draw_all("staging", vec![check]), Timestamp::UNIX_EPOCH);
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; more"), "{page}");
        assert!(
            page.contains("<h1>staging is <span class=\"state unhealthy\">unhealthy</span></h1>"),
            "{page}"
        );
    }
}
