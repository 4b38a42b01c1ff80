//! α + t of the times that a likelihood sees, each with its logarithm: out of a table where times are whole, as days are.
//! There are few of them then and many customers, and logarithms are most of what a likelihood costs.

use super::Group;

/// Whole times up to this are in the table: 22 years of days.
const LONGEST: f64 = 8_192.0;
/// Powers farther from 1 than e to this are not to be had: their product could be neither.
const LARGEST_LOGARITHM: f64 = 600.0;

/// The times of some groups.
#[derive(Debug)]
pub(super) struct Times {
    alpha: f64,
    /// Of whole times from 0 on; empty where not all recencies are whole.
    table: Vec<Until>,
    /// ln(α + t) of the longest time in the table.
    pub(super) longest: f64,
}

/// One time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until {
    /// ln(α + t).
    pub(super) logarithm: f64,
    /// 1 / (α + t).
    pub(super) inverse: f64,
    /// Where it is in the table.
    pub(super) place: Option<usize>,
}

impl Times {
    pub(super) fn of(alpha: f64, groups: &[Group]) -> Self {
        let is_whole = |group: &Group| place(group.history.recency).is_some();
        let mut times = Self { alpha, table: Vec::new(), longest: 0.0 };
        if groups.iter().all(is_whole) {
            let longest = groups.iter().map(|group| group.history.recency).fold(0.0, f64::max);
            let whole = 0..=place(longest).unwrap_or(0);
            times.table =
                whole.map(|place| Until { place: Some(place), ..until(alpha, place as f64) }).collect();
            times.longest = times.table.last().map_or(0.0, |last| last.logarithm);
        }
        times
    }

    /// A time, of the table or not.
    pub(super) fn until(&self, time: f64) -> Until {
        let known = place(time).and_then(|place| self.table.get(place));
        known.copied().unwrap_or_else(|| until(self.alpha, time))
    }

    /// ((α + longest) / (α + t))^`shape` of the times in the table; nothing where that is more than `count` customers need,
    /// or more than numbers can be.
    pub(super) fn powers(&self, count: usize, shape: f64) -> Vec<f64> {
        let widest = self.table.first().map_or(0.0, |first| shape * (self.longest - first.logarithm));
        if count < 2 * self.table.len() || widest > LARGEST_LOGARITHM {
            return Vec::new();
        }
        self.table.iter().map(|until| (shape * (self.longest - until.logarithm)).exp()).collect()
    }
}

fn until(alpha: f64, time: f64) -> Until {
    let until = alpha + time;
    Until { logarithm: until.ln(), inverse: 1.0 / until, place: None }
}

/// Where a whole time is in a table.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is compared with what it came from"
)]
fn place(time: f64) -> Option<usize> {
    let place = time as usize;
    (time <= LONGEST && (place as f64).to_bits() == time.to_bits()).then_some(place)
}
