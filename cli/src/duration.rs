//! Durations as people type them: `90s`, `1h30m`, `1d`, `2 weeks`. A day has 24 hours. Pure.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// The duration that `text` says; none below zero.
pub fn parse(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text.parse().map_err(|_| "not a duration such as 90s, 1h30m or 2d".to_owned())?;
    // A month is as long as the calendar says, and there is none here.
    let exact = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let exact = exact.map_err(|_| "months and years differ in length: give days".to_owned())?;
    if exact.is_negative() { Err("a duration cannot be below zero".to_owned()) } else { Ok(exact) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_weeks_count_as_well() {
        let hours = |text: &str| parse(text).map(|duration| duration.as_secs_f64() / 3600.0);
        assert_eq!(hours("1d"), Ok(24.0));
        assert_eq!(hours("1d12h"), Ok(36.0));
        assert_eq!(hours("2w"), Ok(336.0));
        assert_eq!(hours("1h30m"), Ok(1.5));
        assert_eq!(hours("400000h"), Ok(400_000.0));
        assert_eq!(hours("PT90M"), Ok(1.5));
        assert_eq!(hours("0s"), Ok(0.0));
    }

    #[test]
    fn what_is_no_length_is_refused() {
        assert!(parse("1mo").unwrap_err().contains("give days"));
        assert!(parse("-5m").unwrap_err().contains("below zero"));
        assert!(parse("soon").unwrap_err().contains("1h30m"));
        assert!(parse("5").is_err(), "without a unit nobody knows");
    }
}
