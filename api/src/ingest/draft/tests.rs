use super::*;
use crate::ingest::testing::store;

fn draft() -> Draft<'static> {
    Draft {
        order_id: "A",
        line: "1",
        product_id: "p",
        quantity: "2",
        unit_price: "9.99",
        ordered_at: "2024-01-31",
        ..Draft::default()
    }
}

fn fields(draft: &Draft<'_>) -> Vec<String> {
    let problems = draft.check(&store()).expect_err("a bad line");
    problems.into_iter().map(|problem| problem.field).collect()
}

#[test]
fn what_may_be_empty_has_a_default() {
    let line = Draft { customer_id: " ", region: " ", ..draft() }.check(&store()).expect("a good line");
    assert_eq!(line.customer_id, "");
    assert_eq!([line.region, line.channel, line.category, line.product_name], [NONE; 4]);
    assert_eq!((line.currency.as_str(), line.discount, line.refund), ("USD", 0, false));
}

#[test]
fn every_problem_of_a_line_is_reported() {
    let empty = Draft::default();
    assert_eq!(fields(&empty), ["quantity", "unit_price", "ordered_at", "line", "order_id", "product_id"]);
    let bad = Draft {
        quantity: "0",
        unit_price: "free",
        discount: "-1",
        currency: "ZZZ",
        refund: "maybe",
        ordered_at: "soon",
        line: "-1",
        region: "a\nb",
        ..draft()
    };
    assert_eq!(
        fields(&bad),
        ["currency", "quantity", "unit_price", "discount", "refund", "ordered_at", "line", "region"]
    );
}

#[test]
fn a_negative_quantity_or_the_refund_flag_makes_a_return_of_positive_quantity() {
    for (quantity, refund, expected) in
        [("-2", "", true), ("2", "yes", true), ("-2", "TRUE", true), ("2", "0", false)]
    {
        let line = Draft { quantity, refund, ..draft() }.check(&store()).expect("a good line");
        assert_eq!((line.quantity, line.refund, line.gross_minor), (2, expected, 1_998));
    }
}

#[test]
fn quantities_are_whole_and_bounded() {
    for quantity in ["", "0", "1.5", "2.0", "1e3", "x", "1000000001", "-1000000001", "99999999999999999999"] {
        assert_eq!(fields(&Draft { quantity, ..draft() }), ["quantity"], "{quantity}");
    }
    let most = Draft { quantity: "1000000000", unit_price: "0.99", ..draft() };
    assert_eq!(most.check(&store()).expect("a good line").gross_minor, 99_000_000_000);
}

#[test]
fn lengths_are_counted_in_bytes() {
    let (longest, too_long) = ("é".repeat(127) + "a", "é".repeat(128));
    assert!(Draft { order_id: &longest, region: &longest, ..draft() }.check(&store()).is_ok());
    let long = Draft { order_id: &too_long, customer_id: &too_long, product_name: &too_long, ..draft() };
    assert_eq!(fields(&long), ["order_id", "customer_id"]);
    let name = "x".repeat(513);
    assert_eq!(fields(&Draft { product_name: &name, ..draft() }), ["product_name"]);
}

#[test]
fn control_characters_are_refused_in_ids_and_allowed_in_names() {
    for text in ["a\0", "a\nb", "\u{7f}", "a\u{85}"] {
        assert_eq!(
            fields(&Draft { order_id: text, product_id: text, ..draft() }),
            ["order_id", "product_id"]
        );
    }
    assert!(Draft { product_name: "two\nlines\t", ..draft() }.check(&store()).is_ok());
    assert_eq!(fields(&Draft { product_name: "a\0", ..draft() }), ["product_name"]);
    assert_eq!(fields(&Draft { order_id: "   ", ..draft() }), ["order_id"]);
}

#[test]
fn a_line_number_fits_the_databases() {
    assert_eq!(
        Draft { line: "2147483647", ..draft() }.check(&store()).map(|line| line.line),
        Ok(MAX_LINE_NUMBER)
    );
    for line in ["2147483648", "-1", "1.0", "one"] {
        assert_eq!(fields(&Draft { line, ..draft() }), ["line"], "{line}");
    }
}

#[test]
fn amounts_that_do_not_fit_name_the_field_to_change() {
    assert_eq!(fields(&Draft { discount: "19.9801", ..draft() }), ["discount"]);
    assert_eq!(Draft { discount: "19.98", ..draft() }.check(&store()).map(|line| line.net_minor), Ok(0));
    let large = Draft { unit_price: "9", quantity: "1000000000", ..draft() };
    assert_eq!(large.check(&store()).map(|line| line.gross_minor), Ok(900_000_000_000));
    let larger = Draft { unit_price: "9.0001", ..large };
    let problems = larger.check(&store()).unwrap_err();
    assert_eq!(
        (problems.len(), problems[0].field.as_str(), problems[0].reason.as_str()),
        (
            1,
            "unit_price",
            "is too large for this quantity: a line ends at 900000000000 minor units, such as cents"
        )
    );
    assert_eq!(fields(&Draft { unit_price: "9999999999999", ..large }), ["unit_price"]);
}
