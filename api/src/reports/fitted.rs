//! Fitted results as answers: what every one of them says first, the rows that were asked for, and a table as CSV.
//! Members stay as they were written, digit by digit; one customer alone may be valued anew.

use std::fmt;

use anyhow::{Context, Result};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap as _,
};
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;

use super::table::{Cell, Table};
use crate::{
    extract::fitted::{FittedRequest, Valued},
    fits::{Report, ValuedCustomer, store::StoredFit},
};

/// How a fitted report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The numbers are those of the data of now.
    Fitted,
    /// The data, the currency, the time zone, or the stock levels that the report needs have changed since; the numbers are
    /// those before.
    Stale,
    /// There are fewer orders, customers or days than the model needs; `reason` says how many it does.
    TooLittleData,
    /// The data is all alike, for example one price for everything: nothing can be learnt from it. `reason` says of what.
    NoVariation,
    /// The data has values that the model is not made for; `reason` says which.
    OutOfDomain,
    /// The search for parameters found no optimum.
    NotConverged,
    /// Nothing has been fitted yet.
    Pending,
}

impl Status {
    /// Of a model that refused, by the name of its refusal.
    fn refused(name: &str) -> Self {
        match name {
            "no_variation" => Self::NoVariation,
            "out_of_domain" => Self::OutOfDomain,
            "not_converged" => Self::NotConverged,
            _ => Self::TooLittleData,
        }
    }
}

/// What every fitted report says first. All times are those of the fit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Standing {
    /// Path of the report.
    #[schema(example = "sales/forecast")]
    pub model: &'static str,
    /// How it stands.
    pub status: Status,
    /// Why there are no numbers.
    pub reason: Option<String>,
    /// When it was fitted (RFC 3339).
    #[schema(example = "2018-01-01T03:00:00Z")]
    pub as_of: Option<String>,
    /// The data version that it has seen.
    pub data_version: Option<i64>,
    /// The data version of now.
    pub current_data_version: i64,
    /// First day with a line.
    pub first_day: Option<String>,
    /// Last day with a line: the today of every model.
    pub last_day: Option<String>,
    /// ISO 4217 code of every amount.
    #[schema(example = "USD")]
    pub currency: String,
    /// IANA zone that days belong to.
    pub time_zone: String,
    /// What was done, in words.
    pub method: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Fitted {
    standing: Standing,
    members: Members,
    table: &'static str,
}

impl Fitted {
    /// The answer to `request` from what is stored, if anything is. `standing` is that of nothing stored; `stock_changed_ms`
    /// is when stock levels changed, where the report needs them.
    pub fn new(
        request: &FittedRequest,
        standing: Standing,
        stored: Option<StoredFit>,
        stock_changed_ms: Option<i64>,
    ) -> Result<Self> {
        let table = request.table;
        let Some(stored) = stored else { return Ok(Self { standing, members: Members::default(), table }) };
        let day = |day: i32| crate::fits::date(day).to_string();
        let current = stored.data_version == standing.current_data_version
            && stored.currency == standing.currency
            && stored.time_zone == standing.time_zone
            && stock_changed_ms.is_none_or(|changed| changed == stored.stock_changed_ms);
        let status = match &stored.result {
            Ok(_) if current => Status::Fitted,
            Ok(_) => Status::Stale,
            Err(refused) => Status::refused(&refused.status),
        };
        let standing = Standing {
            status,
            reason: stored.result.as_ref().err().map(|refused| refused.reason.clone()),
            as_of: Some(stored.fitted_at.to_string()),
            data_version: Some(stored.data_version),
            first_day: stored.range.map(|range| day(range.0)),
            last_day: stored.range.map(|range| day(range.1)),
            currency: stored.currency,
            time_zone: stored.time_zone,
            method: Some(stored.method),
            ..standing
        };
        let mut members: Members = match &stored.result {
            Ok(json) => serde_json::from_str(json).context("read a fitted result")?,
            Err(_) => Members::default(),
        };
        if let Some(rows) = members.get_mut(table) {
            *rows = cut(rows, request)?;
        }
        Ok(Self { standing, members, table })
    }

