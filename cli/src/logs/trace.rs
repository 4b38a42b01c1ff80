//! The trace of a request: AWS's load balancer gives one to each request, and the API logs it beside the request's id. Pure.
//! Source: AWS, "Request tracing for your Application Load Balancer".

use serde_json::Value;

use super::line::Line;

/// The root of the trace that a line of the API names, such as `Root=1-67891233-abcdef012345678912345678`.
pub fn of_line(message: &str) -> Option<String> {
    let Line::Record(fields) = Line::parse(message) else { return None };
    let trace = fields.get("trace_id").and_then(Value::as_str)?;
    trace.split(';').find(|part| part.starts_with("Root=")).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_told_apart_from_the_hop() {
        let line = r#"{"request_id":"r","trace_id":"Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678"}"#;
        assert_eq!(of_line(line).as_deref(), Some("Root=1-67891233-abcdef012345678912345678"));
        assert_eq!(of_line(r#"{"request_id":"r","trace_id":null}"#), None);
        assert_eq!(of_line("panicked"), None);
    }
}
