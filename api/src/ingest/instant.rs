//! Instants as sources write them. Owns the accepted formats; a time without an offset is a time of the store.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// What an unreadable instant is told.
const FORMATS: &str =
    "must be a date or time such as 2024-01-31, 2024-01-31 10:11:12 or 2024-01-31T10:11:12+01:00";
const OUT_OF_RANGE: &str = "must lie in the years 1970 to 2199";

/// 1970-01-01T00:00:00Z, inclusive, to 2200-01-01T00:00:00Z, exclusive, in seconds.
const SECONDS: std::ops::Range<i64> = 0..7_258_118_400;

/// Reads an instant, cut to milliseconds. Accepted are:
/// - RFC 3339 with `Z` or an offset; a space may stand for the `T` and before the offset, whose colon may be missing
///   (`2024-01-02 10:11:12 -0500` as Shopify writes it);
/// - `YYYY-MM-DD[T ]HH:MM[:SS[.fff]]`, a time of `store_zone`: the later reading in a gap, the earlier in a fold;
/// - `YYYY-MM-DD`, the first instant of that day in `store_zone`.
///
/// A leap second counts as second 59. The error is a reason to show to the sender.
pub fn parse_instant(text: &str, store_zone: &TimeZone) -> Result<Timestamp, &'static str> {
    let mut rest = Cursor { bytes: text.trim_ascii().as_bytes() };
    let date = rest.date().ok_or(FORMATS)?;
    let instant = if rest.bytes.is_empty() {
        start_of_day(date, store_zone)?
    } else {
        if !(rest.eat(b'T') || rest.eat(b't') || rest.eat(b' ')) {
            return Err(FORMATS);
        }
        let civil = date.to_datetime(rest.time().ok_or(FORMATS)?);
        if rest.bytes.is_empty() {
            store_zone.to_timestamp(civil).map_err(|_| OUT_OF_RANGE)?
        } else {
            rest.eat(b' ');
            at_offset(civil, rest.offset().ok_or(FORMATS)?)?
        }
    };
    if SECONDS.contains(&instant.as_second()) && instant.as_millisecond() >= 0 {
        Ok(instant)
    } else {
        Err(OUT_OF_RANGE)
    }
}

fn start_of_day(date: Date, zone: &TimeZone) -> Result<Timestamp, &'static str> {
    // Midnight itself may be skipped by a change of the clocks; the day then starts later.
    let noon_or_so = date.to_zoned(zone.clone()).map_err(|_| OUT_OF_RANGE)?;
    Ok(noon_or_so.start_of_day().map_err(|_| OUT_OF_RANGE)?.timestamp())
}

fn at_offset(civil: DateTime, offset_seconds: i32) -> Result<Timestamp, &'static str> {
    let offset = Offset::from_seconds(offset_seconds).map_err(|_| FORMATS)?;
    offset.to_timestamp(civil).map_err(|_| OUT_OF_RANGE)
}

/// The bytes that are still to be read.
struct Cursor<'a> {
    bytes: &'a [u8],
}

