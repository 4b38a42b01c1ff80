//! Requests per key over time, and the headers that tell about it (draft-ietf-httpapi-ratelimit-headers, the
//! fields that clients read today). Knows no store.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
};

use crate::config::RateLimit;

/// Keys after which forgotten ones are swept out.
const SWEEP_AT: usize = 10_000;

/// Counts the requests of each key in this process.
#[derive(Debug)]
pub struct Limiter {
    limit: RateLimit,
    keys: DefaultKeyedRateLimiter<String, StateInformationMiddleware>,
}

/// What a key has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Requests that may be sent at once after a pause.
    pub limit: u32,
    /// Requests that may be sent at once now.
    pub remaining: u32,
    /// Time until `remaining` is `limit` again.
    pub reset: Duration,
    /// Time until the next request is let in, when this one was not.
    pub wait: Option<Duration>,
}

impl Limiter {
    /// A limiter with nothing counted.
    pub fn new(limit: RateLimit) -> Self {
        let quota = Quota::per_second(limit.per_second).allow_burst(limit.burst);
        Self { limit, keys: RateLimiter::keyed(quota).with_middleware() }
    }

    /// Counts one request of `key`.
    pub fn count(&self, key: &str) -> Allowance {
        if self.keys.len() > SWEEP_AT {
            self.keys.retain_recent();
        }
        let limit = self.limit.burst.get();
        let (remaining, wait) = match self.keys.check_key(&key.to_owned()) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(refused) => (0, Some(refused.wait_time_from(DefaultClock::default().now()))),
        };
        let missing = limit.saturating_sub(remaining);
        let reset = Duration::from_secs(1) * missing / self.limit.per_second.get();
        Allowance { limit, remaining, reset, wait }
    }
}

impl Allowance {
    /// Tells the client.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        let seconds = self.reset.as_secs() + u64::from(self.reset.subsec_nanos() > 0);
        headers.insert(HeaderName::from_static("ratelimit-limit"), HeaderValue::from(self.limit));
        headers.insert(HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(self.remaining));
        headers.insert(HeaderName::from_static("ratelimit-reset"), HeaderValue::from(seconds));
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn each_key_has_a_burst_of_its_own() {
        let one = NonZeroU32::MIN;
        let limiter = Limiter::new(RateLimit { per_second: one, burst: NonZeroU32::new(3).unwrap() });
        let remaining: Vec<u32> = (0..3).map(|_| limiter.count("a").remaining).collect();
        assert_eq!(remaining, [2, 1, 0]);
        let refused = limiter.count("a");
        let wait = refused.wait.expect("the fourth request is refused");
        assert!(wait <= Duration::from_secs(1) && wait > Duration::from_millis(500), "{wait:?}");
        assert_eq!((refused.limit, refused.remaining, refused.reset.as_secs()), (3, 0, 3));
        assert_eq!(limiter.count("b").remaining, 2);
    }
}
