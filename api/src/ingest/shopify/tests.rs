use super::*;
use crate::ingest::line::{Line, Merge};
use crate::ingest::testing::store;

/// The header of an export of 2024, whole.
const HEADER: &str = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,\
    Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,\
    Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,\
    Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,\
    Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,\
    Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,\
    Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,\
    Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,\
    Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,\
    Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,\
    Payment Terms Name,Next Payment Due At,Payment References";

/// An export with these cells in its rows, the others empty.
fn export(rows: &[&[(&str, &str)]]) -> Vec<u8> {
    let header: Vec<&str> = HEADER.split(',').collect();
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).expect("memory");
    for row in rows {
        for (name, _) in *row {
            assert!(header.contains(name), "{name}");
        }
        let cell = |name: &&str| row.iter().find(|(column, _)| column == name).map_or("", |(_, text)| *text);
        writer.write_record(header.iter().map(cell)).expect("memory");
    }
    writer.into_inner().expect("memory")
}

fn parse(text: &[u8]) -> Vec<Parsed> {
    let table = Table::open(text).expect("a header");
    assert!(recognises(&table.header));
    read(table, store()).expect("an export").collect::<Result<_, _>>().expect("a readable file")
}

/// The lines of a file of one order.
fn lines(rows: &[&[(&str, &str)]]) -> Vec<Line> {
    let mut parsed = parse(&export(rows));
    match (parsed.pop(), parsed.len()) {
        (Some(Parsed::Order { merge: Merge::ReplaceOrder, lines, .. }), 0) => {
            lines.into_iter().map(|(_, line)| line).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn with<'a>(row: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    more.iter().chain(row).copied().collect()
}

/// 2 shirts at 9.99 and a mug at 10.00, shipping 5.00: a row for each.
const SHIRTS: &[(&str, &str)] = &[
    ("Name", "#1001"),
    ("Email", "Ann@Example.com"),
    ("Financial Status", "paid"),
    ("Currency", "USD"),
    ("Subtotal", "29.98"),
    ("Shipping", "5.00"),
    ("Taxes", "0.00"),
    ("Total", "34.98"),
    ("Discount Amount", "0.00"),
    ("Created at", "2024-05-01 09:58:12 -0500"),
    ("Lineitem quantity", "2"),
    ("Lineitem name", "Crew Tee - Black / S"),
    ("Lineitem price", "9.99"),
    ("Lineitem sku", "TEE-BLK-S"),
    ("Billing Country", "CA"),
    ("Shipping Province", "IL"),
    ("Shipping Country", "US"),
    ("Refunded Amount", "0.00"),
    ("Vendor", "Acme"),
    ("Id", "5001"),
    ("Source", "web"),
    ("Lineitem discount", "0.00"),
];
const MUG: &[(&str, &str)] =
    &[("Name", "#1001"), ("Lineitem quantity", "1"), ("Lineitem name", "Mug"), ("Lineitem price", "10.00")];

#[test]
fn the_first_row_speaks_for_the_whole_order() {
    let lines = lines(&[SHIRTS, MUG]);
    assert_eq!(lines.len(), 2);
    for line in &lines {
        assert_eq!(
            (line.order_id.as_str(), line.region.as_str(), line.channel.as_str()),
            ("#1001", "IL", "web")
        );
        assert_eq!(line.at.to_string(), "2024-05-01T14:58:12Z");
        // The first 128 bits of `printf ann@example.com | sha256sum`.
        assert_eq!(line.customer_id, "email-71d4f55f72fa128dfb468a1a3901507c");
    }
    assert_eq!(
        (lines[0].product_id.as_str(), lines[0].category.as_str(), lines[0].gross_minor),
        ("TEE-BLK-S", "Acme", 1_998)
    );
    assert_eq!(
        (lines[1].line, lines[1].product_id.as_str(), lines[1].category.as_str()),
        (2, "Mug", "(none)")
    );
}

#[test]
fn an_order_discount_is_split_over_the_lines_to_the_cent() {
    // 10 % off 29.98 is 3.00: the lines of 19.98 and 10.00 carry 1.9993… and 1.0006….
    let shirts = with(SHIRTS, &[("Subtotal", "26.98"), ("Discount Amount", "3.00")]);
    let nets: Vec<_> =
        lines(&[&shirts, MUG]).iter().map(|line| (line.gross_minor, line.net_minor, line.discount)).collect();
    assert_eq!(nets, [(1_998, 1_798, 20_000), (1_000, 900, 10_000)]);
}

#[test]
fn a_discount_on_the_item_or_on_shipping_is_not_taken_twice() {
    let net = |more: &[(&'static str, &'static str)]| -> i64 {
        lines(&[&with(SHIRTS, more), MUG]).iter().map(|line| line.net_minor).sum()
    };
    // `Discount Amount` repeats the discount of the item.
    assert_eq!(
        net(&[("Subtotal", "27.98"), ("Discount Amount", "2.00"), ("Lineitem discount", "2.00")]),
        2_798
    );
    // Free shipping is a discount that leaves the items alone.
    assert_eq!(net(&[("Discount Amount", "5.00"), ("Shipping", "0.00")]), 2_998);
    // Without a subtotal, what the items do not account for is the order's.
    assert_eq!(net(&[("Subtotal", ""), ("Discount Amount", "3.00"), ("Lineitem discount", "2.00")]), 2_698);
}

#[test]
fn a_full_refund_returns_every_line() {
    // 34.98 with shipping, of which 29.98 are goods.
    let shirts = with(
        SHIRTS,
        &[
            ("Financial Status", "refunded"),
            ("Refunded Amount", "34.98"),
            ("Cancelled at", "2024-05-03 00:00:00 +0000"),
        ],
    );
    let lines = lines(&[&shirts, MUG]);
    let found: Vec<_> =
        lines.iter().map(|line| (line.line, line.refund, line.net_minor, line.at.to_string())).collect();
    let (sold, returned) = ("2024-05-01T14:58:12Z".to_owned(), "2024-05-03T00:00:00Z".to_owned());
    assert_eq!(
        found,
        [
            (1, false, 1_998, sold.clone()),
            (2, false, 1_000, sold),
            (3, true, 1_998, returned.clone()),
            (4, true, 1_000, returned)
        ]
    );
}

#[test]
fn a_part_refund_is_tied_to_a_product_only_where_that_is_certain() {
    let shirts = with(SHIRTS, &[("Financial Status", "partially_refunded"), ("Refunded Amount", "9.99")]);
    let several = lines(&[&shirts, MUG]);
    assert_eq!(
        (several[2].product_id.as_str(), several[2].quantity, several[2].net_minor),
        ("(refund)", 1, 999)
    );
    let alone = with(&shirts, &[("Subtotal", "19.98"), ("Total", "24.98")]);
    let alone = lines(&[&alone]);
    assert_eq!(
        (alone[1].product_id.as_str(), alone[1].quantity, alone[1].unit_price),
        ("TEE-BLK-S", 1, 99_900)
    );
    let goodwill = with(SHIRTS, &[("Subtotal", "19.98"), ("Total", "24.98"), ("Refunded Amount", "1.50")]);
    assert_eq!(lines(&[&goodwill])[1].net_minor, 150);
}

#[test]
fn tax_on_top_is_no_part_of_the_goods_refunded() {
    // 8 % on 29.98 is 2.40; the refund of 10.80 is 10.00 for the mug and 0.80 of tax.
    let shirts = with(SHIRTS, &[("Taxes", "2.40"), ("Total", "37.38"), ("Refunded Amount", "10.80")]);
    assert_eq!(lines(&[&shirts, MUG])[2].net_minor, 1_000);
}

#[test]
fn what_was_never_paid_is_returned_in_full() {
    for more in [
        &[("Financial Status", "voided")][..],
        &[("Financial Status", "pending"), ("Cancelled at", "2024-05-03 00:00:00 +0000")],
    ] {
        let lines = lines(&[&with(SHIRTS, more), MUG]);
        let net: i64 =
            lines.iter().map(|line| if line.refund { -line.net_minor } else { line.net_minor }).sum();
        assert_eq!((lines.len(), net), (4, 0));
    }
    let kept = with(SHIRTS, &[("Cancelled at", "2024-05-03 00:00:00 +0000")]);
    assert_eq!(lines(&[&kept, MUG]).len(), 2, "cancelled, paid and not refunded");
}

#[test]
fn a_bad_item_rejects_its_order_whole_under_the_names_of_the_export() {
    let bad = with(SHIRTS, &[("Lineitem price", "free"), ("Refunded Amount", "much")]);
    let other = with(SHIRTS, &[("Name", "#1002")]);
    let parsed = parse(&export(&[&bad, MUG, &other]));
    let [Parsed::Rejected { order_id, received: 2, rejections }, Parsed::Order { position: 4, .. }] =
        &parsed[..]
    else {
        panic!("{parsed:?}");
    };
    assert_eq!(order_id.as_deref(), Some("#1001"));
    let found: Vec<_> = rejections.iter().map(|one| (one.line, one.field.as_str())).collect();
    assert_eq!(found, [(2, "Refunded Amount"), (2, "Lineitem price")]);
}

#[test]
fn items_that_no_line_could_give_back_reject_their_order() {
    // As much as a line may be, 9 · 10^11 cents, in all items together: what is refunded may be one line of the order.
    let refunded = [
        ("Subtotal", ""),
        ("Total", ""),
        ("Financial Status", "partially_refunded"),
        ("Refunded Amount", "8999999999.99"),
    ];
    let shirts = with(SHIRTS, &refunded);
    let dear = with(MUG, &[("Lineitem price", "8999999980.02")]);
    let given_back = &lines(&[&shirts, &dear])[2];
    assert_eq!((given_back.product_id.as_str(), given_back.net_minor), ("(refund)", 899_999_999_999));
    let dearer = with(MUG, &[("Lineitem price", "8999999980.03")]);
    let parsed = parse(&export(&[&shirts, &dearer]));
    let [Parsed::Rejected { received: 2, rejections, .. }] = &parsed[..] else { panic!("{parsed:?}") };
    assert_eq!((rejections.len(), rejections[0].field.as_str()), (1, "Lineitem price"), "{rejections:?}");
}

#[test]
fn items_taken_out_and_rows_without_an_item_do_not_count() {
    let gone = with(MUG, &[("Lineitem quantity", "0")]);
    let payment: &[(&str, &str)] = &[("Name", "#1001"), ("Payment Method", "Gift Card")];
    let shirts = with(SHIRTS, &[("Subtotal", "19.98")]);
    assert_eq!(lines(&[&shirts, &gone, payment]).len(), 1);
    let parsed = parse(&export(&[&with(SHIRTS, &[("Lineitem quantity", "0")])]));
    assert!(matches!(&parsed[..], [Parsed::Rejected { .. }]), "{parsed:?}");
}

#[test]
fn a_short_or_garbled_row_rejects_its_order_alone() {
    let mut text = export(&[SHIRTS]);
    text.extend_from_slice(b"#1001,short\n#1003,\xff\n");
    let other = export(&[&with(SHIRTS, &[("Name", "#1004")])]);
    text.extend_from_slice(&other[HEADER.len() + 1..]);
    let parsed = parse(&text);
    assert!(
        matches!(
            &parsed[..],
            [Parsed::Rejected { received: 2, .. }, Parsed::Rejected { .. }, Parsed::Order { .. }]
        ),
        "{parsed:?}"
    );
}
