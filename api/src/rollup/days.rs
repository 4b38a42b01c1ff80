//! Days of the store's own time zone, by number. Fast for instants that come in runs; knows no storage.

use std::ops::Range;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::calendar;

/// Added to three times a month's number; months of all years that dates can have are far from half of it.
const FIRST_THIRD: i64 = 1 << 20;
/// Added to the number of a quarter of a year; thirds of months are far from half of it.
const FIRST_QUARTER: i64 = 1 << 24;
/// Added to the number of a year; quarters of years are far from it.
const FIRST_YEAR: i64 = 1 << 25;

/// Numbers days of one zone since 1970-01-01.
#[derive(Debug, Clone)]
pub struct DayNumbers {
    zone: TimeZone,
    /// Seconds in which `offset` holds.
    valid: Range<i64>,
    offset_seconds: i64,
}

impl DayNumbers {
    /// Days of `zone`.
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, valid: 0..0, offset_seconds: 0 }
    }

    /// The day that the instant `second` falls on.
    pub fn of(&mut self, second: i64) -> i64 {
        if !self.valid.contains(&second) {
            self.look_up(second);
        }
        let day = (second + self.offset_seconds).div_euclid(86_400);
        // Near a change of offset the clock's date is not enough: it may fall back across midnight.
        let near_change = second.saturating_sub(self.valid.start) < 86_400
            || self.valid.end.saturating_sub(second) <= 86_400;
        if near_change { self.containing(day, second) } else { day }
    }

    /// The day whose span contains `second`, starting the search at `day`.
    fn containing(&self, mut day: i64, second: i64) -> i64 {
        while second < self.start(day) {
            day -= 1;
        }
        while second >= self.start(day + 1) {
            day += 1;
        }
        day
    }

    /// The seconds of a day: from its first instant to that of the next day.
    pub fn span(&self, day: i64) -> Range<i64> {
        self.start(day)..self.start(day + 1)
    }

    /// Whether a day begins at the instant `second`.
    pub fn is_start(&mut self, second: i64) -> bool {
        let day = self.of(second);
        self.start(day) == second
    }

    /// The first instant of a day.
    pub fn start(&self, day: i64) -> i64 {
        calendar::start_of_day(date_of(day), &self.zone)
    }

    fn look_up(&mut self, second: i64) {
        let instant = Timestamp::from_second(second.clamp(-377_705_023_201, 253_402_207_200))
            .expect("clamped to what the calendar holds");
        self.offset_seconds = i64::from(self.zone.to_offset(instant).seconds());
        // `preceding` yields transitions strictly before its instant: ask from one second later.
        let after = instant.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(instant);
        let from = self.zone.preceding(after).next().map_or(i64::MIN, |t| t.timestamp().as_second());
        let until = self.zone.following(instant).next().map_or(i64::MAX, |t| t.timestamp().as_second());
        self.valid = from..until;
    }
}

/// The month that a day belongs to, in months since January 1970.
pub fn month_of(day: i64) -> i64 {
    let date = date_of(day);
    (i64::from(date.year()) - 1970) * 12 + i64::from(date.month()) - 1
}

/// The days of a month.
pub fn days_of_month(month: i64) -> Range<i64> {
    first_day(month)..first_day(month + 1)
}

/// The numbers of a month's thirds: its days 1 to 10, 11 to 20, and the rest. Above those of all months, so that both
/// can be keys of one table.
pub fn thirds_of_month(month: i64) -> [i64; 3] {
    [0, 1, 2].map(|third| FIRST_THIRD + month * 3 + third)
}

/// The month that a third belongs to.
pub fn month_of_third(third: i64) -> i64 {
    (third - FIRST_THIRD).div_euclid(3)
}

/// The numbers of the quarter and of the year that a month belongs to: quarters above all thirds of months, years above
/// all quarters.
pub fn merged_of_month(month: i64) -> [i64; 2] {
    [FIRST_QUARTER + month.div_euclid(3), FIRST_YEAR + month.div_euclid(12)]
}

/// What a quarter or a year is merged from: months, or quarters.
pub fn parts_of_merged(period: i64) -> Range<i64> {
    if is_year(period) {
        let first = FIRST_QUARTER + (period - FIRST_YEAR) * 4;
        return first..first + 4;
    }
    months_of_merged(period)
}

/// The months of a quarter or a year.
pub fn months_of_merged(period: i64) -> Range<i64> {
    let (place, length) =
        if is_year(period) { (period - FIRST_YEAR, 12) } else { (period - FIRST_QUARTER, 3) };
    place * length..(place + 1) * length
}

/// The month that a month or a third of one belongs to.
pub fn month_of_period(period: i64) -> i64 {
    if is_third(period) { month_of_third(period) } else { period }
}

/// The days of a month, of a third of one, of a quarter or of a year.
pub fn days_of_period(period: i64) -> Range<i64> {
    if is_merged(period) {
        let months = months_of_merged(period);
        return first_day(months.start)..first_day(months.end);
    }
    let days = days_of_month(month_of_period(period));
    if !is_third(period) {
        return days;
    }
    let third = (period - FIRST_THIRD).rem_euclid(3);
    let end = if third == 2 { days.end } else { days.start + 10 * (third + 1) };
    days.start + 10 * third..end
}

