//! The oracle: every measure counted again from the raw lines, as slowly and plainly as its definition reads.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use eap_api::{
    extract::{Filters, ProductSort, Span},
    ingest::line::Line,
    queries::{
        customers::{CustomerSales, CustomerSummary, CustomersAnswer, CustomersQuestion},
        products::{BestProduct, ProductsAnswer, ProductsQuestion},
        sales::{ProductSales, SalesAnswer, SalesQuestion},
    },
    rollup::measures::Measures,
};

/// All lines that should be there, by order and line number.
pub(crate) type Lines = BTreeMap<(String, u32), Line>;

pub(crate) fn sales(all: &Lines, question: &SalesQuestion) -> SalesAnswer {
    let chosen = choose(all, &question.filters, question.span);
    let (mine, others): (Vec<&Line>, Vec<&Line>) =
        chosen.into_iter().partition(|line| line.currency == question.currency);
    let series = question
        .buckets
        .iter()
        .map(|bucket| measure(mine.iter().copied().filter(|line| inside(*bucket, line))))
        .collect();
    SalesAnswer {
        totals: measure(mine.iter().copied()),
        customers: customers_of(&mine).len() as u64,
        by_region: group(&mine, |line| &line.region),
        by_channel: group(&mine, |line| &line.channel),
        by_category: group(&mine, |line| &line.category),
        top_products: {
            let mut products = products_of(all, &mine);
            products.sort_by(|a, b| best_first(question.sort, a, b));
            products.truncate(question.limit);
            products
        },
        series,
        other_currencies: group(&others, |line| &line.currency),
    }
}

fn best_first(sort: ProductSort, a: &ProductSales, b: &ProductSales) -> Ordering {
    let key = |p: &ProductSales| match sort {
        ProductSort::Revenue => p.measures.net(),
        ProductSort::Quantity => p.measures.units(),
        ProductSort::Orders => p.measures.orders,
    };
    key(b).cmp(&key(a)).then(a.product_id.cmp(&b.product_id))
}

pub(crate) fn products(all: &Lines, question: &ProductsQuestion) -> ProductsAnswer {
    let span = question.span.unwrap_or(Span { start: i64::MIN, end: i64::MAX });
    let (mine, others): (Vec<&Line>, Vec<&Line>) =
        choose(all, &question.filters, span).into_iter().partition(|line| line.currency == question.currency);
    let mut products = products_of(all, &mine);
    products.sort_by(|a, b| best_first(ProductSort::Revenue, a, b));
    let mut best: Vec<BestProduct> =
        products.iter().cloned().enumerate().map(|(place, sales)| BestProduct { place, sales }).collect();
    best.sort_by(|a, b| best_first(question.sort, &a.sales, &b.sales));
    best.truncate(question.limit);
    let seconds = || mine.iter().map(|line| line.at.as_second());
    let quarter_hour = |second: i64| second - second.rem_euclid(900);
    let observed = seconds().min().zip(seconds().max());
    let observed = observed.map(|(start, end)| Span { start: quarter_hour(start), end: quarter_hour(end) });
    ProductsAnswer {
        nets: products.iter().map(|product| product.measures.net()).collect(),
        best,
        by_category: group(&mine, |line| &line.category),
        other_currencies: group(&others, |line| &line.currency),
        observed,
    }
}

pub(crate) fn customers(all: &Lines, question: &CustomersQuestion) -> CustomersAnswer {
    let history = choose(all, &question.filters, Span { start: i64::MIN, end: question.span.end });
    let mine: Vec<&Line> = history
        .into_iter()
        .filter(|line| line.currency == question.currency && !line.customer_id.is_empty())
        .collect();
    let mut others = choose(all, &question.filters, question.span);
    others.retain(|line| line.currency != question.currency);
    let mut answer = CustomersAnswer {
        other_currencies: group(&others, |line| &line.currency),
        ..CustomersAnswer::default()
    };
    let months = &question.cohort_months;
    answer.cohorts = (0..months.len()).map(|month| vec![0; months.len() - month]).collect();
    for customer in customers_of(&mine) {
        let lines: Vec<&Line> = mine.iter().copied().filter(|line| line.customer_id == customer).collect();
        count_customer(&mut answer, question, &customer, &lines);
    }
    answer.top_customers.sort_by(|a, b| b.net.cmp(&a.net).then(a.customer_id.cmp(&b.customer_id)));
    answer.top_customers.truncate(question.limit);
    answer.recency_frequency_monetary.sort_by_key(|c| (c.last_sale, c.orders, c.net));
    answer
}

