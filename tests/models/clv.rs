//! CDNOW: the figures of Fader, Hardie and Lee, of Batislam and others, and of `lifetimes` 0.11.3 on the same files.

use eap_api::models::clv::{
    Family, History, Model,
    fit::{Fit, fit},
    group,
    holdout::{Prediction, holdout_error},
    spend::SpendModel,
    summary::{Window, summarise},
    value::{Horizon, lifetime_value},
};
use jiff::civil::date;

use crate::{
    data::{cdnow, cdnow_histories, cdnow_purchases, day},
    same_digits,
};

const CUSTOMER: History = History { frequency: 2, recency: 30.43, age: 38.86 };

fn fitted(family: Family) -> Fit {
    let fit = fit(family, &group(&cdnow_histories()).unwrap()).unwrap();
    assert_eq!(fit.customers, 2357);
    assert!(fit.convergence.gradient_norm < 1e-5 && fit.convergence.agreeing >= 2, "{:?}", fit.convergence);
    fit
}

fn all_same_digits(found: &[f64], wanted: &[&str]) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        same_digits(*found, wanted);
    }
}

fn close(found: f64, wanted: f64, relative: f64) {
    assert!((found - wanted).abs() <= relative * wanted.abs(), "{found} is not {wanted}");
}

#[test]
fn beta_geometric_model_has_the_published_parameters_and_predictions() {
    let fit = fitted(Family::BetaGeometric);
    all_same_digits(&fit.model.parameters, &["0.2426", "4.4135", "0.7929", "2.4258"]);
    same_digits(fit.log_likelihood, "-9582.43");
    for (error, wanted) in
        fit.standard_errors.unwrap().into_iter().zip([0.012_557, 0.378_221, 0.185_719, 0.705_345])
    {
        close(error, wanted, 1e-3);
    }
    same_digits(fit.model.expected_purchases(CUSTOMER, 39.0).unwrap(), "1.226");
    same_digits(fit.model.probability_alive(CUSTOMER).unwrap(), "0.7266");
    for ((frequency, recency, age), purchases, alive) in [
        ((0, 0.0, 38.86), 0.194_780_857_9, 1.0),
        ((26, 38.0, 39.0), 17.330_474_699, 0.949_406_218_3),
        ((1, 1.71, 38.86), 0.203_250_624_3, 0.212_227_388_1),
    ] {
        let history = History { frequency, recency, age };
        close(fit.model.expected_purchases(history, 39.0).unwrap(), purchases, 2e-5);
        close(fit.model.probability_alive(history).unwrap(), alive, 2e-5);
    }
    close(fit.model.expected_purchases_of_new(39.0).unwrap(), 1.195_016_228_4, 1e-5);
}

#[test]
fn rounded_parameters_give_the_published_prediction() {
    // The published example: r 0.243, α 4.414, a 0.793, b 2.426 gives 1.226.
    let model = Model { family: Family::BetaGeometric, parameters: [0.243, 4.414, 0.793, 2.426] };
    same_digits(model.expected_purchases(CUSTOMER, 39.0).unwrap(), "1.226");
}

#[test]
fn modified_model_has_the_published_parameters() {
    let fit = fitted(Family::ModifiedBetaGeometric);
    all_same_digits(&fit.model.parameters, &["0.525", "6.183", "0.891", "1.614"]);
    same_digits(fit.log_likelihood, "-9582.13");
    close(fit.model.expected_purchases(CUSTOMER, 39.0).unwrap(), 1.262_670_778_7, 2e-5);
    close(fit.model.probability_alive(CUSTOMER).unwrap(), 0.706_126_258_7, 2e-5);
    let once = History { frequency: 0, recency: 0.0, age: 38.86 };
    close(fit.model.probability_alive(once).unwrap(), 0.389_716_442_1, 2e-5);
    close(fit.model.expected_purchases_of_new(39.0).unwrap(), 1.182_283_795_3, 2e-5);
}

#[test]
fn pareto_model_has_the_published_parameters() {
    let fit = fitted(Family::Pareto);
    all_same_digits(&fit.model.parameters[..3], &["0.553", "10.578", "0.606"]);
    // Published as 11.669, by Excel's solver; the likelihood is a little higher at 11.668.
    assert!((fit.model.parameters[3] - 11.669).abs() < 0.0015);
    let published =
        Family::Pareto.log_likelihood([0.553, 10.578, 0.606, 11.669], &group(&cdnow_histories()).unwrap());
    same_digits(published.value, "-9594.97401");
    same_digits(fit.log_likelihood, "-9594.97393");
    let history = History { frequency: 26, recency: 38.0, age: 39.0 };
    close(fit.model.expected_purchases(CUSTOMER, 39.0).unwrap(), 1.455_112_956_1, 2e-4);
    close(fit.model.probability_alive(CUSTOMER).unwrap(), 0.869_118_717_9, 2e-4);
    close(fit.model.expected_purchases(history, 39.0).unwrap(), 17.093_727_206, 2e-4);
    close(fit.model.expected_purchases_of_new(39.0).unwrap(), 1.213_408_069_7, 2e-4);
}