/// Whether a period is a month, and neither a third of one nor a quarter or year.
pub fn is_month(period: i64) -> bool {
    period < FIRST_THIRD / 2
}

/// Whether a period is a quarter or a year.
pub fn is_merged(period: i64) -> bool {
    period > FIRST_QUARTER / 2
}

fn is_year(period: i64) -> bool {
    period > FIRST_QUARTER.midpoint(FIRST_YEAR)
}

/// Whether a period is a third of a month.
pub fn is_third(period: i64) -> bool {
    (FIRST_THIRD / 2..FIRST_QUARTER / 2).contains(&period)
}

fn first_day(month: i64) -> i64 {
    let year = i16::try_from(1970 + month.div_euclid(12)).unwrap_or(9_999);
    let month = i8::try_from(month.rem_euclid(12) + 1).expect("1 to 12");
    let date = jiff::civil::date(year, month, 1);
    i64::from((date - jiff::civil::date(1970, 1, 1)).get_days())
}

/// The date of a day number.
pub fn date_of(day: i64) -> Date {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.checked_add(jiff::Span::new().days(day.clamp(-700_000, 2_900_000))).unwrap_or(epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_the_zone_over_daylight_saving() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let mut days = DayNumbers::new(zone.clone());
        // Every quarter of an hour of 2024, against the calendar itself.
        for quarter in 0..366 * 96 {
            let second = 1_704_067_200 + quarter * 900;
            let date = Timestamp::from_second(second).unwrap().to_zoned(zone.clone()).date();
            let day = days.of(second);
            assert_eq!(date_of(day), date);
            assert!(days.span(day).contains(&second));
        }
        let spring = days.of(1_710_054_000);
        assert_eq!(days.span(spring).end - days.span(spring).start, 23 * 3600);
    }

    #[test]
    fn a_clock_that_falls_back_across_midnight_leaves_days_whole() {
        // St John's went from 00:01 back to 23:01 on 2006-10-29; Python's zoneinfo has the day begin at 02:30 UTC.
        let mut days = DayNumbers::new(TimeZone::get("America/St_Johns").unwrap());
        for second in (1_161_900_000..1_162_300_000).step_by(60) {
            let day = days.of(second);
            assert!(days.span(day).contains(&second), "{second} is not in day {day}");
        }
    }

    #[test]
    fn months_hold_their_days() {
        // Python: (date(2024, 3, 1) - date(1970, 1, 1)).days
        assert_eq!(days_of_month(650), 19_783..19_814);
        assert_eq!((month_of(19_782), month_of(19_783), month_of(-1)), (649, 650, -1));
    }

    #[test]
    fn thirds_share_out_the_days_of_their_month() {
        // February 2024, which has 29 days.
        assert_eq!(
            thirds_of_month(649).map(days_of_period),
            [19_754..19_764, 19_764..19_774, 19_774..19_783]
        );
        // About the first and the last month that a date can have, and those around 1970.
        for month in [-23_640, -1, 0, 650, 96_358] {
            assert_eq!(days_of_period(month), days_of_month(month));
            let [first, second, last] = thirds_of_month(month).map(days_of_period);
            assert_eq!((first.end, second.end), (second.start, last.start));
            assert_eq!(first.start..last.end, days_of_month(month));
            assert_eq!(thirds_of_month(month).map(month_of_third), [month; 3]);
        }
    }

    #[test]
    fn quarters_and_years_hold_their_months() {
        // April to June 2024, from the days of both ends; and 2024, which had 366.
        let [quarter, year] = merged_of_month(653);
        assert_eq!((months_of_merged(quarter), parts_of_merged(quarter)), (651..654, 651..654));
        assert_eq!(days_of_period(quarter), days_of_month(651).start..days_of_month(653).end);
        assert_eq!((months_of_merged(year), days_of_period(year)), (648..660, 19_723..20_089));
        for month in [-23_640, -1, 0, 96_358] {
            let [quarter, year] = merged_of_month(month);
            assert!(months_of_merged(quarter).contains(&month) && months_of_merged(year).contains(&month));
            assert!(parts_of_merged(year).contains(&quarter) && quarter < year);
            assert!(
                is_month(month)
                    && ![quarter, year].into_iter().any(|period| is_third(period) || is_month(period))
            );
            assert!(!thirds_of_month(month).into_iter().any(is_month));
            assert!(months_of_merged(quarter).all(|month| merged_of_month(month) == [quarter, year]));
            assert!(months_of_merged(year).all(|month| merged_of_month(month)[1] == year));
        }
    }

    #[test]
    fn a_midnight_that_does_not_exist_starts_at_the_first_instant() {
        let mut days = DayNumbers::new(TimeZone::get("America/Sao_Paulo").unwrap());
        // Python's zoneinfo: 2017-10-15 begins at 01:00-02:00, which is 03:00 UTC.
        let day = days.of(1_508_040_000);
        assert_eq!(days.span(day).start, 1_508_036_400);
    }
}
