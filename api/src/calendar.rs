//! Days, hours and longer periods of a time zone as half-open ranges of seconds. Knows no store and no HTTP.
//! A day begins at its first instant, whatever the clock shows then; a day that a zone skipped is empty.

use jiff::{
    Span as JiffSpan, Timestamp, ToSpan as _,
    civil::{Date, DateTime, Weekday},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use utoipa::ToSchema;

use crate::extract::{DateRange, Span};

/// Most buckets of one series.
pub const MAX_BUCKETS: usize = 20_000;

const SECONDS_PER_HOUR: i64 = 3_600;

/// Width of the buckets of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Granularity {
    /// Hours of the zone's clock; a day of 25 hours has 25.
    Hour,
    /// Days.
    Day,
    /// Weeks from Monday to Sunday, as in ISO 8601.
    Week,
    /// Calendar months.
    Month,
    /// Quarters from January, April, July and October.
    Quarter,
    /// Calendar years.
    Year,
}

impl Granularity {
    /// The name that requests and reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// A part of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Name of the hour (RFC 3339 with offset), day (`2024-02-29`), week (its Monday, even when the range starts
    /// later), month (`2024-02`), quarter (`2024-Q1`) or year (`2024`).
    pub label: String,
    /// The instants, clipped to the range.
    pub span: Span,
}

/// A series of more than [`MAX_BUCKETS`] buckets was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyBuckets;

impl DateRange {
    /// The days from `start_date` to `end_date`, both inclusive, of `time_zone`. Dates must lie in years that
    /// timestamps can hold, 1 to 9998.
    pub fn new(start_date: Date, end_date: Date, time_zone: TimeZone) -> Self {
        let span = Span {
            start: start_of_day(start_date, &time_zone),
            end: start_of_day(day_after(end_date), &time_zone),
        };
        Self { start_date, end_date, time_zone, span }
    }

    /// Number of calendar days.
    pub fn days(&self) -> i32 {
        days_between(self.start_date, self.end_date) + 1
    }

    /// The same number of days, right before.
    #[must_use]
    pub fn previous_period(&self) -> Self {
        let days = JiffSpan::new().days(self.days());
        let start_date = self.start_date.saturating_sub(days);
        Self::new(start_date, self.start_date.saturating_sub(1.day()), self.time_zone.clone())
    }

    /// The same dates a year before; 29 February becomes the 28th.
    #[must_use]
    pub fn previous_year(&self) -> Self {
        let start_date = self.start_date.saturating_sub(1.year());
        let end_date = self.end_date.saturating_sub(1.year());
        Self::new(start_date, end_date, self.time_zone.clone())
    }

    /// Cuts the range at the boundaries of `granularity`. The buckets cover it exactly, in order; the first and the
    /// last may be partial; none is empty.
    pub fn buckets(&self, granularity: Granularity) -> Result<Vec<Bucket>, TooManyBuckets> {
        match granularity {
            Granularity::Hour => self.hours(),
            _ => self.periods(granularity),
        }
    }

    /// The last `count` months up to the one of `end_date`, oldest first; the last ends where the range ends.
    pub fn months_until_end(&self, count: usize) -> Vec<Bucket> {
        let last = self.end_date.first_of_month();
        let firsts = std::iter::successors(Some(last), |first| Some(first.saturating_sub(1.month())));
        let mut months: Vec<Bucket> = firsts.take(count).map(|first| self.month(first)).collect();
        months.reverse();
        months
    }

    fn month(&self, first: Date) -> Bucket {
        let start = start_of_day(first, &self.time_zone);
        let end = start_of_day(first.saturating_add(1.month()), &self.time_zone);
        let span = Span { start, end: end.min(self.span.end) };
        Bucket { label: period_label(first, Granularity::Month), span }
    }

    fn periods(&self, granularity: Granularity) -> Result<Vec<Bucket>, TooManyBuckets> {
        let mut buckets = Vec::new();
        let mut first = first_of_period(self.start_date, granularity);
        let mut start = self.span.start;
        while start < self.span.end {
            let next = first.saturating_add(length_of(granularity));
            let end = start_of_day(next, &self.time_zone).min(self.span.end);
            if start < end {
                push(
                    &mut buckets,
                    Bucket { label: period_label(first, granularity), span: Span { start, end } },
                )?;
            }
            (first, start) = (next, end);
        }
        Ok(buckets)
    }

