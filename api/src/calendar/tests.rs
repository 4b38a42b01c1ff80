//! The expected instants were made with Python's zoneinfo: the first second whose local date is the day's.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect(name)
}

fn day(text: &str) -> Date {
    text.parse().expect(text)
}

fn range(start: Date, end: Date, name: &str) -> DateRange {
    DateRange::new(start, end, zone(name))
}

fn labels(range: &DateRange, granularity: Granularity) -> Vec<String> {
    range.buckets(granularity).expect("few buckets").into_iter().map(|bucket| bucket.label).collect()
}

#[test]
fn days_begin_where_zoneinfo_says() {
    for (name, text, start, end) in [
        ("America/Sao_Paulo", "2017-10-15", 1_508_036_400, 1_508_119_200),
        ("America/Sao_Paulo", "2018-02-18", 1_518_922_800, 1_519_009_200),
        ("Asia/Beirut", "2021-03-28", 1_616_882_400, 1_616_965_200),
        ("Asia/Beirut", "2021-10-31", 1_635_631_200, 1_635_717_600),
        ("Asia/Kolkata", "2024-01-01", 1_704_047_400, 1_704_133_800),
        ("Asia/Kathmandu", "2024-06-30", 1_719_684_900, 1_719_771_300),
        ("Australia/Lord_Howe", "2024-04-07", 1_712_408_400, 1_712_496_600),
        ("Australia/Lord_Howe", "2024-10-06", 1_728_135_000, 1_728_219_600),
        ("America/Havana", "2024-03-10", 1_710_046_800, 1_710_129_600),
        ("America/Havana", "2024-11-03", 1_730_606_400, 1_730_696_400),
        ("Pacific/Apia", "2011-12-29", 1_325_152_800, 1_325_239_200),
        ("Pacific/Apia", "2011-12-30", 1_325_239_200, 1_325_239_200),
        ("Pacific/Apia", "2011-12-31", 1_325_239_200, 1_325_325_600),
        ("America/Toronto", "1919-03-30", -1_601_838_000, -1_601_753_400),
        ("America/Toronto", "1919-03-31", -1_601_753_400, -1_601_668_800),
        ("America/St_Johns", "2006-10-29", 1_162_089_000, 1_162_179_000),
        ("Europe/Berlin", "2024-03-31", 1_711_839_600, 1_711_922_400),
        ("Europe/Berlin", "2024-10-27", 1_729_980_000, 1_730_070_000),
        ("Europe/Paris", "1905-06-01", -2_038_176_561, -2_038_090_161),
        ("America/New_York", "2150-07-04", 5_696_193_600, 5_696_280_000),
    ] {
        let found = range(day(text), day(text), name).span;
        assert_eq!(found, Span { start, end }, "{text} in {name}");
    }
}

#[test]
fn hours_follow_the_clock_over_its_jumps() {
    for (name, text, count, first) in [
        (
            "Europe/Berlin",
            "2024-10-27",
            25,
            [
                ("2024-10-27T01:00:00+02:00", 1_729_983_600),
                ("2024-10-27T02:00:00+02:00", 1_729_987_200),
                ("2024-10-27T02:00:00+01:00", 1_729_990_800),
                ("2024-10-27T03:00:00+01:00", 1_729_994_400),
            ],
        ),
        (
            "Europe/Berlin",
            "2024-03-31",
            23,
            [
                ("2024-03-31T01:00:00+01:00", 1_711_843_200),
                ("2024-03-31T03:00:00+02:00", 1_711_846_800),
                ("2024-03-31T04:00:00+02:00", 1_711_850_400),
                ("2024-03-31T05:00:00+02:00", 1_711_854_000),
            ],
        ),
        (
            "Asia/Kolkata",
            "2024-01-01",
            24,
            [
                ("2024-01-01T01:00:00+05:30", 1_704_051_000),
                ("2024-01-01T02:00:00+05:30", 1_704_054_600),
                ("2024-01-01T03:00:00+05:30", 1_704_058_200),
                ("2024-01-01T04:00:00+05:30", 1_704_061_800),
            ],
        ),
        (
            "Australia/Lord_Howe",
            "2024-10-06",
            24,
            [
                ("2024-10-06T01:00:00+10:30", 1_728_138_600),
                ("2024-10-06T02:30:00+11:00", 1_728_142_200),
                ("2024-10-06T03:00:00+11:00", 1_728_144_000),
                ("2024-10-06T04:00:00+11:00", 1_728_147_600),
            ],
        ),
    ] {
        let buckets = range(day(text), day(text), name).buckets(Granularity::Hour).expect("one day");
        assert_eq!(buckets.len(), count, "{text} in {name}");
        for (bucket, (label, start)) in buckets[1..].iter().zip(first) {
            assert_eq!((bucket.label.as_str(), bucket.span.start), (label, start), "{text} in {name}");
        }
    }
}