    /// With `row` as the only customer, if it is known, and the terms it is `valued` by. Without numbers it stays as it is.
    pub fn about(mut self, valued: &Valued, row: Option<&ValuedCustomer>) -> Result<Self> {
        let mut put = |name: &str, value: Box<RawValue>| {
            if let Some(member) = self.members.get_mut(name) {
                *member = value;
            }
        };
        put("horizon_days", to_raw_value(&valued.horizon_days)?);
        put("discount_rate_yearly", to_raw_value(&valued.discount_rate)?);
        if valued.differs() {
            // Of all customers it is not known by these terms.
            for table in Report::LifetimeValue.tables() {
                put(table, to_raw_value::<[(); 0]>(&[])?);
            }
        }
        put(self.table, to_raw_value(row.as_slice())?);
        Ok(self)
    }

    /// The table that was asked for.
    pub fn to_csv(&self) -> Result<String> {
        let rows: Vec<Members> = match self.members.get(self.table) {
            Some(rows) => serde_json::from_str(rows.get()).context("read the rows")?,
            None => vec![],
        };
        let flat: Vec<Vec<(String, Box<RawValue>)>> =
            rows.iter().map(Members::flat).collect::<Result<_>>()?;
        let columns: Vec<&str> =
            flat.first().map_or(vec![], |row| row.iter().map(|(name, _)| name.as_str()).collect());
        let mut table = Table::new(&columns);
        for row in &flat {
            let cells: Vec<String> = row.iter().map(|(_, value)| cell(value)).collect();
            let cells = cells.iter().zip(row).map(|(text, (_, value))| {
                if value.get().starts_with('"') { Cell::Text(text) } else { Cell::Plain(text) }
            });
            table.row(&cells.collect::<Vec<_>>());
        }
        Ok(table.finish())
    }
}

impl Serialize for Fitted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Answer<'a> {
            #[serde(flatten)]
            standing: &'a Standing,
            #[serde(flatten)]
            members: &'a Members,
        }
        Answer { standing: &self.standing, members: &self.members }.serialize(serializer)
    }
}

/// The rows that were asked for.
fn cut(rows: &RawValue, request: &FittedRequest) -> Result<Box<RawValue>> {
    let mut rows: Vec<Box<RawValue>> = serde_json::from_str(rows.get()).context("read the rows")?;
    if let Some(only) = &request.only {
        let wanted = serde_json::to_string(only)?;
        let mut kept = Vec::new();
        for row in rows {
            let members: Members = serde_json::from_str(row.get()).context("read a row")?;
            let ids = members.flat()?;
            if ids.iter().any(|(name, value)| name.ends_with("_id") && value.get() == wanted) {
                kept.push(row);
            }
        }
        rows = kept;
    }
    rows.truncate(request.limit);
    Ok(to_raw_value(&rows)?)
}

/// Text without its quotes, nothing for null, everything else as it is.
fn cell(value: &RawValue) -> String {
    match serde_json::from_str::<Option<String>>(value.get()) {
        Ok(text) => text.unwrap_or_default(),
        Err(_) => value.get().to_owned(),
    }
}

/// The members of an object in their order, values as they were written.
#[derive(Debug, Default)]
struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    fn get(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut Box<RawValue>> {
        self.0.iter_mut().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// With the members of inner objects in place of these, named `outer_inner`. Lists are left out.
    fn flat(&self) -> Result<Vec<(String, Box<RawValue>)>> {
        let mut flat = Vec::new();
        for (name, value) in &self.0 {
            match value.get().as_bytes().first() {
                Some(b'[') => {}
                Some(b'{') => {
                    let inner: Self = serde_json::from_str(value.get())?;
                    let inner = inner.flat()?.into_iter();
                    flat.extend(inner.map(|(own, value)| (format!("{name}_{own}"), value)));
                }
                _ => flat.push((name.clone(), value.clone())),
            }
        }
        Ok(flat)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
