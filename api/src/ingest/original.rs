//! Orders of a running original platform, read from its table `sales_transactions` page by page. One row is one
//! order of one line. Only reads, and locks nothing: what lands while it reads is found by the next import.

use anyhow::{Context, Result};
use sqlx::{AnyConnection, Row as _, any::AnyRow};
use tokio::runtime::Handle;

use super::{
    draft::{Draft, StoreDefaults, check_with},
    order::{Fatal, Orders, Parsed, Row},
};
use crate::{columns, error::FieldError, money::parse_price};

/// Rows read in one statement.
const PAGE_ROWS: i64 = 5_000;

/// What the original may have rounded a total up by, in ten-thousandths.
const HALF_CENT: i128 = 50;

/// Everything as text, whatever types the columns have, but money: floats in the original, which become doubles by
/// the addition. As text or decimals the server would round a FLOAT to six digits, or show the error of its seventh.
const PAGE: &str = "SELECT CAST(id AS SIGNED), COALESCE(CAST(transaction_id AS CHAR), ''), \
    COALESCE(CAST(customer_id AS CHAR), ''), COALESCE(CAST(product_id AS CHAR), ''), \
    COALESCE(CAST(product_name AS CHAR), ''), COALESCE(CAST(category AS CHAR), ''), \
    COALESCE(CAST(quantity AS CHAR), ''), unit_price + 0e0, total_amount + 0e0, \
    COALESCE(CAST(transaction_date AS CHAR), ''), COALESCE(CAST(region AS CHAR), ''), \
    COALESCE(CAST(channel AS CHAR), '') FROM sales_transactions WHERE id > ? ORDER BY id LIMIT ?";

/// Number of rows to read, for progress; fails when this is not an original database.
pub async fn count(connection: &mut AnyConnection) -> Result<u64> {
    let rows = sqlx::query("SELECT COUNT(*) FROM sales_transactions").fetch_one(connection).await;
    let count: i64 =
        rows.context("read the table `sales_transactions` of the original platform")?.try_get(0)?;
    Ok(count.unsigned_abs())
}

/// The rows as orders; a rejected row is named by its `id`. To be read on a thread that may block, of the runtime
/// that `handle` names. `progress` hears the number of rows read after each page.
pub fn read(
    connection: AnyConnection,
    handle: Handle,
    store: StoreDefaults,
    progress: impl FnMut(u64),
) -> impl Iterator<Item = Result<Parsed, Fatal>> {
    let mut pages = Pages { connection, handle, last_id: i64::MIN, progress };
    let rows = std::iter::from_fn(move || pages.next_page().transpose());
    let rows = rows.flat_map(move |page| match page {
        Ok(page) => page.iter().map(|row| check(row, &store)).collect(),
        Err(fatal) => vec![Err(fatal)],
    });
    Orders::new(rows)
}

struct Pages<P> {
    connection: AnyConnection,
    handle: Handle,
    last_id: i64,
    progress: P,
}

impl<P: FnMut(u64)> Pages<P> {
    fn next_page(&mut self) -> Result<Option<Vec<AnyRow>>, Fatal> {
        let query = sqlx::query(PAGE).bind(self.last_id).bind(PAGE_ROWS).fetch_all(&mut self.connection);
        let rows = self.handle.block_on(query).map_err(unreadable)?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.last_id = last.try_get(0).map_err(unreadable)?;
        (self.progress)(rows.len() as u64);
        Ok(Some(rows))
    }
}

fn unreadable(error: sqlx::Error) -> Fatal {
    Fatal::Read(std::io::Error::other(error))
}

