//! Demand for economics journals: `lm(log(subs) ~ log(price / citations), data = Journals)` of Stock and Watson.

use eap_api::models::elasticity::{Elasticity, PricePoint};

use crate::{data::table, same_digits};

#[test]
fn elasticity_of_journals_is_the_published_one() {
    let points: Vec<PricePoint> = table("journals.csv")
        .iter()
        .map(|row| PricePoint { price: row[0] / row[1], quantity: row[2] })
        .collect();
    let found = Elasticity::fit(&points, 0.95).unwrap();
    assert_eq!((found.observations, found.left_out), (180, 0));
    same_digits(found.elasticity, "-0.5330535");
    same_digits(found.standard_error, "0.0356132");
    same_digits(found.r_squared, "0.5572546");
    same_digits(found.intercept, "4.7662121");
    same_digits(found.low, "-0.6033319");
    same_digits(found.high, "-0.4627751");
}
