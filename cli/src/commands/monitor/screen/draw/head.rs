//! The lines at the top: whose screen it is, the verdict and its cause, and how many requests were answered.

use jiff::Timestamp;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::{Colors, bold, faint, fit, sign, style_of};
use crate::commands::monitor::figures;
use crate::commands::monitor::screen::model::Model;
use crate::monitor::detail::Detail;
use crate::monitor::report::{Health, rough};

/// Lines of the cause, at most.
const CAUSE_LINES: usize = 3;
/// The error budget lasts as long as it should where it burns no faster than this.
const LASTING: f64 = 1.0;

/// What goes first where there is no room: the last of these, then the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    Always,
    Age,
    Program,
    Interval,
}

/// The first line.
pub fn headline(model: &Model, colors: Colors, now: Timestamp, width: u16) -> Line<'static> {
    let mut words = vec![
        (Weight::Program, Span::styled("eap monitor ", bold())),
        (Weight::Always, Span::styled(model.environment, bold())),
    ];
    match &model.report {
        None => words.push((Weight::Always, Span::raw("  looking for the first time …"))),
        Some((report, at)) => {
            let verdict = format!("{} {}", sign(report.verdict), report.verdict);
            let style = style_of(report.verdict, colors).add_modifier(Modifier::BOLD);
            words.push((Weight::Always, Span::raw("  ")));
            words.push((Weight::Always, Span::styled(verdict, style)));
            let age = rough(now.duration_since(*at));
            words.push((Weight::Age, Span::styled(format!("  seen {age} ago"), faint())));
            let interval = format!(", every {} s", model.interval.as_secs_f64());
            words.push((Weight::Interval, Span::styled(interval, faint())));
        }
    }
    let measured = model.detail.as_ref().filter(|detail| !detail.metrics.is_empty());
    words.extend(measured.map(|detail| (Weight::Always, answered(detail, colors))));
    for weight in [Weight::Interval, Weight::Program, Weight::Age] {
        if words.iter().map(|(_, span)| span.width()).sum::<usize>() > usize::from(width) {
            words.retain(|(its, _)| *its != weight);
        }
    }
    Line::from(words.into_iter().map(|(_, span)| span).collect::<Vec<_>>())
}

fn answered(detail: &Detail, colors: Colors) -> Span<'static> {
    let availability = detail.availability.as_ref();
    let burns = availability.is_some_and(|it| it.burn_rate > LASTING);
    let style = if burns { style_of(Health::Degraded, colors) } else { faint() };
    Span::styled(format!("  {}", figures::in_short(availability)), style)
}

/// Why the verdict is as it is, in as many lines as there is room for.
pub fn cause(model: &Model, width: u16) -> Vec<Line<'static>> {
    let cause = model.report.as_ref().and_then(|(report, _)| report.cause.as_deref());
    let lines = cause.map(|text| fit::wrapped(text, usize::from(width), CAUSE_LINES));
    lines.into_iter().flatten().map(Line::raw).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::monitor::detail::{Availability, Measured, Unit};
    use crate::monitor::report::{Check, Report};

    /// The first line, so wide, of an environment that so many of a thousand requests failed in.
    fn headed(failed: Option<f64>, width: u16) -> String {
        let mut model = Model::new("staging", Duration::from_secs(30));
        let at = Timestamp::constant(1_800_000_000, 0);
        model.take_in(
            Report::draw_all("staging", vec![Check::new("api", Health::Unhealthy, "503")]),
            vec![],
            at,
        );
        let availability = failed.map(|failed| Availability {
            requests: 1_000.0,
            failed,
            percent: 100.0 - failed / 10.0,
            objective_percent: 99.9,
            burn_rate: failed,
        });
        let cpu =
            Measured { name: "cpu", unit: Unit::Percent, latest: 1.0, hour: 1.0, peak: 1.0, points: vec![] };
        let (deployments, hints) = (Vec::new(), Vec::new());
        let detail = Detail {
            from: at,
            until: at,
            period_seconds: 120,
            metrics: vec![cpu],
            availability,
            deployments,
            hints,
            cost: None,
        };
        model.measure(Ok(detail), at);
        headline(&model, Colors::None, at + Duration::from_secs(12), width).to_string()
    }

    #[test]
    fn what_was_answered_stays_in_sight_however_narrow_it_is() {
        let widths = [92, 91, 79, 67].map(|width| headed(Some(2.0), width));
        assert_eq!(
            widths,
            [
                "eap monitor staging  ✖ Unhealthy  seen 12 s ago, every 30 s  99.80 % answered, burn rate 2.0",
                "eap monitor staging  ✖ Unhealthy  seen 12 s ago  99.80 % answered, burn rate 2.0",
                "staging  ✖ Unhealthy  seen 12 s ago  99.80 % answered, burn rate 2.0",
                "staging  ✖ Unhealthy  99.80 % answered, burn rate 2.0",
            ]
        );
        let outage = "eap monitor staging  ✖ Unhealthy  seen 12 s ago  0.00 % answered, burn rate 1000";
        assert_eq!(headed(Some(1_000.0), 80), outage);
    }

    #[test]
    fn an_hour_without_requests_says_so() {
        let idle = "eap monitor staging  ✖ Unhealthy  seen 12 s ago  no requests in the last hour";
        assert_eq!(headed(None, 80), idle);
    }
}