#[test]
fn spend_model_has_the_published_parameters_and_expectations() {
    let customers = cdnow();
    let spends: Vec<_> = customers.iter().map(|customer| customer.1).collect();
    let model = SpendModel::fit(&spends).unwrap();
    assert_eq!(model.customers, 946);
    all_same_digits(&[model.p, model.q, model.v], &["6.25", "3.74", "15.45"]);
    for (error, wanted) in model.standard_errors.unwrap().into_iter().zip([1.189_687, 0.290_166, 4.159_994]) {
        close(error, wanted, 1e-3);
    }
    let expected: Vec<String> =
        spends[..10].iter().map(|spend| format!("{:.2}", model.expected_mean(*spend).unwrap())).collect();
    let published =
        ["24.66", "18.91", "35.17", "35.17", "35.17", "71.46", "18.91", "35.17", "27.28", "35.17"];
    assert_eq!(expected, published);
    close(model.log_likelihood, -4_055.923_243_5, 1e-9);
}

#[test]
fn lifetime_values_equal_those_of_lifetimes() {
    let customers = cdnow();
    let histories: Vec<_> = customers.iter().map(|customer| customer.0).collect();
    let spends: Vec<_> = customers.iter().map(|customer| customer.1).collect();
    let model = fit(Family::BetaGeometric, &group(&histories).unwrap()).unwrap().model;
    let spend = SpendModel::fit(&spends).unwrap();
    let year = Horizon { periods: 12, period_length: 4.345, end: 12.0 * 4.345, discount_rate: 0.01 };
    let values: Vec<f64> = customers
        .iter()
        .map(|(history, own)| {
            lifetime_value(&model, *history, spend.expected_mean(*own).unwrap(), year).unwrap()
        })
        .collect();
    for (found, wanted) in
        values.iter().zip([36.278_495_763_6, 4.637_466_328_6, 8.344_093_121_8, 8.344_093_121_8])
    {
        close(*found, wanted, 2e-4);
    }
    close(values.iter().sum(), 71_509.899_319, 2e-4);
}

#[test]
fn summary_of_the_raw_sample_is_the_published_one() {
    let purchases = cdnow_purchases("CDNOW_sample.txt.gz", 1);
    assert_eq!(purchases.len(), 6_919);
    let calibration_end = day(date(1997, 9, 30));
    let weeks = Window { calibration_end, observation_end: day(date(1998, 6, 30)), days_per_unit: 7.0 };
    let summaries = summarise(purchases, weeks);
    let published = cdnow();
    assert_eq!((summaries.len(), published.len()), (2_357, 2_357));
    let mut other_means = 0;
    for (own, (history, spend)) in summaries.iter().zip(&published) {
        assert_eq!(own.history.frequency, history.frequency, "customer {}", own.customer);
        // Published to two decimals, some cut and some rounded.
        assert!((own.history.recency - history.recency).abs() < 0.0101, "{own:?} {history:?}");
        assert!((own.history.age - history.age).abs() < 0.0101, "{own:?} {history:?}");
        other_means += u32::from((own.spend.mean - spend.mean).abs() > 0.0101);
    }
    assert_eq!(other_means, 0, "mean amounts");
}

#[test]
fn summary_of_the_whole_file_counts_every_customer() {
    let purchases = cdnow_purchases("CDNOW_master.txt.gz", 0);
    assert_eq!(purchases.len(), 69_659);
    let end = day(date(1998, 6, 30));
    let summaries =
        summarise(purchases, Window { calibration_end: end, observation_end: end, days_per_unit: 1.0 });
    assert_eq!(summaries.len(), 23_570);
    assert!(summaries.iter().all(|own| own.holdout_purchases == 0));
}

#[test]
fn the_second_39_weeks_are_predicted_as_by_lifetimes() {
    let window = Window {
        calibration_end: day(date(1997, 9, 30)),
        observation_end: day(date(1998, 6, 30)),
        days_per_unit: 7.0,
    };
    let summaries = summarise(cdnow_purchases("CDNOW_sample.txt.gz", 1), window);
    let histories: Vec<_> = summaries.iter().map(|own| own.history).collect();
    let model = fit(Family::BetaGeometric, &group(&histories).unwrap()).unwrap().model;
    let predictions: Vec<Prediction> = summaries
        .iter()
        .map(|own| Prediction {
            expected: model.expected_purchases(own.history, 39.0).unwrap(),
            actual: f64::from(own.holdout_purchases),
        })
        .collect();
    let error = holdout_error(&predictions).unwrap();
    // lifetimes on the same file: 1653.41 expected, 1882 bought, MAE 0.785454, RMSE 1.607982.
    close(error.total_actual, 1_882.0, 0.0);
    close(error.total_expected, 1_653.408_724, 1e-4);
    close(error.mean_absolute, 0.785_454_243, 1e-4);
    close(error.root_mean_square, 1.607_982_012, 1e-4);
}
