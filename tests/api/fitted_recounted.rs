//! What is fitted equals what is counted again: from the sample's file here, and by `tests/data/recount.py` for any file.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};

use serde_json::{Value, json};

use crate::{
    fitted::{SAMPLE, Store, report},
    program::{self, Server},
};

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
        assert_eq!(cohort["active"], json!(active), "{label}");
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
fn forecasts_of_weeks_and_months_beat_the_same_season_a_year_ago() {
    let store = Store::fitted_sample();
    let server = store.serve();
    // 46 months are too few to try twelve ahead three times: five are tried. The errors of last year's values, counted again
    // from the file.
    for (granularity, first, horizon, smape, mase) in
        [("month", "2017-12", 5, 29.04, 1.5795), ("week", "2017-12-25", 12, 51.11, 1.3184)]
    {
        let answer = report(&server, &format!("sales/forecast?granularity={granularity}"));
        let backtest = &answer["backtest"];
        assert_eq!((&answer["points"][0]["label"], &backtest["horizon"]), (&first.into(), &horizon.into()));
        assert!((number(&backtest["baseline_smape"]) - smape).abs() < 0.006, "{backtest}");
        assert!((number(&backtest["baseline_mase"]) - mase).abs() < 0.000_06, "{backtest}");
        assert!(number(&backtest["mase"]) <= number(&backtest["baseline_mase"]), "{backtest}");
        assert_eq!(
            (answer["points"].as_array().map(Vec::len), &backtest["values"]),
            (Some(12), &(3 * horizon).into())
        );
        assert!(answer["orders_backtest"]["smape"].is_number(), "{answer}");
    }
}

