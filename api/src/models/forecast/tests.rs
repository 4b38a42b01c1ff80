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
    assert_eq!((accuracy.smape, accuracy.mase, accuracy.coverage, accuracy.values), (0.0, None, 1.0, 8));
}
