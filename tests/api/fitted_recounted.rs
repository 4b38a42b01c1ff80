//! What is fitted on the sample equals what is counted again from the sample's file.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};

use serde_json::Value;

use crate::fitted::{SAMPLE, Store, report};

/// One line of the sample.
struct Line {
    order: String,
    customer: String,
    product: String,
    /// `2017-12`.
    month: String,
    day: jiff::civil::Date,
    net: f64,
}

fn lines() -> Vec<Line> {
    let mut text = String::new();
    let file = std::fs::File::open(SAMPLE).expect("the sample");
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).expect("UTF-8");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().expect("a header").clone();
    let column = |name: &str| headers.iter().position(|header| header == name).expect(name);
    let names = ["order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price", "discount"];
    let [order, customer, product, at, quantity, price, discount] = names.map(column);
    let number = |text: &str| text.parse::<f64>().expect("a number");
    let line = |record: csv::StringRecord| Line {
        order: record[order].to_owned(),
        customer: record[customer].to_owned(),
        product: record[product].to_owned(),
        month: record[at][..7].to_owned(),
        day: record[at][..10].parse().expect("a date"),
        // A line is rounded to cents, half up; doubles are a little beside a half.
        net: ((number(&record[quantity]) * number(&record[price]) - number(&record[discount])) * 100.0
            + 0.500_001)
            .floor()
            / 100.0,
    };
    reader.records().map(|record| line(record.expect("a record"))).collect()
}

#[test]
fn cohorts_and_pairs_of_the_sample_are_those_counted_again() {
    let store = Store::fitted_sample();
    let server = store.serve();
    let lines = lines();

    let mut months: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut baskets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in &lines {
        months.entry(&line.customer).or_default().insert(&line.month);
        baskets.entry(&line.order).or_default().insert(&line.product);
    }
    let all: Vec<String> =
        (2014..=2017).flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}"))).collect();
    let cohorts = report(&server, "customers/cohorts");
    let cohorts = cohorts["cohorts"].as_array().expect("rows");
    let mut customers = 0;
    for cohort in cohorts {
        let label = cohort["label"].as_str().expect("a month");
        let own: Vec<_> = months.values().filter(|own| own.first() == Some(&label)).collect();
        let later = all.iter().filter(|month| month.as_str() >= label);
        let active: Vec<usize> =
            later.map(|month| own.iter().filter(|own| own.contains(month.as_str())).count()).collect();
        assert_eq!(cohort["active"], serde_json::json!(active), "{label}");
        customers += own.len();
    }
    assert_eq!(customers, 793);

    let together = report(&server, "products/bought-together?limit=1000");
    let orders = |products: &[&str]| {
        baskets.values().filter(|basket| products.iter().all(|product| basket.contains(product))).count()
    };
    let pairs = together["pairs"].as_array().expect("pairs");
    assert!(!pairs.is_empty() && together["orders"] == baskets.len());
    for pair in pairs.iter().take(50) {
        let [first, second] =
            ["first", "second"].map(|side| pair[side]["product_id"].as_str().expect("an id"));
        let both = orders(&[first, second]);
        assert_eq!(pair["orders"], both, "{pair}");
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let lift = both as f64 * baskets.len() as f64 / (orders(&[first]) as f64 * orders(&[second]) as f64);
        assert!((pair["lift"].as_f64().expect("a number") - lift).abs() < 1e-4, "{pair}");
    }
}

#[test]
fn lifetime_values_of_the_sample_are_those_computed_again() {
    let store = Store::fitted_sample();
    let server = store.serve();
    let answer = report(&server, "customers/lifetime-value?limit=1000");
    // Hardly anybody of the sample stops buying: the model is the NBD.
    assert_eq!(answer["nobody_leaves"], true);
    let parameters: BTreeMap<&str, f64> = answer["parameters"]
        .as_array()
        .expect("parameters")
        .iter()
        .map(|one| (one["name"].as_str().expect("a name"), one["value"].as_f64().expect("a number")))
        .collect();
    let of = |name: &str| parameters[name];

    let mut histories: BTreeMap<String, BTreeMap<jiff::civil::Date, f64>> = BTreeMap::new();
    for line in lines() {
        *histories.entry(line.customer).or_default().entry(line.day).or_default() += line.net;
    }
    let last = histories.values().filter_map(|days| days.keys().next_back()).max().copied().expect("a day");
    let rows = answer["top_customers"].as_array().expect("customers");
    assert_eq!(rows.len(), 793);
    for row in rows {
        let days = &histories[row["customer_id"].as_str().expect("an id")];
        let first = *days.keys().next().expect("a day");
        let age = f64::from(last.since(first).expect("days").get_days());
        let repeats = f64::from(u32::try_from(days.len() - 1).expect("few"));
        let spent: f64 = days.values().skip(1).sum();
        let rate = (of("r") + repeats) / (of("alpha") + age);
        let value = of("p") * (of("v") + spent) / (of("p") * repeats + of("q") - 1.0);
        let monthly = 1.1_f64.powf(1.0 / 12.0);
        let discounted: f64 = (1..=12).map(|month| rate * 365.0 / 12.0 / monthly.powi(month)).sum();
        for (name, expected, near) in [
            ("alive", 1.0, 1e-4),
            ("expected_orders", rate * 365.0, 1e-4),
            ("expected_value", value, 0.02),
            ("lifetime_value", discounted * value, 0.05),
        ] {
            let found = row[name].as_f64().expect("a number");
            assert!((found - expected).abs() < near, "{name} {expected}: {row}");
        }
    }
}

#[test]
fn classes_and_segments_of_the_sample_are_those_counted_again() {
    let store = Store::fitted_sample();
    let server = store.serve();
    let mut nets: BTreeMap<String, f64> = BTreeMap::new();
    for line in lines() {
        *nets.entry(line.product).or_default() += if line.month.starts_with("2017") { line.net } else { 0.0 };
    }
    let mut ranked: Vec<(f64, String)> = nets.into_iter().map(|(product, net)| (net, product)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total: f64 = ranked.iter().map(|one| one.0).sum();
    let answer = report(&server, "products/classes?limit=1000");
    let rows = answer["rows"].as_array().expect("rows");
    let mut before = 0.0;
    for ((net, _), row) in ranked.iter().zip(rows) {
        let found = row["revenue"].as_f64().expect("a number");
        assert!((found - net).abs() < 0.005, "{net}: {row}");
        let (share, class) = (before / total, row["abc_class"].as_str().expect("a class"));
        // Rows on the very edge, and those of equal value over it, are left to the model's own tests.
        if (share - 0.8).abs() > 1e-3 && (share - 0.95).abs() > 1e-3 {
            let expected = if share < 0.8 {
                "A"
            } else if share < 0.95 {
                "B"
            } else {
                "C"
            };
            assert_eq!(class, expected, "{share}: {row}");
        }
        before += net;
    }
    let counts = answer["counts"].as_array().expect("counts");
    assert_eq!(counts.iter().filter_map(|one| one["products"].as_u64()).sum::<u64>(), ranked.len() as u64);

    // The report on customers, which DuckDB agrees with.
    let customers = report(&server, "customers?start_date=2017-01-01&end_date=2017-12-30");
    let segments = report(&server, "customers/segments");
    let pick = |rows: &Value| -> Vec<(Value, Value, Value)> {
        let rows = rows.as_array().expect("segments").iter();
        rows.map(|row| (row["segment"].clone(), row["customers"].clone(), row["revenue"].clone())).collect()
    };
    assert_eq!(pick(&segments["segments"]), pick(&customers["rfm_segments"]));
    assert!(!pick(&segments["segments"]).is_empty());
}
