//! The texts of a batch and their numbers: an order as it was sent becomes one as the store holds it. Writes nothing but
//! the dictionary.

use anyhow::Result;
use foldhash::{HashMap, HashMapExt};

use super::{
    stored::{Header, Incoming, StoredLine},
    terms::{Dictionary, Term},
    write::SentOrder,
};
use crate::db::Db;

/// The numbers of all texts of a batch.
pub(super) struct Texts<'a> {
    customers: HashMap<&'a str, u32>,
    products: HashMap<&'a str, u32>,
    names: HashMap<&'a str, u32>,
    categories: HashMap<&'a str, u32>,
    regions: HashMap<&'a str, u32>,
    channels: HashMap<&'a str, u32>,
    currencies: HashMap<&'a str, u32>,
}

impl<'a> Texts<'a> {
    /// Asks the dictionary, which makes the numbers that there are not yet.
    pub(super) async fn resolve(db: &Db, dictionary: &Dictionary, orders: &'a [SentOrder]) -> Result<Self> {
        let mut texts = Self::of(orders);
        for (kind, ids) in [
            (Term::Customer, &mut texts.customers),
            (Term::Product, &mut texts.products),
            (Term::Name, &mut texts.names),
            (Term::Category, &mut texts.categories),
            (Term::Region, &mut texts.regions),
            (Term::Channel, &mut texts.channels),
            (Term::Currency, &mut texts.currencies),
        ] {
            dictionary.fill(db, kind, ids).await?;
        }
        Ok(texts)
    }

    /// The distinct texts, without numbers yet.
    fn of(orders: &'a [SentOrder]) -> Self {
        let mut texts = Self {
            customers: HashMap::with_capacity(orders.len()),
            products: HashMap::new(),
            names: HashMap::new(),
            categories: HashMap::new(),
            regions: HashMap::new(),
            channels: HashMap::new(),
            currencies: HashMap::new(),
        };
        for order in orders {
            let Some((_, first)) = order.lines.first() else { continue };
            if !first.customer_id.is_empty() {
                texts.customers.insert(&first.customer_id, 0);
            }
            texts.regions.insert(&first.region, 0);
            texts.channels.insert(&first.channel, 0);
            texts.currencies.insert(&first.currency, 0);
            for (_, line) in &order.lines {
                texts.products.insert(&line.product_id, 0);
                texts.names.insert(&line.product_name, 0);
                texts.categories.insert(&line.category, 0);
            }
        }
        texts
    }

    /// The lines of `sent` with their texts replaced by numbers.
    pub(super) fn incoming(&self, sent: &SentOrder) -> Incoming {
        let lines = sent.lines.iter().map(|(_, line)| {
            let product = id(&self.products, &line.product_id);
            let name = id(&self.names, &line.product_name);
            (line.line, StoredLine::new(line, product, name, id(&self.categories, &line.category)))
        });
        let header = sent.lines.first().map_or(
            Header { customer: 0, region: 0, channel: 0, currency: 0 },
            |(_, line)| Header {
                customer: id(&self.customers, &line.customer_id),
                region: id(&self.regions, &line.region),
                channel: id(&self.channels, &line.channel),
                currency: id(&self.currencies, &line.currency),
            },
        );
        Incoming { header, merge: sent.merge, lines: lines.collect() }
    }
}

/// 0 stands for none, which only an empty customer has.
fn id(ids: &HashMap<&str, u32>, text: &str) -> u32 {
    ids.get(text).copied().unwrap_or(0)
}
