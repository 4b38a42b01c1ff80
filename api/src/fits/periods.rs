//! Days, weeks, months and quarters as numbers in a row, as models take them, and their names.

use jiff::{ToSpan as _, civil::Date};

use crate::calendar::{Granularity, period_label};

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The date of a day number.
pub(super) fn date(day: i32) -> Date {
    EPOCH.saturating_add(day.days())
}

/// Number of the period that a day belongs to; consecutive periods have consecutive numbers.
pub(super) fn period_of(day: i32, granularity: Granularity) -> i32 {
    let date = date(day);
    let month = (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1;
    match granularity {
        Granularity::Hour | Granularity::Day => day,
        Granularity::Week => (day + 3).div_euclid(7),
        Granularity::Month => month,
        Granularity::Quarter => month.div_euclid(3),
        Granularity::Year => month.div_euclid(12),
    }
}

/// Name of a period.
pub(super) fn label(period: i32, granularity: Granularity) -> String {
    period_label(date(first_day(period, granularity)), granularity)
}

/// First day of a period.
pub(super) fn first_day(period: i32, granularity: Granularity) -> i32 {
    let day_of_month = |month: i32| {
        let first = EPOCH.saturating_add(month.months());
        crate::calendar::days_between(EPOCH, first)
    };
    match granularity {
        Granularity::Hour | Granularity::Day => period,
        Granularity::Week => period * 7 - 3,
        Granularity::Month => day_of_month(period),
        Granularity::Quarter => day_of_month(period * 3),
        Granularity::Year => day_of_month(period * 12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_on_their_first_day_and_follow_each_other() {
        use Granularity::{Day, Month, Quarter, Week, Year};
        for granularity in [Day, Week, Month, Quarter, Year] {
            for day in -800..30_000 {
                let period = period_of(day, granularity);
                let (first, next) = (first_day(period, granularity), first_day(period + 1, granularity));
                assert!(first <= day && day < next, "{granularity:?} {day}");
            }
        }
        // 17,532 days after 1970-01-01 is New Year 2018, a Monday.
        let names = [Day, Week, Month, Quarter].map(|width| label(period_of(17_532, width), width));
        assert_eq!(names, ["2018-01-01", "2018-01-01", "2018-01", "2018-Q1"]);
        assert_eq!(label(period_of(17_531, Week), Week), "2017-12-25");
    }
}