/// Fits the store at `url`, and compares all that can be counted with the `counted` of `recount.py`. Answers with who may
/// be lost and how long customers stay.
pub(crate) fn check(url: &str, counted: &Value) -> Value {
    let ended = program::run(url, &["fit", "--deadline-seconds", "3000"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let server = Server::start(url, &[]);
    let members = |value: &Value| value.as_object().expect("an object").clone();

    let segments = report(&server, "customers/segments");
    let found = rows(&segments, "segments")
        .iter()
        .map(|row| (text(&row["segment"]), json!([row["customers"], cents(&row["revenue"].to_string())])));
    assert_eq!(found.collect::<serde_json::Map<_, _>>(), members(&counted["segments"]));

    for grain in ["month", "week", "quarter", "year"] {
        let answer = report(&server, &format!("customers/cohorts?limit=1000&granularity={grain}"));
        let (flows, counted) = (&counted["flows"], members(&counted["cohorts"][grain]));
        let cohorts = rows(&answer, "cohorts");
        // Of a long past the last 130 periods are told.
        let told = cohorts.iter().map(|row| (text(&row["label"]), row["active"].clone()));
        assert!(cohorts.len() == counted.len() || (grain == "week" && cohorts.len() > 60), "{grain}");
        let counted: BTreeMap<String, Value> = counted.into_iter().collect();
        let expected: BTreeMap<String, Value> = counted.into_iter().rev().take(cohorts.len()).collect();
        assert_eq!(told.collect::<BTreeMap<_, _>>(), expected, "{grain}");
        check_flows(&answer, &flows[grain]);
    }

    let churn = report(&server, "customers/churn?limit=1000");
    assert_eq!(churn["churned"], counted["churned"]);
    check_flows(&churn, &counted["flows"]["month"]);
    let mut acquired: BTreeMap<String, u64> = BTreeMap::new();
    for row in rows(&churn, "acquisition") {
        *acquired.entry(text(&row["month"])).or_default() += row["customers"].as_u64().expect("a count");
    }
    assert_eq!(json!(acquired), counted["acquisition"]);
    check_at_risk(&churn, counted);

    let mut told = 0;
    let classes = report(&server, "products/classes?limit=1000");
    for row in rows(&classes, "rows") {
        let found = json!([row["abc_class"], row["xyz_class"], cents(&row["revenue"].to_string())]);
        assert_eq!(found, counted["classes"][text(&row["product_id"])], "{row}");
        told += 1;
    }
    assert_eq!(told, 1_000);
    let mut counts: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for one in members(&counted["classes"]).values() {
        let count = counts.entry(text(&one[0]) + &text(&one[1])).or_default();
        *count = (count.0 + 1, count.1 + one[2].as_i64().expect("cents"));
    }
    let found = rows(&classes, "counts").iter().map(|row| {
        let class = text(&row["abc_class"]) + &text(&row["xyz_class"]);
        (class, (row["products"].as_u64().expect("a count"), cents(&row["revenue"].to_string())))
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), counts);

    check_together(&server, &counted["together"]);

    let days = report(&server, "sales/anomalies?limit=1000");
    let mut unusual: Vec<(String, f64)> =
        rows(&days, "anomalies").iter().map(|row| (text(&row["label"]), number(&row["expected"]))).collect();
    unusual.reverse();
    let expected = rows(counted, "unusual");
    assert_eq!((unusual.len(), days["found"].as_u64()), (expected.len(), Some(expected.len() as u64)));
    for ((label, value), expected) in unusual.iter().zip(expected) {
        assert_eq!(label, &text(&expected[0]));
        assert!((value - number(&expected[1])).abs() < 0.011, "{label} {value}: {expected}");
    }
    churn
}

/// Where the customers of each period that is told come from, of the first one too.
fn check_flows(answer: &Value, counted: &Value) {
    let counted = counted.as_object().expect("periods");
    let names = ["active", "new", "kept", "reactivated", "paused"];
    let told: BTreeMap<String, Value> = rows(answer, "flows")
        .iter()
        .filter(|row| row["active"] != 0)
        .map(|row| (text(&row["label"]), json!(names.map(|name| &row[name]))))
        .collect();
    let first = told.keys().next().expect("a period");
    let expected = counted.iter().filter(|(label, _)| *label >= first);
    assert_eq!(told, expected.map(|(label, flow)| (label.clone(), flow.clone())).collect());
    assert!(told.len() == counted.len() || told.len() > 60, "{} of {} periods", told.len(), counted.len());
}

/// The pairs that are told have the counts of `counted`, and none that is more frequent is left out.
fn check_together(server: &Server, counted: &Value) {
    let answer = report(server, "products/bought-together?limit=1000");
    assert_eq!((&answer["orders"], &answer["least_product_orders"]), (&counted["orders"], &2.into()));
    let all = number(&counted["orders"]);
    let mut most: Vec<u64> = Vec::new();
    let mut known: BTreeMap<[&str; 2], [f64; 3]> = BTreeMap::new();
    for pair in rows(counted, "pairs") {
        let [one, other] = [0, 1].map(|at| pair[at].as_str().expect("an id"));
        let [both, first, second] = [2, 3, 4].map(|at| number(&pair[at]));
        most.push(pair[2].as_u64().expect("a count"));
        known.insert([one, other], [both, first, second]);
        known.insert([other, one], [both, second, first]);
    }
    let told = rows(&answer, "pairs");
    for pair in told {
        let ids = ["first", "second"].map(|side| pair[side]["product_id"].as_str().expect("an id"));
        let [both, first, second] = *known.get(&ids).unwrap_or_else(|| panic!("{pair} is not counted"));
        for (name, expected, near) in [
            ("orders", both, 0.0),
            ("support", both / all, 6e-7),
            ("confidence", both / first, 6e-5),
            ("reverse_confidence", both / second, 6e-5),
            ("lift", both * all / (first * second), 6e-5),
        ] {
            assert!((number(&pair[name]) - expected).abs() <= near, "{name} {expected}: {pair}");
        }
    }
    most.sort_unstable_by(|one, other| other.cmp(one));
    most.truncate(1_000);
    assert_eq!(told.iter().map(|pair| pair["orders"].as_u64().expect("a count")).collect::<Vec<_>>(), most);
}

/// Who has left by definition, where no model tells better, and the curve.
fn check_at_risk(churn: &Value, counted: &Value) {
    if churn["expected_alive"].is_null() {
        let row =
            |row: &Value| json!([row["customer_id"], row["orders"], cents(&row["total_spent"].to_string())]);
        let found: BTreeSet<String> = rows(churn, "at_risk").iter().map(|one| row(one).to_string()).collect();
        let expected: BTreeSet<String> = rows(counted, "at_risk").iter().map(Value::to_string).collect();
        assert_eq!(found, expected);
    }
    let curve = rows(counted, "survival");
    let survival = rows(churn, "survival");
    assert!(survival.len() <= 200 && survival.len() * 2 > curve.len().min(200), "{}", survival.len());
    for point in survival {
        let step = curve.iter().find(|step| number(&step[0]).to_bits() == number(&point["day"]).to_bits());
        let share = number(&step.unwrap_or_else(|| panic!("{point}"))[1]);
        assert!((share - number(&point["share"])).abs() < 1e-4, "{share}: {point}");
    }
    let median = curve.iter().find(|step| number(&step[1]) <= 0.5).map(|step| number(&step[0]));
    assert_eq!(churn["median_days"].as_f64(), median);
}

fn rows<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer[name].as_array().unwrap_or_else(|| panic!("{name} of {answer}"))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// An exact amount, as it is written, in cents.
pub(crate) fn cents(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<2}").parse().unwrap_or_else(|_| panic!("{text}"))
}
