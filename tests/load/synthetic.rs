//! Synthetic orders as CSV: 5,000 products, 20 categories, 10 regions, 3 channels, 34 months, in the order of time.
//! The same number of lines is always the same file.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "made-up numbers stay small"
)]

use std::io::{self, Write};

use jiff::Timestamp;

/// 2023-01-01T00:00:00Z.
pub(crate) const FIRST_SECOND: i64 = 1_672_531_200;
/// 34 months of 30.4 days.
pub(crate) const SECONDS: i64 = 34 * 2_626_560;

/// Header of the file.
pub(crate) const COLUMNS: [&str; 13] = [
    "order_id",
    "line",
    "customer_id",
    "product_id",
    "product_name",
    "category",
    "quantity",
    "unit_price",
    "ordered_at",
    "region",
    "channel",
    "discount",
    "refund",
];

/// A small generator of random numbers (xorshift64*), so that runs repeat.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// Small numbers more often, about as Zipf has it.
    fn popular(&mut self, bound: u64) -> u64 {
        let uniform = self.below(1 << 32) as f64 / 4_294_967_296.0;
        ((bound as f64).powf(uniform) - 1.0) as u64 % bound
    }
}

/// Writes about `lines` order lines.
pub(crate) fn write_csv(out: &mut impl Write, lines: u64) -> io::Result<()> {
    writeln!(out, "{}", COLUMNS.join(","))?;
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut written, mut order) = (0, 0_u64);
    let customers = (lines / 12).max(10);
    while written < lines {
        order += 1;
        let at = FIRST_SECOND + (SECONDS as u64 * written / lines) as i64 + random.below(60) as i64;
        let customer =
            if random.below(20) == 0 { String::new() } else { format!("C{}", random.popular(customers)) };
        let (region, channel) = (random.below(10), ["online", "store", "mobile"][random.below(3) as usize]);
        let instant = Timestamp::from_second(at).expect("in range");
        let count = 1 + random.below(4);
        for line in 1..=count {
            let product = random.popular(5_000);
            let (quantity, cents) = (1 + random.below(4), 199 + product * 37 % 20_000);
            let discount = if random.below(12) == 0 { cents * quantity / 10 } else { 0 };
            let tail = format!("region-{region},{channel},{}.{:02}", discount / 100, discount % 100);
            let head = format!(
                "P{product},Product {product},category-{},{quantity},{}.{:02}",
                product % 20,
                cents / 100,
                cents % 100
            );
            writeln!(out, "O{order},{line},{customer},{head},{instant},{tail},false")?;
            if random.below(33) == 0 {
                let returned = instant + jiff::SignedDuration::from_secs(random.below(1_000_000) as i64);
                writeln!(out, "O{order},{},{customer},{head},{returned},{tail},true", line + 100)?;
                written += 1;
            }
        }
        written += count;
    }
    Ok(())
}
