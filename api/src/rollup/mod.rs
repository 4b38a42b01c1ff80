//! Roll-ups: packed lines by day, kept in the same transaction as the facts.

pub mod buyers;
pub mod category_sets;
pub mod category_times;
pub mod compact;
pub mod day_sums;
pub mod days;
pub mod delta;
pub mod histories;
pub mod large_products;
pub mod measures;
pub mod member_lines;
pub mod merged;
pub mod month;
pub mod packed;
pub mod rezone;
pub mod scan;
pub mod slices;
pub mod summarise;
