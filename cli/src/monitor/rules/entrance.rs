//! The rules about the way in: load balancer, gateway, the API as its users see it, its certificate.

use jiff::Timestamp;

use crate::aws::targets::Balancer;
use crate::monitor::probe::{Answer, Probe};
use crate::monitor::report::{Check, Health};
use crate::monitor::vitals::Figures;

/// From this share of failed requests on, somebody should look; the alarm of the same matter has it from the load balancer.
const FAILED_PERCENT: f64 = 5.0;
/// Renewal is automatic, and begins earlier than this many days before the end.
const LAST_DAYS: i64 = 21;

/// Whether AWS could be asked anything at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It answered, be it with a refusal.
    Answered,
    /// No call got through.
    Lost,
}

/// Load balancers in front of the targets.
pub fn balancers(balancers: &[Balancer]) -> Check {
    let name = "load balancer";
    if balancers.is_empty() {
        return Check::new(name, Health::Unhealthy, "no load balancer is in front of the targets");
    }
    let ill: Vec<&Balancer> = balancers.iter().filter(|balancer| balancer.state != "active").collect();
    // One that is impaired or being made may serve, as far as it can.
    let fails = ill.iter().any(|balancer| balancer.state == "failed");
    let health = match (ill.is_empty(), fails) {
        (true, _) => Health::Healthy,
        (false, false) => Health::Degraded,
        (false, true) => Health::Unhealthy,
    };
    let words = |balancer: &Balancer| {
        let why = balancer.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        format!("{} is {}{why}", balancer.name, balancer.state)
    };
    let shown: Vec<String> = if ill.is_empty() {
        balancers.iter().map(words).collect()
    } else {
        ill.iter().map(|balancer| words(balancer)).collect()
    };
    let check = Check::new(name, health, shown.join("; "));
    if ill.is_empty() { check } else { check.concerned(shown) }
}

/// The gateway, by what it answered in the last quarter of an hour.
pub fn gateway(figures: &Figures) -> Check {
    let (requests, failed) = figures.gateway;
    if requests <= 0.0 {
        return Check::new("gateway", Health::Healthy, "no requests in 15 minutes");
    }
    let percent = 100.0 * failed / requests;
    let health = if percent >= FAILED_PERCENT { Health::Degraded } else { Health::Healthy };
    let detail = format!("{percent:.1} % of {requests:.0} requests in 15 minutes failed with 5xx");
    Check::new("gateway", health, detail).measured(percent, "percent")
}

/// The API as its users see it. Where nothing else answers either, the fault may be on this side.
pub fn api(probe: &Probe, reach: Reach) -> Check {
    let Probe { milliseconds, answer, .. } = probe;
    let (health, detail) = match answer {
        Answer::Good => (Health::Healthy, format!("/health answers in {milliseconds:.0} ms")),
        Answer::Bad(status) => (Health::Unhealthy, format!("/health answers {status}")),
        Answer::None(why) if reach == Reach::Lost => {
            (Health::Unknown, format!("/health: {why}; AWS does not answer from here either"))
        }
        Answer::None(why) => (Health::Unhealthy, format!("/health: {why}")),
    };
    Check::new("api", health, detail).measured(*milliseconds, "milliseconds")
}

/// The certificate that users are shown; none without TLS.
pub fn certificate(probe: &Probe, now: Timestamp) -> Option<Check> {
    let until = probe.certificate_until?;
    let days = (until.as_second() - now.as_second()) / 86_400;
    let day = until.strftime("%Y-%m-%d");
    let health = if days < LAST_DAYS { Health::Degraded } else { Health::Healthy };
    let detail = format!("good until {day}, {days} days");
    #[expect(clippy::cast_precision_loss, reason = "days")]
    let check = Check::new("certificate", health, detail).measured(days as f64, "days");
    Some(check)
}