impl Cursor<'_> {
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.bytes.first() == Some(&byte);
        if found {
            self.bytes = &self.bytes[1..];
        }
        found
    }

    /// A number of exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<i16> {
        let (digits, rest) = self.bytes.split_at_checked(count)?;
        let number = digits.iter().try_fold(0_i16, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0'))
        })?;
        self.bytes = rest;
        Some(number)
    }

    fn two_digits(&mut self) -> Option<i8> {
        self.digits(2).and_then(|number| i8::try_from(number).ok())
    }

    fn date(&mut self) -> Option<Date> {
        let year = self.digits(4)?;
        let month = self.eat(b'-').then(|| self.two_digits())??;
        let day = self.eat(b'-').then(|| self.two_digits())??;
        Date::new(year, month, day).ok()
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.two_digits()?;
        let minute = self.eat(b':').then(|| self.two_digits())??;
        if !self.eat(b':') {
            return Time::new(hour, minute, 0, 0).ok();
        }
        let second = self.two_digits()?;
        let second = if second == 60 { 59 } else { second };
        let milliseconds = if self.eat(b'.') { self.fraction()? } else { 0 };
        Time::new(hour, minute, second, milliseconds * 1_000_000).ok()
    }

    /// Digits after the point, the first three of which count.
    fn fraction(&mut self) -> Option<i32> {
        let length = self.bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        let digit = |at: usize| digits.get(at).map_or(0, |digit| i32::from(digit - b'0'));
        (length > 0).then(|| digit(0) * 100 + digit(1) * 10 + digit(2))
    }

    /// `Z`, `±HH`, `±HHMM` or `±HH:MM`, to the end, in seconds.
    fn offset(&mut self) -> Option<i32> {
        if self.eat(b'Z') || self.eat(b'z') {
            return self.bytes.is_empty().then_some(0);
        }
        let sign = if self.eat(b'-') { -1 } else { self.eat(b'+').then_some(1)? };
        let hours = i32::from(self.two_digits()?);
        let minutes = if self.bytes.is_empty() {
            0
        } else {
            self.eat(b':');
            i32::from(self.two_digits()?)
        };
        let valid = self.bytes.is_empty() && hours < 24 && minutes < 60;
        valid.then_some(sign * (hours * 3_600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str, zone: &str) -> Result<String, &'static str> {
        let zone = TimeZone::get(zone).expect("a zone of the bundled table");
        parse_instant(text, &zone).map(|instant| instant.to_string())
    }

    #[test]
    fn an_offset_in_the_text_wins_over_the_store_zone() {
        for text in [
            "2024-01-02T10:11:12-05:00",
            "2024-01-02 10:11:12 -0500",
            "2024-01-02t15:11:12z",
            "2024-01-02 15:11:12Z",
            " 2024-01-02T16:11:12+01 ",
        ] {
            assert_eq!(at(text, "Asia/Kolkata"), Ok("2024-01-02T15:11:12Z".to_owned()), "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_is_a_time_of_the_store() {
        assert_eq!(at("2024-07-01 00:30", "Asia/Kolkata"), Ok("2024-06-30T19:00:00Z".to_owned()));
        assert_eq!(at("2024-07-01T08:00:05", "America/New_York"), Ok("2024-07-01T12:00:05Z".to_owned()));
        assert_eq!(at("2024-01-01T08:00:05", "America/New_York"), Ok("2024-01-01T13:00:05Z".to_owned()));
    }

    #[test]
    fn a_skipped_hour_reads_later_and_a_repeated_hour_earlier() {
        assert_eq!(at("2024-03-10 02:30:00", "America/New_York"), Ok("2024-03-10T07:30:00Z".to_owned()));
        assert_eq!(at("2024-11-03 01:30:00", "America/New_York"), Ok("2024-11-03T05:30:00Z".to_owned()));
    }

    #[test]
    fn a_date_is_the_first_instant_of_the_day_even_where_midnight_is_skipped() {
        assert_eq!(at("2024-01-31", "UTC"), Ok("2024-01-31T00:00:00Z".to_owned()));
        // Clocks in São Paulo went from 00:00 to 01:00 on 4 November 2018: the day began at 03:00 UTC.
        assert_eq!(at("2018-11-04", "America/Sao_Paulo"), Ok("2018-11-04T03:00:00Z".to_owned()));
    }

    #[test]
    fn the_precision_is_cut_to_milliseconds() {
        assert_eq!(at("2024-01-31T00:00:00.1239999Z", "UTC"), Ok("2024-01-31T00:00:00.123Z".to_owned()));
        assert_eq!(at("2024-01-31T00:00:00.5Z", "UTC"), Ok("2024-01-31T00:00:00.5Z".to_owned()));
        assert_eq!(at("2016-12-31T23:59:60Z", "UTC"), Ok("2016-12-31T23:59:59Z".to_owned()));
    }

    #[test]
    fn absurd_years_are_refused() {
        for text in
            ["1969-12-31", "0001-01-01", "2200-01-01", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01"]
        {
            assert_eq!(at(text, "UTC"), Err(OUT_OF_RANGE), "{text}");
        }
        assert_eq!(at("1970-01-01", "UTC"), Ok("1970-01-01T00:00:00Z".to_owned()));
        assert_eq!(at("2199-12-31T23:59:59.999Z", "UTC"), Ok("2199-12-31T23:59:59.999Z".to_owned()));
    }

    proptest! {
        #[test]
        fn instants_with_an_offset_agree_with_the_time_library(
            milliseconds in 86_400_000_i64..7_258_000_000_000, minutes in -14 * 60_i32..14 * 60, digits in 0_u8..=9,
        ) {
            let instant = Timestamp::from_millisecond(milliseconds).expect("within range");
            let offset = Offset::from_seconds(minutes * 60).expect("within a day");
            let printer = jiff::fmt::temporal::DateTimePrinter::new().precision(Some(digits));
            let text = printer.timestamp_with_offset_to_string(&instant, offset);
            let expected: Timestamp = text.parse().expect("its own text");
            prop_assert_eq!(parse_instant(&text, &TimeZone::UTC), Ok(expected), "{}", text);
        }

        #[test]
        fn instants_without_an_offset_agree_with_the_time_library(
            days in 1_i32..80_000, seconds in 0_i32..86_400,
            zone in prop_oneof![Just("UTC"), Just("Europe/London"), Just("Australia/Lord_Howe"), Just("Asia/Kathmandu")],
        ) {
            let zone = TimeZone::get(zone).expect("a zone of the bundled table");
            let civil = jiff::civil::date(1970, 1, 2).at(0, 0, 0, 0)
                + jiff::Span::new().days(days).seconds(seconds);
            let expected = civil.to_zoned(zone.clone()).expect("within range").timestamp();
            prop_assert_eq!(parse_instant(&civil.strftime("%F %T").to_string(), &zone), Ok(expected));
        }

        #[test]
        fn random_text_never_panics(text in "[-+:.TZ 0-9é]{0,40}") {
            let _ = parse_instant(&text, &TimeZone::UTC);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "today",
            "2024",
            "2024-1-2",
            "31/01/2024",
            "2024-02-30",
            "2024-13-01",
            "2024-01-01X",
            "2024-01-01T",
            "2024-01-01T24:00",
            "2024-01-01T10",
            "2024-01-01T10:60",
            "2024-01-01T10:00:61",
            "2024-01-01T10:00.5",
            "2024-01-01T10:00:00.",
            "2024-01-01T10:00:00+1",
            "2024-01-01T10:00:00+24:00",
            "2024-01-01T10:00:00 UTC",
            "2024-01-01T10:00:00Zx",
            "1706698800",
            "２０２４-01-01",
            "2024-01-01T10:00:00+0é",
        ] {
            assert_eq!(at(text, "UTC"), Err(FORMATS), "{text}");
        }
    }
}
