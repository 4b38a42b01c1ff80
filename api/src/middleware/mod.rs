//! What happens around every request: identity, log line, explained failures, limits, headers. Knows no route.

pub mod limits;
pub mod observe;
pub mod request_id;
pub mod security;
