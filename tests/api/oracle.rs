//! `tests/data/oracle.py`, which counts with `DuckDB`, and its answers in the shapes of ours.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use eap_api::{
    queries::{
        customers::{CustomerSales, CustomersAnswer},
        sales::{ProductSales, SalesAnswer},
    },
    rollup::measures::Measures,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the oracle and the generator lie.
pub(crate) const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data");

/// The answers to `questions` about the lines of `file`.
pub(crate) fn ask(python: &str, file: &Path, questions: &[Value]) -> Vec<Oracle> {
    let mut command = Command::new(python);
    command.arg(format!("{DATA}/oracle.py")).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("start Python");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(json!(questions).to_string().as_bytes()).expect("ask");
    drop(stdin);
    let output = child.wait_with_output().expect("the answer");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("answers of the oracle")
}

/// Its answer to one question.
#[derive(Deserialize)]
pub(crate) struct Oracle {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) sales: OracleSales,
    pub(crate) other_currencies: BTreeMap<String, Sums>,
    pub(crate) products: Vec<OracleProduct>,
    pub(crate) customers: OracleCustomers,
    /// What `recount.py` counts, where it was asked to.
    pub(crate) fitted: Value,
}

#[derive(Deserialize)]
pub(crate) struct OracleSales {
    pub(crate) totals: Sums,
    pub(crate) customers: u64,
    pub(crate) by_region: BTreeMap<String, Sums>,
    pub(crate) by_channel: BTreeMap<String, Sums>,
    pub(crate) by_category: BTreeMap<String, Sums>,
    pub(crate) top_products: Vec<OracleTopProduct>,
    pub(crate) series: Vec<Sums>,
}

#[derive(Deserialize)]
pub(crate) struct OracleTopProduct {
    pub(crate) product_id: String,
    #[serde(flatten)]
    pub(crate) sums: Sums,
}

#[derive(Deserialize)]
pub(crate) struct OracleProduct {
    pub(crate) product_id: String,
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) abc: String,
    #[serde(flatten)]
    pub(crate) sums: Sums,
}

#[derive(Deserialize)]
pub(crate) struct OracleCustomers {
    pub(crate) total: u64,
    pub(crate) active: u64,
    pub(crate) new: u64,
    pub(crate) previous: u64,
    pub(crate) retained: u64,
    pub(crate) lifetime_net: i64,
    pub(crate) top: Vec<OracleCustomer>,
    pub(crate) rfm: Checksums,
    /// Customers and net revenue of each RFM segment.
    pub(crate) segments: BTreeMap<String, (i64, i64)>,
    pub(crate) cohorts: Vec<Vec<u64>>,
}

#[derive(Deserialize)]
pub(crate) struct OracleCustomer {
    pub(crate) customer_id: String,
    pub(crate) lifetime_net: i64,
    #[serde(flatten)]
    pub(crate) sums: Sums,
}

#[derive(Deserialize)]
pub(crate) struct Sums {
    pub(crate) units_sold: i64,
    pub(crate) units_returned: i64,
    pub(crate) gross: i64,
    pub(crate) discounts: i64,
    pub(crate) returns: i64,
    pub(crate) net: i64,
    pub(crate) orders: i64,
}

/// The customers' histories, added up in ways that do not depend on their order.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Checksums {
    pub(crate) customers: i64,
    pub(crate) last_sale: i64,
    pub(crate) orders: i64,
    pub(crate) net: i64,
    pub(crate) orders_squared: i64,
    pub(crate) orders_by_last_second: i64,
    pub(crate) net_by_orders: i64,
}

impl Oracle {
    pub(crate) fn sales(&self) -> SalesAnswer {
        let sales = &self.sales;
        let top = sales.top_products.iter().map(|top| {
            let product = self.products.iter().find(|product| product.product_id == top.product_id);
            ProductSales { measures: top.sums.measures(), ..product.expect("a product of the range").sales() }
        });
        SalesAnswer {
            totals: sales.totals.measures(),
            customers: sales.customers,
            by_region: measured(&sales.by_region),
            by_channel: measured(&sales.by_channel),
            by_category: measured(&sales.by_category),
            top_products: top.collect(),
            series: sales.series.iter().map(Sums::measures).collect(),
            other_currencies: measured(&self.other_currencies),
        }
    }

    pub(crate) fn products(&self) -> Vec<ProductSales> {
        self.products.iter().map(OracleProduct::sales).collect()
    }

    pub(crate) fn customers(&self) -> CustomersAnswer {
        let customers = &self.customers;
        let top = customers.top.iter().map(|customer| CustomerSales {
            customer_id: customer.customer_id.clone(),
            net: customer.sums.measures().net(),
            orders: customer.sums.measures().orders,
            lifetime_net: customer.lifetime_net,
        });
        CustomersAnswer {
            total_customers: customers.total,
            active_customers: customers.active,
            new_customers: customers.new,
            previous_customers: customers.previous,
            retained_customers: customers.retained,
            lifetime_net: customers.lifetime_net,
            top_customers: top.collect(),
            recency_frequency_monetary: vec![],
            other_currencies: measured(&self.other_currencies),
            cohorts: customers.cohorts.clone(),
        }
    }
}

impl OracleProduct {
    pub(crate) fn sales(&self) -> ProductSales {
        ProductSales {
            product_id: self.product_id.clone(),
            name: self.name.clone(),
            category: self.category.clone(),
            measures: self.sums.measures(),
        }
    }
}

impl Sums {
    pub(crate) fn measures(&self) -> Measures {
        let measures = Measures {
            units_sold: self.units_sold,
            units_returned: self.units_returned,
            gross: self.gross,
            discounts: self.discounts,
            returns: self.returns,
            orders: self.orders,
        };
        assert_eq!(measures.net(), self.net);
        measures
    }
}

impl Checksums {
    pub(crate) fn of(answer: &CustomersAnswer) -> Self {
        let histories = &answer.recency_frequency_monetary;
        Self {
            customers: i64::try_from(histories.len()).expect("a count"),
            last_sale: histories.iter().map(|one| one.last_sale).sum(),
            orders: histories.iter().map(|one| one.orders).sum(),
            net: histories.iter().map(|one| one.net).sum(),
            orders_squared: histories.iter().map(|one| one.orders * one.orders).sum(),
            orders_by_last_second: histories.iter().map(|one| one.orders * (one.last_sale % 86_400)).sum(),
            net_by_orders: histories.iter().map(|one| one.net % 1_000 * one.orders).sum(),
        }
    }
}

/// Groups as our answers have them.
pub(crate) fn measured(groups: &BTreeMap<String, Sums>) -> BTreeMap<String, Measures> {
    groups.iter().map(|(name, sums)| (name.clone(), sums.measures())).collect()
}
