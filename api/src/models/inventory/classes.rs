//! ABC by value and XYZ by how steady demand is.

use crate::models::{Answer, Refusal, mean, variance};

/// By share of value, largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueClass {
    /// The products that make the first 80 %.
    A,
    /// Those that make the next 15 %.
    B,
    /// The rest.
    C,
}

/// By the coefficient of variation of demand per period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DemandClass {
    /// Steady: at most 0.5.
    X,
    /// Varying: at most 1.
    Y,
    /// Erratic, or never sold.
    Z,
}

impl ValueClass {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }
}

impl DemandClass {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::X => "X",
            Self::Y => "Y",
            Self::Z => "Z",
        }
    }
}

/// Classes of products with these values (minor units), in the order given. A product belongs to the class in which its
/// share begins, so the largest is always A; values of 0 or less are C. Equal values are of one class.
pub fn by_value(values: &[i64]) -> Vec<ValueClass> {
    let mut sorted: Vec<i64> = values.iter().copied().filter(|value| *value > 0).collect();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    let total: i128 = sorted.iter().copied().map(i128::from).sum();
    let (mut before, mut starts) = (0_i128, Vec::new());
    for equal in sorted.chunk_by(PartialEq::eq) {
        let class = match before * 100 {
            share if share < total * 80 => ValueClass::A,
            share if share < total * 95 => ValueClass::B,
            _ => ValueClass::C,
        };
        starts.push((equal[0], class));
        before += equal.iter().copied().map(i128::from).sum::<i128>();
    }
    let class = |value: &i64| {
        let place = starts.binary_search_by(|start| value.cmp(&start.0));
        place.map_or(ValueClass::C, |place| starts[place].1)
    };
    values.iter().map(class).collect()
}

/// The class of a product with this demand per period (periods without a sale are 0), and its coefficient of variation.
pub fn by_demand(demand: &[f64]) -> Answer<(DemandClass, Option<f64>)> {
    if demand.len() < 2 {
        return Err(Refusal::TooFew { what: "periods", needed: 2, found: demand.len() });
    }
    if !demand.iter().all(|units| units.is_finite()) {
        return Err(Refusal::OutOfDomain("demand is a number for each period"));
    }
    let average = mean(demand);
    if average <= 0.0 {
        return Ok((DemandClass::Z, None));
    }
    let variation = variance(demand).sqrt() / average;
    let class = match variation {
        steady if steady <= 0.5 => DemandClass::X,
        varying if varying <= 1.0 => DemandClass::Y,
        _ => DemandClass::Z,
    };
    Ok((class, Some(variation)))
}
