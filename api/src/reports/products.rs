//! The products report: performance, shares, ABC classes and velocity.

use std::{cmp::Reverse, collections::BTreeMap};

use anyhow::Result;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    sales::{OtherCurrency, other_currencies, revenue_by_name},
    share,
    table::{Cell, Table},
};
use crate::{
    calendar::{date_at, days_between},
    extract::products::ProductsRequest,
    money::{Currency, ExactNumber, average, divide_rounded},
    queries::products::{BestProduct, ProductsAnswer},
    rollup::measures::Measures,
};

/// Decimals of a velocity.
const VELOCITY_DECIMALS: u32 = 4;

/// Products over a range of days, or over all time. Amounts are exact decimal numbers of `currency`; only lines in it
/// count.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductsReport {
    /// First day; null from the first order on.
    pub start_date: Option<String>,
    /// Last day, included; null up to the last order.
    pub end_date: Option<String>,
    /// IANA zone that the days belong to.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    /// ISO 4217 code of every amount.
    #[schema(example = "USD")]
    pub currency: String,
    /// Products with a line in the range.
    pub total_products: usize,
    /// Net revenue of all of them.
    #[schema(value_type = f64)]
    pub total_revenue: ExactNumber,
    /// Days from the first to the last one with a line in the range, both included.
    pub observed_days: i64,
    /// Best products, in the order of `sort`.
    pub top_performing_products: Vec<ProductPerformance>,
    /// Net revenue by category as sold.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub category_performance: BTreeMap<String, ExactNumber>,
    /// Net revenue by category in percent of all, to 2 decimals; 0 where there is no revenue.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub category_shares: BTreeMap<String, ExactNumber>,
    /// Number of products and their revenue by ABC class.
    pub abc_classes: Vec<ClassSummary>,
    /// Categories compared.
    pub inventory_insights: InventoryInsights,
    /// Sales of the range in other currencies, which are in none of the figures above.
    pub other_currencies: Vec<OtherCurrency>,
}

/// One product's figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductPerformance {
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub product_name: String,
    /// Latest category.
    pub category: String,
    /// Units sold less units returned.
    pub total_sold: i64,
    /// Net revenue.
    #[schema(value_type = f64)]
    pub total_revenue: ExactNumber,
    /// What a sold unit cost on average after discounts: (gross − discounts) ÷ units sold.
    #[schema(value_type = f64)]
    pub avg_price: ExactNumber,
    /// Distinct orders with a sale of it.
    pub orders: i64,
    /// Net revenue in percent of all products', to 2 decimals; 0 where they have none.
    #[schema(value_type = f64)]
    pub revenue_share: ExactNumber,
    /// A, B or C. With the products in descending order of net revenue (ties by id), a product is A when those before
    /// it have less than 80 % of the revenue, B when they have less than 95 %, else C. Products without revenue are
    /// C and do not count in the whole. `limit` and `sort` change no class.
    pub abc_class: AbcClass,
    /// Units (net of returns) per observed day, to 4 decimals.
    #[schema(value_type = f64)]
    pub velocity: ExactNumber,
}

/// Rank of a product by the revenue it brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub enum AbcClass {
    /// Makes up the first 80 %.
    A,
    /// From there to 95 %.
    B,
    /// The rest.
    C,
}

/// The products of one ABC class.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassSummary {
    /// The class.
    pub abc_class: AbcClass,
    /// How many products.
    pub products: usize,
    /// Their net revenue.
    #[schema(value_type = f64)]
    pub revenue: ExactNumber,
}

/// Categories compared by net revenue; ties go to the first name.
#[derive(Debug, Serialize, ToSchema)]
pub struct InventoryInsights {
    /// Categories with a line in the range.
    pub total_categories: usize,
    /// The one with most net revenue; null without orders.
    pub most_profitable_category: Option<String>,
    /// The one with least net revenue; null without orders.
    pub least_profitable_category: Option<String>,
}

impl ProductsReport {
    /// Shapes the answer to `request`.
    pub fn new(request: &ProductsRequest, answer: &ProductsAnswer) -> Result<Self> {
        let currency = request.currency;
        let total: i64 = answer.nets.iter().sum();
        let observed_days = observed_days(request, answer);
        let classes = abc_classes(&answer.nets);
        let shape = |product: &BestProduct| {
            ProductPerformance::new(currency, product, classes[product.place], total, observed_days)
        };
        let categories = &answer.by_category;
        Ok(Self {
            start_date: request.start_date.map(|date| date.to_string()),
            end_date: request.end_date.map(|date| date.to_string()),
            time_zone: request.zone_name().to_owned(),
            currency: currency.code().to_owned(),
            total_products: answer.nets.len(),
            total_revenue: currency.number(total),
            observed_days,
            top_performing_products: answer.best.iter().map(shape).collect(),
            category_performance: revenue_by_name(currency, categories),
            category_shares: category_shares(categories),
            abc_classes: class_summaries(currency, &answer.nets, &classes),
            inventory_insights: InventoryInsights::new(categories),
            other_currencies: other_currencies(&answer.other_currencies)?,
        })
    }

