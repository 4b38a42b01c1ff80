//! Stock levels from CSV or JSON. Every problem is named with its line; knows no storage.

use std::collections::BTreeMap;

use csv::ByteRecord;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{csv::Table, order::Fatal};
use crate::{error::FieldError, fits::inventory::Level, money};

/// Problems that an answer names.
const MOST_PROBLEMS: usize = 100;
/// Longest id of a product, in bytes.
const MOST_ID_BYTES: usize = 255;
/// Largest number of units or days.
const MOST_UNITS: i64 = 1_000_000_000;

/// A line as it is sent. Numbers may be JSON numbers or text.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StockLine {
    /// The shop's id.
    #[schema(example = "P-12")]
    pub product_id: Option<String>,
    /// Units in stock; negative where units are owed.
    #[schema(value_type = i64, example = 18)]
    pub on_hand: Option<Box<RawValue>>,
    /// Units ordered and not yet arrived.
    #[schema(value_type = Option<i64>)]
    pub on_order: Option<Box<RawValue>>,
    /// Days from an order to its arrival, 0 to 3,650.
    #[schema(value_type = Option<i64>, example = 10)]
    pub lead_days: Option<Box<RawValue>>,
    /// Standard deviation of the same, in days.
    #[schema(value_type = Option<i64>)]
    pub lead_deviation: Option<Box<RawValue>>,
    /// Cost of a unit, at most 900,000,000,000.
    #[schema(value_type = Option<f64>, example = 4.2)]
    pub unit_cost: Option<Box<RawValue>>,
    /// Cost of an order, whatever its size; at most the same.
    #[schema(value_type = Option<f64>)]
    pub order_cost: Option<Box<RawValue>>,
    /// Probability that stock lasts until an order arrives, 0.5 to 0.9999.
    #[schema(value_type = Option<f64>)]
    pub service_level: Option<Box<RawValue>>,
    /// Orders are multiples of so many units.
    #[schema(value_type = Option<i64>)]
    pub pack: Option<Box<RawValue>>,
}

/// Levels by product from a JSON array.
pub fn from_json(body: &[u8]) -> Result<Vec<(String, Level)>, Vec<FieldError>> {
    let lines: Vec<StockLine> =
        serde_json::from_slice(body).map_err(|error| vec![FieldError::new("body", error.to_string())])?;
    collect((1..).zip(lines.into_iter().map(Ok)))
}

/// Levels by product from CSV with a header. Lines are those of the file, whatever quoted fields span.
pub fn from_csv(body: &[u8]) -> Result<Vec<(String, Level)>, Vec<FieldError>> {
    let mut table = Table::open(body).map_err(unreadable)?;
    let mut broken = None;
    let rows = std::iter::from_fn(|| match table.next_row() {
        Ok(number) => number.map(|number| (number, row(&table.header, table.record()))),
        Err(fatal) => {
            broken = Some(fatal);
            None
        }
    });
    let levels = collect(rows);
    match broken {
        None => levels,
        Some(fatal) => Err(levels.err().into_iter().flatten().chain(unreadable(fatal)).collect()),
    }
}

fn row(header: &[String], record: &ByteRecord) -> Result<StockLine, String> {
    if record.len() != header.len() {
        return Err(format!("has {} fields where the header has {}", record.len(), header.len()));
    }
    let mut object = BTreeMap::new();
    for (name, cell) in header.iter().zip(record) {
        let cell = std::str::from_utf8(cell).map_err(|_| format!("{name} is not valid UTF-8"))?.trim();
        if !cell.is_empty() {
            object.insert(name, cell);
        }
    }
    let json = serde_json::to_string(&object).map_err(|error| error.to_string())?;
    serde_json::from_str(&json).map_err(|error| error.to_string())
}

fn unreadable(fatal: Fatal) -> Vec<FieldError> {
    match fatal {
        Fatal::Header(problems) => problems,
        Fatal::Malformed { unit, position, reason } => {
            vec![FieldError::new(format!("{unit} {position}"), reason)]
        }
        Fatal::Read(error) => vec![FieldError::new("body", error.to_string())],
    }
}

fn collect(
    lines: impl Iterator<Item = (u64, Result<StockLine, String>)>,
) -> Result<Vec<(String, Level)>, Vec<FieldError>> {
    let (mut levels, mut problems) = (BTreeMap::new(), Vec::new());
    for (number, line) in lines {
        match line.and_then(|line| level(&line)) {
            Ok((product, level)) => {
                if levels.insert(product, level).is_some() {
                    problems.push(FieldError::new(format!("line {number}"), "names a product a second time"));
                }
            }
            Err(reason) => problems.push(FieldError::new(format!("line {number}"), reason)),
        }
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
    }
    if problems.is_empty() { Ok(levels.into_iter().collect()) } else { Err(problems) }
}

