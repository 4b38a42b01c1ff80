//! Filters by name become sets of numbers; a line or order is in or out. Shared by all reports.

use anyhow::Result;
use sqlx::AnyConnection;

use crate::{
    extract::{Filters, Span},
    ingest::terms::{self, Term},
    rollup::packed::{PackedHeader, PackedLine},
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
    /// Looks up the names of `filters`. A name that the store does not know keeps nothing.
    pub async fn resolve(connection: &mut AnyConnection, span: Span, filters: &Filters) -> Result<Self> {
        Ok(Self {
            span,
            regions: kept(connection, Term::Region, &filters.regions).await?,
            channels: kept(connection, Term::Channel, &filters.channels).await?,
            categories: kept(connection, Term::Category, &filters.categories).await?,
            products: kept(connection, Term::Product, &filters.products).await?,
        })
    }

    /// Whether orders of this kind can have lines that count.
    pub fn keeps_order(&self, header: &PackedHeader) -> bool {
        keeps(&self.regions, header.region) && keeps(&self.channels, header.channel)
    }

    /// Whether a line of an order that is kept counts.
    pub fn keeps_line(&self, line: &PackedLine) -> bool {
        self.keeps_kind(line) && line.at >= self.span.start && line.at < self.span.end
    }

    /// Whether a line counts at any time.
    pub fn keeps_kind(&self, line: &PackedLine) -> bool {
        keeps(&self.categories, line.category) && keeps(&self.products, line.product)
    }
}

fn keeps(kept: &Kept, id: u32) -> bool {
    kept.as_ref().is_none_or(|kept| kept.get(id as usize).copied().unwrap_or(false))
}

async fn kept(connection: &mut AnyConnection, kind: Term, names: &[String]) -> Result<Kept> {
    if names.is_empty() {
        return Ok(None);
    }
    let ids = terms::known_ids(connection, kind, names).await?;
    let mut kept = vec![false; ids.values().max().map_or(0, |&id| id as usize + 1)];
    ids.values().for_each(|&id| kept[id as usize] = true);
    Ok(Some(kept))
}
