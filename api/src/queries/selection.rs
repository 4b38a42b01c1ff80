//! Filters by name become sets of numbers; a line or order is in or out. Shared by all reports.

use anyhow::Result;
use foldhash::HashMap;
use sqlx::AnyConnection;

use crate::{
    extract::{Filters, Span},
    ingest::terms::{self, Term},
    rollup::{
        packed::{PackedHeader, PackedLine},
        scan::{Members, Parts},
        slices::Slice,
    },
};

/// Which lines a report is about.
#[derive(Debug, Clone)]
pub struct Selection {
    /// When.
    pub span: Span,
    regions: Kept,
    channels: Kept,
    categories: Kept,
    products: Kept,
}

/// Numbers to keep; `None` keeps all.
type Kept = Option<Vec<bool>>;

impl Selection {
    /// Looks up the names of `filters`, and the number of `currency`. A name that the store does not know keeps nothing; a
    /// currency has `u32::MAX` then, which no order has.
    pub async fn resolve(
        connection: &mut AnyConnection,
        span: Span,
        filters: &Filters,
        currency: &str,
    ) -> Result<(Self, u32)> {
        let by_kind = [
            (Term::Region, &filters.regions),
            (Term::Channel, &filters.channels),
            (Term::Category, &filters.categories),
            (Term::Product, &filters.products),
        ];
        let named = by_kind.iter().flat_map(|(kind, names)| names.iter().map(|name| (*kind, name.as_str())));
        let wanted: Vec<(Term, &str)> = named.chain([(Term::Currency, currency)]).collect();
        let ids = terms::known_ids(connection, &wanted).await?;
        let [regions, channels, categories, products] = by_kind.map(|(kind, names)| kept(&ids, kind, names));
        let currency = ids.get(&(Term::Currency, currency.to_owned())).copied().unwrap_or(u32::MAX);
        Ok((Self { span, regions, channels, categories, products }, currency))
    }

    /// The same lines of another time.
    #[must_use]
    pub fn over(self, span: Span) -> Self {
        Self { span, ..self }
    }

    /// The rows of summaries to read, of all regions and channels together or of those asked for; nothing when no
    /// order can be kept.
    pub fn parts(&self, currency: u32) -> Option<Parts> {
        let parts = Parts { currency, regions: ids(&self.regions), channels: ids(&self.channels) };
        (!parts.regions.is_empty() && !parts.channels.is_empty()).then_some(parts)
    }

    /// The one category or product that this is about, and what else this asks of its lines; nothing when there are
    /// several, or places are asked for.
    pub fn slice(&self) -> Option<(Slice, Self)> {
        if !self.is_everywhere() {
            return None;
        }
        let rest = Self { categories: None, products: None, ..self.clone() };
        match (self.category_ids().as_deref(), self.product_ids().as_deref()) {
            (Some([category]), None) => Some((Slice::Category(*category), rest)),
            (None, Some([product])) => Some((Slice::Product(*product), rest)),
            _ => None,
        }
    }

    /// Whether nothing is filtered.
    pub fn is_everything(&self) -> bool {
        [&self.regions, &self.channels, &self.categories, &self.products].into_iter().all(Option::is_none)
    }

    /// Whether all regions and channels are asked for.
    pub fn is_everywhere(&self) -> bool {
        self.regions.is_none() && self.channels.is_none()
    }

    /// How many categories are asked for; `None` for all.
    pub fn category_count(&self) -> Option<usize> {
        self.categories.as_ref().map(|kept| kept.iter().filter(|kept| **kept).count())
    }

    /// Whether lines of a category can count.
    pub fn keeps_category(&self, category: u32) -> bool {
        keeps(&self.categories, category)
    }

    /// Categories asked for, by number, ascending; `None` for all.
    pub fn category_ids(&self) -> Option<Vec<u32>> {
        self.categories.as_ref().map(|_| ids(&self.categories))
    }

    /// Products asked for, by number, ascending; `None` for all.
    pub fn product_ids(&self) -> Option<Vec<u32>> {
        self.products.as_ref().map(|_| ids(&self.products))
    }

    /// Whose lines alone can count: where products and categories are asked for, the products'; `None` for everything's.
    pub fn members(&self) -> Option<Members> {
        if let Some(products) = self.product_ids() {
            return Some(Members::Products(products));
        }
        let regions = self.regions.as_ref().map(|_| ids(&self.regions));
        self.category_ids().map(|ids| Members::Categories { ids, regions })
    }

    /// Whether orders of this region and channel can have lines that count.
    pub fn keeps_place(&self, region: u32, channel: u32) -> bool {
        keeps(&self.regions, region) && keeps(&self.channels, channel)
    }

    /// Whether orders of this kind can have lines that count.
    pub fn keeps_order(&self, header: &PackedHeader) -> bool {
        self.keeps_place(header.region, header.channel)
    }

    /// Whether a line of an order that is kept counts.
    pub fn keeps_line(&self, line: &PackedLine) -> bool {
        keeps(&self.categories, line.category)
            && keeps(&self.products, line.product)
            && self.span.holds(line.at)
    }
}

fn keeps(kept: &Kept, id: u32) -> bool {
    kept.as_ref().is_none_or(|kept| kept.get(id as usize).copied().unwrap_or(false))
}

fn ids(kept: &Kept) -> Vec<u32> {
    match kept {
        None => vec![0],
        Some(kept) => (0_u32..).zip(kept).filter(|(_, kept)| **kept).map(|(id, _)| id).collect(),
    }
}

fn kept(ids: &HashMap<(Term, String), u32>, kind: Term, names: &[String]) -> Kept {
    if names.is_empty() {
        return None;
    }
    let ids = || ids.iter().filter(|((one, _), _)| *one == kind).map(|(_, id)| *id as usize);
    let mut kept = vec![false; ids().max().map_or(0, |id| id + 1)];
    ids().for_each(|id| kept[id] = true);
    Some(kept)
}