fn level(line: &StockLine) -> Result<(String, Level), String> {
    let product = line.product_id.clone().unwrap_or_default();
    if product.is_empty() || product.len() > MOST_ID_BYTES {
        return Err(format!("product_id must have 1 to {MOST_ID_BYTES} bytes"));
    }
    let whole = |name: &str, value: &Option<Box<RawValue>>, default: Option<i64>, least: i64, most: i64| {
        let Some(text) = text(value.as_deref()) else {
            return default.ok_or_else(|| format!("{name} is missing"));
        };
        let number = text.parse::<i64>().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("{name} must be a whole number from {least} to {most}"))
    };
    let price = |name: &str, value: &Option<Box<RawValue>>| {
        let parse = |text: String| money::parse_price(&text).map_err(|error| format!("{name} {error}"));
        text(value.as_deref()).map(parse).transpose()
    };
    let service_level = price("service_level", &line.service_level)?.unwrap_or(9_500);
    if !(5_000..=9_999).contains(&service_level) {
        return Err("service_level must be from 0.5 to 0.9999".to_owned());
    }
    let level = Level {
        on_hand: whole("on_hand", &line.on_hand, None, -MOST_UNITS, MOST_UNITS)?,
        on_order: whole("on_order", &line.on_order, Some(0), 0, MOST_UNITS)?,
        lead_days: whole("lead_days", &line.lead_days, Some(7), 0, 3_650)?,
        lead_deviation: whole("lead_deviation", &line.lead_deviation, Some(0), 0, 3_650)?,
        unit_cost: price("unit_cost", &line.unit_cost)?,
        order_cost: price("order_cost", &line.order_cost)?,
        service_level,
        pack: whole("pack", &line.pack, Some(1), 1, MOST_UNITS)?,
    };
    Ok((product, level))
}

/// A JSON number or text as it was written; `None` for null.
fn text(value: Option<&RawValue>) -> Option<String> {
    let value = value?.get();
    match serde_json::from_str::<Option<String>>(value) {
        Ok(text) => text,
        Err(_) => Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_json_say_the_same() {
        let csv = "product_id,on_hand,lead_days,unit_cost,service_level\nP-12,18,10,4.20,0.9\nP-1,-3,,,\n";
        let json = r#"[{"product_id": "P-12", "on_hand": 18, "lead_days": "10", "unit_cost": 4.20, "service_level": 0.9},
            {"product_id": "P-1", "on_hand": -3}]"#;
        let levels = from_csv(csv.as_bytes()).unwrap();
        assert_eq!(levels, from_json(json.as_bytes()).unwrap());
        let (product, level) = &levels[1];
        assert_eq!(
            (product.as_str(), level.on_hand, level.lead_days, level.unit_cost, level.service_level),
            ("P-12", 18, 10, Some(42_000), 9_000)
        );
        let (_, level) = &levels[0];
        assert_eq!((level.on_hand, level.lead_days, level.unit_cost, level.pack), (-3, 7, None, 1));
    }

    #[test]
    fn lines_are_those_of_the_file() {
        // A byte order mark, CRLF, an empty line, and a quoted id over two lines.
        let csv = "\u{feff}product_id,on_hand\r\n\r\n\"P\n1\",5\r\nP-2,x\r\nP-3,1,2\r\n\"P-4\r\n\",1.5";
        let problems = from_csv(csv.as_bytes()).unwrap_err();
        let told: Vec<String> =
            problems.iter().map(|problem| format!("{} {}", problem.field, problem.reason)).collect();
        let whole = "on_hand must be a whole number from -1000000000 to 1000000000";
        let expected = [
            &format!("line 5 {whole}"),
            "line 6 has 3 fields where the header has 2",
            &format!("line 7 {whole}"),
        ];
        assert_eq!(told, expected);
        let problems = from_csv(b"product_id,on_hand\n\"P\n\n1\",5\n\xff,1\n").unwrap_err();
        assert_eq!(problems[0], FieldError::new("line 5", "product_id is not valid UTF-8"));
        assert_eq!(from_csv(b"").unwrap_err()[0].field, "header");
        assert_eq!(from_csv(b"product_id,on_hand\n").unwrap(), []);
    }

    #[test]
    fn every_wrong_line_is_named() {
        let cost = from_csv(b"product_id,on_hand,unit_cost\nP-1,5,900000000000\nP-2,5,900000000000.01\n")
            .unwrap_err();
        assert_eq!((cost.len(), cost[0].field.as_str()), (1, "line 3"));
        assert!(cost[0].reason.starts_with("unit_cost is too large: "), "{cost:?}");
        let csv = "product_id,on_hand,pack\nP-1,x,1\n,5,1\nP-2,5,0\nP-3,5,1\nP-3,5,1\n";
        let problems = from_csv(csv.as_bytes()).unwrap_err();
        let lines: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(lines, ["line 2", "line 3", "line 4", "line 6"]);
        assert!(from_json(b"{}").is_err());
        assert!(
            from_csv(b"product_id,on_hand,colour\nP-1,5,red\n").unwrap_err()[0].reason.contains("colour")
        );
    }
}
