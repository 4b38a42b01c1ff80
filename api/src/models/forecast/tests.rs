//! What must hold for any series.

use super::*;

/// Standard normal numbers, always the same.
fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    (0..count).map(|_| normal_quantile(uniform())).collect()
}

fn weekly(count: usize, noise: &[f64]) -> Vec<f64> {
    let season = [5.0, -3.0, 0.0, 2.0, -6.0, -2.0, 4.0];
    (0..count).map(|day| 100.0 + 0.3 * day as f64 + season[day % 7] + noise[day]).collect()
}

#[test]
fn a_line_with_seasons_is_continued() {
    let series = weekly(60, &[0.0; 74]);
    let wanted = &weekly(74, &[0.0; 74])[60..];
    for interval in Method::HoltWintersAdditive.forecast(&series, 7, 14, 0.95).unwrap().iter().zip(wanted) {
        assert!((interval.0.mean - interval.1).abs() < 1e-3, "{interval:?}");
    }
}

#[test]
fn intervals_hold_the_future_as_often_as_they_say() {
    let (mut held, mut all) = (0, 0);
    for seed in 1..120 {
        let series = weekly(126, &noise(126, seed));
        let ahead = Method::HoltWintersAdditive.forecast(&series[..112], 7, 14, 0.8).unwrap();
        held +=
            ahead.iter().zip(&series[112..]).filter(|(interval, actual)| interval.holds(**actual)).count();
        all += 14;
    }
    let coverage = held as f64 / f64::from(all);
    assert!((0.74..0.86).contains(&coverage), "{coverage}");
}

#[test]
fn the_smoothing_model_is_taken_where_it_beats_the_baseline_and_not_elsewhere() {
    let trend = forecast(&weekly(120, &noise(120, 3)), 7, 14, 0.95).unwrap();
    assert_ne!(trend.method, Method::SeasonalNaive);
    let error = |method| trend.tried.iter().find(|tried| tried.0 == method).unwrap().1.mean_absolute;
    assert!(error(trend.method) < error(Method::SeasonalNaive));
    // Seven numbers again and again: nothing beats the same season last time.
    let again: Vec<f64> = (0..70).map(|day| [3.0, 8.0, 1.0, 9.0, 2.0, 7.0, 0.0][day % 7]).collect();
    assert_eq!(forecast(&again, 7, 7, 0.95).unwrap().method, Method::SeasonalNaive);
}

#[test]
fn a_past_that_is_short_for_the_horizon_is_tried_with_a_shorter_one() {
    // Ten more in each year, in a shape that no line has.
    let yearly = |month: usize| (month % 12 * 37 % 29) as f64 + (month / 12 * 10) as f64;
    let series: Vec<f64> = (0..60).map(yearly).collect();
    for (months, ahead) in [(65, 12), (64, 11), (46, 5), (38, 3), (37, 8), (16, 1)] {
        let past: Vec<f64> = (0..months).map(yearly).collect();
        let found = forecast(&past, 12, 12, 0.8).unwrap();
        assert_eq!(found.tried[0].1.horizon, ahead, "{months}");
        let smooth = found.tried.iter().any(|tried| tried.0 == Method::HoltWintersAdditive);
        assert_eq!(smooth, months >= 38, "{months}");
    }
    // A season ago plus what a year adds is right in each month; last month again is not.
    let found = forecast(&series[..46], 12, 12, 0.8).unwrap();
    assert_eq!(found.method, Method::HoltWintersAdditive, "{:?}", found.tried);
    let naive = found.tried[0].1;
    assert!((naive.mean_absolute - 10.0).abs() < 1e-9, "the baseline is that of the season: {naive:?}");
    let untried = forecast(&series[..15], 12, 12, 0.8).unwrap();
    assert_eq!((untried.method, untried.tried.len()), (Method::SeasonalNaive, 0));
    assert!((untried.intervals[0].mean - series[3]).abs() < 1e-9);
}

#[test]
fn coverage_is_that_of_intervals_which_did_not_know_the_values() {
    // The second fold is calm, the third is not: intervals widened on all three would hold nearly everything.
    let mut series = vec![0.0; 60];
    for (index, value) in series.iter_mut().enumerate() {
        let size = if index >= 50 { 100.0 } else { 1.0 };
        *value = if index % 2 == 0 { size } else { -size };
    }
    let accuracy = accuracy::backtest(Method::SeasonalNaive, &series, 1, 10, 3, 0.8).unwrap();
    let held = accuracy.coverage.unwrap() * 20.0;
    assert!((held - 10.0).abs() < 1e-9, "{accuracy:?}");
    assert_eq!(accuracy::backtest(Method::SeasonalNaive, &series, 1, 10, 1, 0.8).unwrap().coverage, None);
}

#[test]
fn little_or_strange_data_is_a_state() {
    assert_eq!(
        Method::HoltWintersAdditive.forecast(&[1.0; 18], 7, 3, 0.95),
        Err(Refusal::TooFew { what: "periods", needed: 19, found: 18 })
    );
    let short = forecast(&[4.0, 6.0], 1, 3, 0.95).unwrap();
    assert_eq!((short.method, short.tried.len(), short.intervals[2].mean), (Method::SeasonalNaive, 0, 6.0));
    assert!(forecast(&[4.0], 1, 3, 0.95).is_err());
    assert!(matches!(forecast(&[1.0, f64::NAN], 1, 3, 0.95), Err(Refusal::OutOfDomain(_))));
    assert!(matches!(
        Method::HoltWintersMultiplicative.forecast(&[0.0; 40], 7, 3, 0.95),
        Err(Refusal::OutOfDomain(_))
    ));
    for series in [vec![0.0; 60], vec![7.0; 60], vec![1e15; 60]] {
        for method in Method::ALL {
            if let Ok(ahead) = method.forecast(&series, 7, 30, 0.95) {
                assert!(ahead.iter().all(|one| one.low.is_finite() && one.high.is_finite()), "{method:?}");
            }
        }
    }
}

#[test]
fn a_perfect_forecast_has_no_error_and_no_scale() {
    let accuracy = accuracy::backtest(Method::SeasonalNaive, &[5.0; 20], 1, 4, 2, 0.9).unwrap();
    assert_eq!(
        (accuracy.smape, accuracy.mase, accuracy.coverage, accuracy.values),
        (0.0, None, Some(1.0), 8)
    );
}