fn count_customer(
    answer: &mut CustomersAnswer,
    question: &CustomersQuestion,
    customer: &str,
    lines: &[&Line],
) {
    let sales: Vec<i64> = lines.iter().filter(|line| !line.refund).map(|line| line.at.as_second()).collect();
    let bought_in = |span: Span| sales.iter().any(|&at| span.start <= at && at < span.end);
    let first = *sales.iter().min().expect("customers_of names buyers only");
    let all = measure(lines.iter().copied());
    answer.total_customers += 1;
    answer.active_customers += u64::from(bought_in(question.span));
    answer.new_customers += u64::from(question.span.start <= first && first < question.span.end);
    answer.previous_customers += u64::from(bought_in(question.previous));
    answer.retained_customers += u64::from(bought_in(question.previous) && bought_in(question.span));
    answer.lifetime_net += all.net();
    answer.recency_frequency_monetary.push(CustomerSummary {
        last_sale: *sales.iter().max().expect("buyers have sales"),
        orders: all.orders,
        net: all.net(),
    });
    let measures = measure(lines.iter().copied().filter(|line| inside(question.span, line)));
    if measures != Measures::default() {
        let customer_id = customer.to_owned();
        answer.top_customers.push(CustomerSales {
            customer_id,
            net: measures.net(),
            orders: measures.orders,
            lifetime_net: all.net(),
        });
    }
    for (month, span) in question.cohort_months.iter().enumerate() {
        if span.start <= first && first < span.end {
            for (age, later) in question.cohort_months[month..].iter().enumerate() {
                answer.cohorts[month][age] += u64::from(bought_in(*later));
            }
        }
    }
}

fn choose<'a>(all: &'a Lines, filters: &Filters, span: Span) -> Vec<&'a Line> {
    let keeps = |wanted: &[String], value: &String| wanted.is_empty() || wanted.contains(value);
    all.values()
        .filter(|line| {
            inside(span, line)
                && keeps(&filters.regions, &line.region)
                && keeps(&filters.channels, &line.channel)
                && keeps(&filters.categories, &line.category)
                && keeps(&filters.products, &line.product_id)
        })
        .collect()
}

fn inside(span: Span, line: &Line) -> bool {
    span.start <= line.at.as_second() && line.at.as_second() < span.end
}

pub(crate) fn measure<'a>(lines: impl Iterator<Item = &'a Line>) -> Measures {
    let mut sums = Measures::default();
    let mut orders = BTreeSet::new();
    for line in lines {
        if line.refund {
            sums.units_returned += line.quantity;
            sums.returns += line.net_minor;
        } else {
            sums.units_sold += line.quantity;
            sums.gross += line.gross_minor;
            sums.discounts += line.gross_minor - line.net_minor;
            orders.insert(&line.order_id);
        }
    }
    sums.orders = i64::try_from(orders.len()).expect("a small number");
    sums
}

fn group(lines: &[&Line], key: impl Fn(&Line) -> &String) -> BTreeMap<String, Measures> {
    let keys: BTreeSet<&String> = lines.iter().map(|line| key(line)).collect();
    let sums = |wanted: &String| measure(lines.iter().copied().filter(|line| key(line) == wanted));
    keys.into_iter().map(|wanted| (wanted.clone(), sums(wanted))).collect()
}

fn customers_of(lines: &[&Line]) -> BTreeSet<String> {
    lines.iter().filter(|l| !l.refund && !l.customer_id.is_empty()).map(|l| l.customer_id.clone()).collect()
}

fn products_of(all: &Lines, lines: &[&Line]) -> Vec<ProductSales> {
    group(lines, |line| &line.product_id)
        .into_iter()
        .map(|(product_id, measures)| {
            let latest = all
                .values()
                .filter(|line| line.product_id == product_id)
                .max_by_key(|line| (line.at, &line.order_id, line.line))
                .expect("the product has a line");
            ProductSales {
                product_id,
                name: latest.product_name.clone(),
                category: latest.category.clone(),
                measures,
            }
        })
        .collect()
}