fn check(row: &AnyRow, store: &StoreDefaults) -> Result<Row, Fatal> {
    let id: i64 = row.try_get(0).map_err(unreadable)?;
    let text = |index| columns::text(row, index).map_err(|error| Fatal::Read(std::io::Error::other(error)));
    let texts =
        [1, 2, 3, 4, 5, 6, 9, 10, 11].into_iter().map(text).collect::<Result<Vec<String>, Fatal>>()?;
    let [order_id, customer_id, product_id, product_name, category, quantity, at, region, channel] =
        texts.as_slice()
    else {
        unreachable!("nine columns were read");
    };
    let amount = |index| row.try_get::<Option<f64>, _>(index).map_err(unreadable);
    let price = &amount(7)?.map(decimal).unwrap_or_default();
    let total = &amount(8)?.map(decimal).unwrap_or_default();
    let (discount, problems) = match discount(quantity, price, total) {
        Ok(discount) => (discount, vec![]),
        Err(problem) => (String::new(), vec![problem]),
    };
    let draft = Draft {
        order_id,
        line: "1",
        customer_id,
        product_id,
        product_name,
        category,
        quantity,
        unit_price: price,
        discount: &discount,
        ordered_at: at,
        region,
        channel,
        ..Draft::default()
    };
    let position = id.unsigned_abs();
    Ok(match check_with(&draft, problems, store) {
        Ok(line) => Row::Good { position, line },
        Err(problems) => Row::Bad { position, order_id: Some(order_id.clone()), problems },
    })
}

/// The amount that was written into a float column: the shortest text that means this float, to four decimals.
fn decimal(amount: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "whether anything is lost is the question")]
    let single = amount as f32;
    #[expect(clippy::float_cmp, reason = "the same number to the last bit, or not")]
    let was_single = f64::from(single) == amount;
    // A FLOAT that became a double has digits behind its seventh that nobody wrote.
    let text = if was_single { single.to_string() } else { amount.to_string() };
    match text.split_once('.') {
        Some((_, decimals)) if decimals.len() > 4 => format!("{amount:.4}"),
        _ => text,
    }
}

/// What `total_amount` is below list price, as an amount of money. Empty when the row says too little: then the
/// draft says what is wrong.
fn discount(quantity: &str, unit_price: &str, total: &str) -> Result<String, FieldError> {
    let (Ok(quantity), Ok(unit_price)) = (quantity.parse::<i64>(), parse_price(unit_price)) else {
        return Ok(String::new());
    };
    if total.is_empty() {
        return Ok(String::new());
    }
    let total = parse_price(total.trim_start_matches('-'))
        .map_err(|error| FieldError::new("total_amount", error.to_string()))?;
    let discount = i128::from(quantity.unsigned_abs()) * i128::from(unit_price) - i128::from(total);
    // A FLOAT holds 24 bits: a large total is off by more than the original's rounding.
    let tolerance = HALF_CENT.max(i128::from(total) >> 23);
    if discount < -tolerance {
        return Err(FieldError::new("total_amount", "must not exceed unit_price × quantity"));
    }
    let discount = discount.max(0);
    Ok(format!("{}.{:04}", discount / 10_000, discount % 10_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_become_what_was_written() {
        let single = |amount: f32| decimal(f64::from(amount));
        for text in ["1234.57", "12345.67", "99999.99", "0.333", "8.5", "20", "99999.98"] {
            assert_eq!(single(text.parse().unwrap()), text);
            assert_eq!(decimal(text.parse().unwrap()), text);
        }
        assert_eq!(decimal(1_234_567.89), "1234567.89");
        assert_eq!((decimal(0.1 + 0.2), single(0.123_456)), ("0.3000".to_owned(), "0.1235".to_owned()));
        assert_eq!(decimal(-8.5), "-8.5");
    }

    #[test]
    fn what_is_missing_to_the_list_price_is_the_discount() {
        assert_eq!(discount("3", "19.9900", "59.9700").unwrap(), "0.0000");
        assert_eq!(discount("3", "19.9900", "50").unwrap(), "9.9700");
        assert_eq!(discount("-3", "19.9900", "-50.5").unwrap(), "9.4700");
        assert_eq!(discount("3", "0.3330", "1.00").unwrap(), "0.0000", "the original rounded up");
        assert_eq!(discount("3", "0.3330", "").unwrap(), "");
        assert_eq!(discount("many", "0.3330", "1").unwrap(), "");
        assert_eq!(
            discount("3", "99999.99", "300000").unwrap(),
            "0.0000",
            "a FLOAT is as coarse as this there"
        );
        assert_eq!(discount("1", "10", "10.01").unwrap_err().field, "total_amount");
    }
}