    /// The report's main table: the best products.
    pub fn to_csv(&self) -> String {
        let mut table = Table::new(&[
            "product_id",
            "product_name",
            "category",
            "total_sold",
            "total_revenue",
            "avg_price",
            "orders",
            "revenue_share",
            "abc_class",
            "velocity",
            "currency",
        ]);
        for product in &self.top_performing_products {
            table.row(&[
                Cell::Text(&product.product_id),
                Cell::Text(&product.product_name),
                Cell::Text(&product.category),
                Cell::Plain(&product.total_sold),
                Cell::Plain(&product.total_revenue),
                Cell::Plain(&product.avg_price),
                Cell::Plain(&product.orders),
                Cell::Plain(&product.revenue_share),
                Cell::Plain(&format_args!("{:?}", product.abc_class)),
                Cell::Plain(&product.velocity),
                Cell::Plain(&self.currency),
            ]);
        }
        table.finish()
    }
}

impl ProductPerformance {
    fn new(
        currency: Currency,
        BestProduct { sales, .. }: &BestProduct,
        abc_class: AbcClass,
        total: i64,
        observed_days: i64,
    ) -> Self {
        let measures = &sales.measures;
        Self {
            product_id: sales.product_id.clone(),
            product_name: sales.name.clone(),
            category: sales.category.clone(),
            total_sold: measures.units(),
            total_revenue: currency.number(measures.net()),
            avg_price: currency.number(average(measures.gross - measures.discounts, measures.units_sold)),
            orders: measures.orders,
            revenue_share: share(measures.net(), total),
            abc_class,
            velocity: velocity(measures.units(), observed_days),
        }
    }
}

impl InventoryInsights {
    fn new(categories: &BTreeMap<String, Measures>) -> Self {
        let most = categories.iter().min_by_key(|(_, measures)| Reverse(measures.net()));
        let least = categories.iter().min_by_key(|(_, measures)| measures.net());
        Self {
            total_categories: categories.len(),
            most_profitable_category: most.map(|(name, _)| name.clone()),
            least_profitable_category: least.map(|(name, _)| name.clone()),
        }
    }
}

/// The class of each product, by net revenue, in descending order.
fn abc_classes(nets: &[i64]) -> Vec<AbcClass> {
    let revenue = |net: &i64| i128::from((*net).max(0));
    let whole: i128 = nets.iter().map(revenue).sum();
    let mut before = 0;
    let class = |net: &i64| {
        let class = match before * 100 {
            _ if revenue(net) == 0 => AbcClass::C,
            scaled if scaled < whole * 80 => AbcClass::A,
            scaled if scaled < whole * 95 => AbcClass::B,
            _ => AbcClass::C,
        };
        before += revenue(net);
        class
    };
    nets.iter().map(class).collect()
}

fn class_summaries(currency: Currency, nets: &[i64], classes: &[AbcClass]) -> Vec<ClassSummary> {
    let summary = |class| {
        let members = nets.iter().zip(classes).filter(|(_, found)| **found == class);
        let nets: Vec<i64> = members.map(|(net, _)| *net).collect();
        let revenue = currency.number(nets.iter().sum());
        (!nets.is_empty()).then_some(ClassSummary { abc_class: class, products: nets.len(), revenue })
    };
    [AbcClass::A, AbcClass::B, AbcClass::C].into_iter().filter_map(summary).collect()
}

fn category_shares(categories: &BTreeMap<String, Measures>) -> BTreeMap<String, ExactNumber> {
    let whole: i64 = categories.values().map(Measures::net).sum();
    categories.iter().map(|(name, measures)| (name.clone(), share(measures.net(), whole))).collect()
}

fn observed_days(request: &ProductsRequest, answer: &ProductsAnswer) -> i64 {
    let day = |second| date_at(second, &request.time_zone);
    // Zones are ahead of or behind UTC by quarter hours, so a quarter hour lies within a day.
    answer.observed.map_or(0, |observed| i64::from(days_between(day(observed.start), day(observed.end))) + 1)
}

fn velocity(units: i64, days: i64) -> ExactNumber {
    let scaled = i128::from(units) * 10_i128.pow(VELOCITY_DECIMALS);
    let units = if days == 0 { 0 } else { divide_rounded(scaled, i128::from(days)) };
    ExactNumber { units: i64::try_from(units).unwrap_or(i64::MAX), decimals: VELOCITY_DECIMALS }
}
