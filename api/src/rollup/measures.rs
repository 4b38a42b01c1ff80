//! The additive measures of a group of order lines. Amounts are integer minor units of one currency.

/// Sums over a group of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measures {
    /// Units sold.
    pub units_sold: i64,
    /// Units returned.
    pub units_returned: i64,
    /// List price × quantity of the sales.
    pub gross: i64,
    /// Discounts on the sales.
    pub discounts: i64,
    /// Amount given back for returns, after their discounts.
    pub returns: i64,
    /// Distinct orders with a sale in the group.
    pub orders: i64,
}

impl Measures {
    /// Net revenue: gross − discounts − returns.
    pub fn net(&self) -> i64 {
        self.gross - self.discounts - self.returns
    }

    /// Units sold less units returned.
    pub fn units(&self) -> i64 {
        self.units_sold - self.units_returned
    }

    /// Adds `other` to these sums.
    pub fn add(&mut self, other: &Self) {
        self.units_sold += other.units_sold;
        self.units_returned += other.units_returned;
        self.gross += other.gross;
        self.discounts += other.discounts;
        self.returns += other.returns;
        self.orders += other.orders;
    }
}
