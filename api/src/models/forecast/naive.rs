//! The seasonal naive forecast: the value of the same season last time.

use super::Interval;
use crate::models::{Answer, Refusal};

/// The last season of a series and how far seasons are apart.
#[derive(Debug, Clone, PartialEq)]
pub struct SeasonalNaive {
    season: Vec<f64>,
    deviation: f64,
}

impl SeasonalNaive {
    /// Learns from a season and one more period, at least.
    pub fn fit(series: &[f64], period: usize) -> Answer<Self> {
        if series.len() <= period {
            return Err(Refusal::TooFew { what: "periods", needed: period + 1, found: series.len() });
        }
        let apart = series.iter().skip(period).zip(series).map(|(now, then)| (now - then).powi(2));
        let deviation = (apart.sum::<f64>() / (series.len() - period) as f64).sqrt();
        Ok(Self { season: series[series.len() - period..].to_vec(), deviation })
    }

    /// The `horizon` periods after the series. Errors of one season after another add up as independent ones.
    pub fn forecast(&self, horizon: usize, level: f64) -> Vec<Interval> {
        let period = self.season.len();
        let ahead = (0..horizon).map(|step| {
            let seasons = (step / period + 1) as f64;
            Interval::normal(self.season[step % period], self.deviation * seasons.sqrt(), level)
        });
        ahead.collect()
    }
}
