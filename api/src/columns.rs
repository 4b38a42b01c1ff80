//! Reads columns of text, which the store keeps as bytes: the driver calls them text on `MySQL` and bytes on `SQLite`.

use anyhow::{Context, Result};
use sqlx::{
    Column, Row, ValueRef,
    any::{AnyRow, AnyTypeInfoKind},
};

/// The bytes of a text.
pub fn bytes(row: &AnyRow, index: usize) -> Result<&[u8], sqlx::Error> {
    match row.try_get_raw(index)?.type_info().kind() {
        AnyTypeInfoKind::Text => row.try_get::<&str, _>(index).map(str::as_bytes),
        _ => row.try_get(index),
    }
}

/// A text.
pub fn text(row: &AnyRow, index: usize) -> Result<String> {
    let text = std::str::from_utf8(bytes(row, index)?);
    Ok(text.with_context(|| format!("column {} is not text", row.column(index).name()))?.to_owned())
}