#[test]
fn half_an_hour_that_comes_twice_has_a_bucket_of_its_own() {
    // At 02:00+11:00 the clock of Lord Howe went back to 01:30+10:30.
    let night = range(date(2024, 4, 7), date(2024, 4, 7), "Australia/Lord_Howe");
    let buckets = night.buckets(Granularity::Hour).expect("one day");
    let found: Vec<(&str, i64)> =
        buckets[1..4].iter().map(|b| (b.label.as_str(), b.span.end - b.span.start)).collect();
    let expected = [
        ("2024-04-07T01:00:00+11:00", 3_600),
        ("2024-04-07T01:30:00+10:30", 1_800),
        ("2024-04-07T02:00:00+10:30", 3_600),
    ];
    assert_eq!(found, expected);
    assert_eq!(buckets.len(), 25);
}

#[test]
fn periods_are_named_by_the_calendar_and_clipped_to_the_range() {
    let range = range(date(2023, 11, 15), date(2024, 2, 1), "UTC");
    assert_eq!(labels(&range, Granularity::Month), ["2023-11", "2023-12", "2024-01", "2024-02"]);
    assert_eq!(labels(&range, Granularity::Quarter), ["2023-Q4", "2024-Q1"]);
    assert_eq!(labels(&range, Granularity::Year), ["2023", "2024"]);
    let months = range.buckets(Granularity::Month).expect("four");
    // 2023-11-15T00:00Z and 2024-02-02T00:00Z, from `date -u +%s`.
    assert_eq!(months[0].span, Span { start: 1_700_006_400, end: 1_701_388_800 });
    assert_eq!(months[3].span, Span { start: 1_706_745_600, end: 1_706_832_000 });
}

#[test]
fn weeks_start_on_monday() {
    // 2024-01-03 is a Wednesday.
    let range = range(date(2024, 1, 3), date(2024, 1, 15), "UTC");
    assert_eq!(labels(&range, Granularity::Week), ["2024-01-01", "2024-01-08", "2024-01-15"]);
}

#[test]
fn a_skipped_day_has_no_bucket() {
    let range = range(date(2011, 12, 29), date(2011, 12, 31), "Pacific/Apia");
    assert_eq!(labels(&range, Granularity::Day), ["2011-12-29", "2011-12-31"]);
}

#[test]
fn periods_to_compare_with() {
    let march = range(date(2024, 3, 1), date(2024, 3, 31), "Europe/Berlin");
    let before = march.previous_period();
    assert_eq!((before.start_date, before.end_date), (date(2024, 1, 30), date(2024, 2, 29)));
    assert_eq!(before.span.end, march.span.start);
    let leap = range(date(2024, 2, 29), date(2024, 2, 29), "UTC").previous_year();
    assert_eq!((leap.start_date, leap.end_date), (date(2023, 2, 28), date(2023, 2, 28)));
}

#[test]
fn cohort_months_end_with_the_range() {
    let range = range(date(2024, 3, 10), date(2024, 3, 20), "UTC");
    let months = range.months_until_end(3);
    let names: Vec<&str> = months.iter().map(|month| month.label.as_str()).collect();
    assert_eq!(names, ["2024-01", "2024-02", "2024-03"]);
    assert_eq!(months[2].span.end, range.span.end);
    assert_eq!(months[0].span.end, months[1].span.start);
    assert!(range.months_until_end(0).is_empty());
}

#[test]
fn too_many_buckets_are_refused() {
    let century = range(date(1924, 1, 1), date(2023, 12, 31), "UTC");
    assert_eq!(century.buckets(Granularity::Hour), Err(TooManyBuckets));
    assert_eq!(century.buckets(Granularity::Day), Err(TooManyBuckets));
    assert_eq!(century.buckets(Granularity::Week).map(|weeks| weeks.len()), Ok(5_218));
}

const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/Toronto",
];
const GRANULARITIES: [Granularity; 6] = [
    Granularity::Hour,
    Granularity::Day,
    Granularity::Week,
    Granularity::Month,
    Granularity::Quarter,
    Granularity::Year,
];

proptest! {
    #[test]
    fn buckets_tile_the_range(
        first_day in 0..73_000_i32,
        days in 0..400_i32,
        zone_index in 0..ZONES.len(),
        granularity in prop::sample::select(&GRANULARITIES[..]),
    ) {
        let start = date(1905, 1, 1).saturating_add(first_day.days());
        let range = range(start, start.saturating_add(days.days()), ZONES[zone_index]);
        let buckets = range.buckets(granularity).expect("few buckets");
        let mut at = range.span.start;
        for bucket in &buckets {
            prop_assert_eq!(bucket.span.start, at);
            prop_assert!(bucket.span.end > at);
            at = bucket.span.end;
        }
        prop_assert_eq!(at, range.span.end);
        let mut names: Vec<&str> = buckets.iter().map(|bucket| bucket.label.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), buckets.len());
    }
}