    /// Hours begin when the clock shows a full hour and when it jumps: after a jump by half an hour, or at half
    /// past, the hours on both sides of it are shorter than 60 minutes.
    fn hours(&self) -> Result<Vec<Bucket>, TooManyBuckets> {
        let mut buckets = Vec::new();
        let mut start = self.span.start;
        let mut jumps = self.time_zone.following(timestamp(start)).map(|jump| jump.timestamp().as_second());
        let mut jump = jumps.next();
        while start < self.span.end {
            while jump.is_some_and(|at| at <= start) {
                jump = jumps.next();
            }
            let local = start + i64::from(self.time_zone.to_offset(timestamp(start)).seconds());
            let mut end = start + SECONDS_PER_HOUR - local.rem_euclid(SECONDS_PER_HOUR);
            if let Some(at) = jump.filter(|at| *at < end && self.clock_jumps(*at)) {
                end = at;
            }
            let span = Span { start, end: end.min(self.span.end) };
            push(&mut buckets, Bucket { label: instant_label(start, &self.time_zone), span })?;
            start = end;
        }
        Ok(buckets)
    }

    /// Whether the offset changes at the zone's transition `at`; some change only the abbreviation.
    fn clock_jumps(&self, at: i64) -> bool {
        self.time_zone.to_offset(timestamp(at - 1)) != self.time_zone.to_offset(timestamp(at))
    }
}

/// First second of `date` in `time_zone`. Where the clock jumps over midnight that is the instant of the jump; where
/// midnight comes twice it is the first one.
pub fn start_of_day(date: Date, time_zone: &TimeZone) -> i64 {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    match time_zone.to_ambiguous_timestamp(midnight).offset() {
        AmbiguousOffset::Unambiguous { offset } => seconds_at(midnight, offset),
        AmbiguousOffset::Fold { before, .. } => seconds_at(midnight, before),
        AmbiguousOffset::Gap { before, .. } => {
            // Read with the old offset, midnight lies at or after the jump.
            let after_jump = seconds_at(midnight, before);
            let jump = time_zone.preceding(timestamp(after_jump + 1)).next();
            jump.map_or(after_jump, |jump| jump.timestamp().as_second())
        }
    }
}

/// Date that the clock of `time_zone` shows at `second`.
pub fn date_at(second: i64, time_zone: &TimeZone) -> Date {
    time_zone.to_datetime(timestamp(second)).date()
}

/// `second` as RFC 3339 with the offset of `time_zone` at that instant.
pub fn instant_label(second: i64, time_zone: &TimeZone) -> String {
    let at = timestamp(second);
    at.display_with_offset(time_zone.to_offset(at)).to_string()
}

/// Days from `first` to `last`; 0 when they are the same.
pub fn days_between(first: Date, last: Date) -> i32 {
    // The default largest unit of a difference of dates is the day.
    last.since(first).map_or(0, |difference| difference.get_days())
}

/// The day after `date`.
pub fn day_after(date: Date) -> Date {
    date.saturating_add(1.day())
}

/// First day of the period of `date`; hours count as days.
pub fn first_of_period(date: Date, granularity: Granularity) -> Date {
    match granularity {
        Granularity::Hour | Granularity::Day => date,
        Granularity::Week => {
            let since_monday = date.weekday().since(Weekday::Monday);
            date.saturating_sub(JiffSpan::new().days(since_monday))
        }
        Granularity::Month => date.first_of_month(),
        Granularity::Quarter => {
            date.first_of_month().saturating_sub(JiffSpan::new().months((date.month() - 1) % 3))
        }
        Granularity::Year => date.first_of_year(),
    }
}

/// Length of a period; hours count as days.
pub fn length_of(granularity: Granularity) -> JiffSpan {
    match granularity {
        Granularity::Hour | Granularity::Day => 1.day(),
        Granularity::Week => 1.week(),
        Granularity::Month => 1.month(),
        Granularity::Quarter => 3.months(),
        Granularity::Year => 1.year(),
    }
}

/// Name of the period that begins on `first`.
pub fn period_label(first: Date, granularity: Granularity) -> String {
    match granularity {
        Granularity::Hour | Granularity::Day | Granularity::Week => first.to_string(),
        Granularity::Month => first.strftime("%Y-%m").to_string(),
        Granularity::Quarter => format!("{:04}-Q{}", first.year(), (first.month() + 2) / 3),
        Granularity::Year => format!("{:04}", first.year()),
    }
}

fn push(buckets: &mut Vec<Bucket>, bucket: Bucket) -> Result<(), TooManyBuckets> {
    if buckets.len() == MAX_BUCKETS {
        return Err(TooManyBuckets);
    }
    buckets.push(bucket);
    Ok(())
}

fn seconds_at(clock: DateTime, offset: Offset) -> i64 {
    offset.to_timestamp(clock).unwrap_or(Timestamp::MAX).as_second()
}

fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests;
