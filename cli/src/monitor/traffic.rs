//! Rates, errors and latency between two readings of `/metrics`. Leaves out the requests of watchers, so that
//! watching does not look like use.

use std::collections::BTreeMap;

use super::prometheus::Sample;

const WATCHED_BY: [&str; 3] = ["/health", "/health/live", "/metrics"];
const REQUESTS: &str = "http_requests_total";
const DURATIONS: &str = "http_request_duration_seconds";

/// What came in between two readings.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Traffic {
    /// Requests answered.
    pub(super) requests: f64,
    /// Those answered with a status of 500 or more.
    pub(super) failed: f64,
    /// The 95th percentile of the answer time in seconds, when there were requests and the API counts them in
    /// classes of duration.
    pub(super) p95_seconds: Option<f64>,
}

impl Traffic {
    /// The difference of two readings. A counter that fell was reset by a restart: its new value is what came.
    pub(super) fn between(before: &[Sample], after: &[Sample]) -> Self {
        let grown = growth(before, after);
        let status =
            |sample: &Sample| sample.labels.get("status").and_then(|status| status.parse::<u16>().ok());
        let requests = |wanted: fn(u16) -> bool| {
            let of_users = grown.iter().filter(|sample| sample.name == REQUESTS);
            of_users
                .filter(|sample| status(sample).is_some_and(wanted))
                .map(|sample| sample.value)
                .sum::<f64>()
        };
        Self {
            requests: requests(|_| true),
            failed: requests(|status| status >= 500),
            p95_seconds: quantile(&buckets(&grown), 0.95),
        }
    }

    /// Share of failed answers in percent; `None` without requests.
    pub(super) fn failed_percent(&self) -> Option<f64> {
        (self.requests > 0.0).then(|| 100.0 * self.failed / self.requests)
    }
}

/// Samples of users' requests with what they grew by.
fn growth(before: &[Sample], after: &[Sample]) -> Vec<Sample> {
    let earlier: BTreeMap<_, f64> =
        before.iter().map(|sample| ((&sample.name, &sample.labels), sample.value)).collect();
    let of_users = |sample: &&Sample| {
        sample.labels.get("route").is_none_or(|route| !WATCHED_BY.contains(&route.as_str()))
    };
    let grown = |sample: &Sample| {
        let earlier = earlier.get(&(&sample.name, &sample.labels)).copied().unwrap_or(0.0);
        let value = if sample.value < earlier { sample.value } else { sample.value - earlier };
        Sample { value, ..sample.clone() }
    };
    after.iter().filter(of_users).map(grown).collect()
}

/// Cumulative counts by upper bound in seconds, over all routes.
fn buckets(samples: &[Sample]) -> Vec<(f64, f64)> {
    let mut buckets: Vec<(f64, f64)> = Vec::new();
    let name = format!("{DURATIONS}_bucket");
    for sample in samples.iter().filter(|sample| sample.name == name) {
        let Some(bound) = sample.labels.get("le").and_then(|bound| bound.parse::<f64>().ok()) else {
            continue;
        };
        match buckets.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
            Some((_, count)) => *count += sample.value,
            None => buckets.push((bound, sample.value)),
        }
    }
    buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    buckets
}

/// The quantile of a histogram, linear within its bucket as Prometheus has it; the last finite bound when it
/// lies beyond.
fn quantile(buckets: &[(f64, f64)], q: f64) -> Option<f64> {
    let total = buckets.last().map(|&(_, count)| count).filter(|&count| count > 0.0)?;
    let rank = q * total;
    let (mut lower_bound, mut lower_count) = (0.0, 0.0);
    for &(bound, count) in buckets {
        if count >= rank {
            let within = if count > lower_count { (rank - lower_count) / (count - lower_count) } else { 1.0 };
            let upper = if bound.is_finite() { bound } else { return Some(lower_bound) };
            return Some(lower_bound + (upper - lower_bound) * within);
        }
        (lower_bound, lower_count) = (bound, count);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::prometheus::parse;
    use super::*;

    #[test]
    fn only_what_users_caused_in_between_counts() {
        let before = parse(
            "http_requests_total{route=\"/a\",status=\"200\"} 10\n\
             http_requests_total{route=\"/a\",status=\"500\"} 1\n\
             http_requests_total{route=\"/metrics\",status=\"200\"} 5\n",
        );
        let after = parse(
            "http_requests_total{route=\"/a\",status=\"200\"} 16\n\
             http_requests_total{route=\"/a\",status=\"500\"} 2\n\
             http_requests_total{route=\"/b\",status=\"404\"} 1\n\
             http_requests_total{route=\"/metrics\",status=\"200\"} 6\n",
        );
        let traffic = Traffic::between(&before, &after);
        assert!((traffic.requests - 8.0).abs() < 1e-9, "{traffic:?}");
        assert!((traffic.failed - 1.0).abs() < 1e-9);
        assert_eq!(traffic.failed_percent(), Some(12.5));
        assert_eq!(traffic.p95_seconds, None);
    }

    #[test]
    fn a_restart_in_between_does_not_make_negative_traffic() {
        let before = parse("http_requests_total{route=\"/a\",status=\"200\"} 100\n");
        let after = parse("http_requests_total{route=\"/a\",status=\"200\"} 3\n");
        assert!((Traffic::between(&before, &after).requests - 3.0).abs() < 1e-9);
    }

    #[test]
    fn percentiles_are_linear_within_a_bucket() {
        // 100 requests: 90 up to 10 ms, 10 between 10 and 20 ms; rank 95 is the middle of the second bucket.
        let page = "http_request_duration_seconds_bucket{route=\"/a\",le=\"0.01\"} 50\n\
                    http_request_duration_seconds_bucket{route=\"/a\",le=\"0.02\"} 60\n\
                    http_request_duration_seconds_bucket{route=\"/a\",le=\"+Inf\"} 60\n\
                    http_request_duration_seconds_bucket{route=\"/b\",le=\"0.01\"} 40\n\
                    http_request_duration_seconds_bucket{route=\"/b\",le=\"0.02\"} 40\n\
                    http_request_duration_seconds_bucket{route=\"/b\",le=\"+Inf\"} 40\n";
        let p95 = Traffic::between(&[], &parse(page)).p95_seconds.expect("a percentile");
        assert!((p95 - 0.015).abs() < 1e-9, "{p95}");
    }

    #[test]
    fn beyond_the_last_bound_the_bound_is_the_answer() {
        assert_eq!(quantile(&[(0.5, 1.0), (f64::INFINITY, 10.0)], 0.95), Some(0.5));
        assert_eq!(quantile(&[(0.5, 0.0), (f64::INFINITY, 0.0)], 0.95), None);
    }
}
