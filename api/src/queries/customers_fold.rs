//! What a customers report knows of each customer while orders and month histories come by. There is one for each
//! customer of the store, so every byte counts a million times: plain columns, by the customers' numbers. Pure.

use super::customers::{CustomerSummary, CustomersAnswer, CustomersQuestion};
use super::selection::Selection;
use crate::{
    extract::Span,
    rollup::{histories::CustomerMonth, packed::PackedOrder},
};

/// A sale before the range.
const BOUGHT_BEFORE: u8 = 1;
/// A sale in the range.
const BOUGHT: u8 = 2;
/// A sale in the previous period.
const BOUGHT_PREVIOUSLY: u8 = 4;
/// A line in the range, be it a return.
const ACTED: u8 = 8;
/// A sale before the months of the cohort table.
const BOUGHT_BEFORE_COHORTS: u8 = 16;

/// Columns by the customers' numbers.
#[derive(Debug)]
pub(super) struct Fold {
    /// Second of the last sale; means something once there is an order.
    last_sale: Vec<i64>,
    net: Vec<i64>,
    /// Distinct orders with a sale.
    orders: Vec<u32>,
    /// Net revenue in the range.
    net_in_range: Vec<i64>,
    /// Orders with a sale in the range.
    orders_in_range: Vec<u32>,
    flags: Vec<u8>,
    /// Bit `j % 64` of word `j / 64`: a sale in the `j`th month of the cohort table. So many words for each customer.
    months: Vec<u64>,
    words: usize,
}

/// A customer with a sale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Customer {
    pub(super) id: u32,
    pub(super) net: i64,
    pub(super) net_in_range: i64,
    pub(super) orders_in_range: i64,
    flags: u8,
}

impl Customer {
    /// Whether there is a line in the range.
    pub(super) fn acted(&self) -> bool {
        self.flags & ACTED != 0
    }
}

impl Fold {
    /// Nothing yet; with room for customers up to the number `last`, so that no column is ever moved.
    pub(super) fn new(question: &CustomersQuestion, last: u32) -> Self {
        let length = last as usize + 1;
        let words = question.cohort_months.len().div_ceil(64);
        Self {
            last_sale: vec![0; length],
            net: vec![0; length],
            orders: vec![0; length],
            net_in_range: vec![0; length],
            orders_in_range: vec![0; length],
            flags: vec![0; length],
            months: vec![0; length * words],
            words,
        }
    }

    /// Adds the lines of an order that `selection` keeps.
    pub(super) fn add(&mut self, order: &PackedOrder, selection: &Selection, question: &CustomersQuestion) {
        let index = order.header.customer as usize;
        let mut sold_at = None;
        for line in order.lines.iter().filter(|line| selection.keeps_line(line)) {
            let net = if line.refund { -line.net } else { line.net };
            self.net[index] += net;
            if question.span.holds(line.at) {
                self.net_in_range[index] += net;
                self.flags[index] |= ACTED;
            }
            if !line.refund {
                sold_at = Some(line.at);
            }
        }
        if let Some(at) = sold_at {
            self.add_sales(index, 1, Span { start: at, end: at }, question);
        }
    }

    /// Adds the month that begins at `start` and that no boundary of the question cuts.
    pub(super) fn add_month(
        &mut self,
        customer: u32,
        month: &CustomerMonth,
        start: i64,
        question: &CustomersQuestion,
    ) {
        let index = customer as usize;
        let net = month.measures.net();
        self.net[index] += net;
        if question.span.holds(start) {
            self.net_in_range[index] += net;
            self.flags[index] |= ACTED;
        }
        let orders = u32::try_from(month.measures.orders).unwrap_or(u32::MAX);
        if orders > 0 {
            self.add_sales(index, orders, Span { start: month.first_sale, end: month.last_sale }, question);
        }
    }

    /// Adds `orders`, the first and the last of them at the ends of `sales`, between which the question has no
    /// boundary.
    fn add_sales(&mut self, index: usize, orders: u32, sales: Span, question: &CustomersQuestion) {
        let last = &mut self.last_sale[index];
        *last = if self.orders[index] == 0 { sales.end } else { (*last).max(sales.end) };
        self.orders[index] += orders;
        let flags = &mut self.flags[index];
        if question.span.holds(sales.start) {
            *flags |= BOUGHT;
            self.orders_in_range[index] += orders;
        } else if sales.start < question.span.start {
            *flags |= BOUGHT_BEFORE;
        }
        if question.previous.holds(sales.start) {
            *flags |= BOUGHT_PREVIOUSLY;
        }
        let months = &question.cohort_months;
        let month = months.partition_point(|month| month.end <= sales.start);
        if months.get(month).is_some_and(|month| month.holds(sales.start)) {
            self.months[index * self.words + month / 64] |= 1 << (month % 64);
        } else if month == 0 {
            *flags |= BOUGHT_BEFORE_COHORTS;
        }
    }

    /// Those with a sale.
    pub(super) fn customers(&self) -> impl Iterator<Item = Customer> + Clone {
        let bought = (0_u32..).zip(&self.orders).filter(|(_, orders)| **orders > 0);
        bought.map(|(id, _)| {
            let index = id as usize;
            Customer {
                id,
                net: self.net[index],
                net_in_range: self.net_in_range[index],
                orders_in_range: i64::from(self.orders_in_range[index]),
                flags: self.flags[index],
            }
        })
    }

    /// The answer but for the top customers.
    pub(super) fn into_answer(self, question: &CustomersQuestion) -> CustomersAnswer {
        let mut answer = CustomersAnswer { cohorts: self.cohorts(question), ..CustomersAnswer::default() };
        for customer in self.customers() {
            let has = |flag| customer.flags & flag != 0;
            answer.total_customers += 1;
            answer.active_customers += u64::from(has(BOUGHT));
            answer.new_customers += u64::from(has(BOUGHT) && !has(BOUGHT_BEFORE));
            answer.previous_customers += u64::from(has(BOUGHT_PREVIOUSLY));
            answer.retained_customers += u64::from(has(BOUGHT_PREVIOUSLY) && has(BOUGHT));
            answer.lifetime_net += customer.net;
        }
        let Self { last_sale, net, orders, net_in_range, orders_in_range, flags, months, .. } = self;
        drop((net_in_range, orders_in_range, flags, months));
        let summaries = last_sale.iter().zip(&orders).zip(&net).filter(|((_, orders), _)| **orders > 0);
        let summary = |((last_sale, orders), net): ((&i64, &u32), &i64)| CustomerSummary {
            last_sale: *last_sale,
            orders: i64::from(*orders),
            net: *net,
        };
        answer.recency_frequency_monetary.reserve_exact(summaries.clone().count());
        answer.recency_frequency_monetary.extend(summaries.map(summary));
        answer
    }

    fn cohorts(&self, question: &CustomersQuestion) -> Vec<Vec<u64>> {
        let months = question.cohort_months.len();
        let mut cohorts: Vec<Vec<u64>> = (0..months).map(|month| vec![0; months - month]).collect();
        if months == 0 {
            return cohorts;
        }
        for customer in self.customers().filter(|customer| customer.flags & BOUGHT_BEFORE_COHORTS == 0) {
            let start = customer.id as usize * self.words;
            let words = &self.months[start..start + self.words];
            let has = |month: usize| words[month / 64] >> (month % 64) & 1 == 1;
            // Months follow each other without gaps: the first one with a sale is that of the first sale.
            let Some(first) = (0..months).find(|month| has(*month)) else { continue };
            for (age, count) in cohorts[first].iter_mut().enumerate() {
                *count += u64::from(has(first + age));
            }
        }
        cohorts
    }
}
