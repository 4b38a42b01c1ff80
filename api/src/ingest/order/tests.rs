use super::*;
use crate::ingest::draft::Draft;
use crate::ingest::testing::store;

fn line(number: &str, change: impl FnOnce(&mut Draft<'_>)) -> Line {
    let mut draft = Draft {
        order_id: "A",
        line: number,
        customer_id: "c",
        product_id: "p",
        quantity: "1",
        unit_price: "1",
        ordered_at: "2024-01-31T10:00Z",
        region: "UK",
        channel: "web",
        ..Draft::default()
    };
    change(&mut draft);
    draft.check(&store()).expect("a good line")
}

fn verdict(second: Line) -> Result<(), (u64, String)> {
    let lines = [line("1", |_| ()), second];
    check_order(lines.iter().zip(10..).map(|(line, position)| (position, line)))
        .map_err(|(position, problem)| (position, problem.field))
}

#[test]
fn lines_of_an_order_share_its_fields() {
    assert_eq!(verdict(line("2", |_| ())), Ok(()));
    assert_eq!(verdict(line("2", |draft| draft.customer_id = "d")), Err((11, "customer_id".to_owned())));
    assert_eq!(verdict(line("2", |draft| draft.region = "DE")), Err((11, "region".to_owned())));
    assert_eq!(verdict(line("2", |draft| draft.channel = "")), Err((11, "channel".to_owned())));
    assert_eq!(verdict(line("2", |draft| draft.currency = "EUR")), Err((11, "currency".to_owned())));
    assert_eq!(
        verdict(line("2", |draft| draft.ordered_at = "2024-02-01")),
        Err((11, "ordered_at".to_owned()))
    );
}

#[test]
fn a_return_keeps_its_own_instant_and_nothing_else() {
    assert_eq!(verdict(line("2", |draft| (draft.ordered_at, draft.quantity) = ("2024-02-01", "-1"))), Ok(()));
    let elsewhere = line("2", |draft| (draft.region, draft.quantity) = ("DE", "-1"));
    assert_eq!(verdict(elsewhere), Err((11, "region".to_owned())));
}

#[test]
fn an_order_that_disagrees_is_rejected_whole() {
    let lines = vec![(2, line("1", |_| ())), (3, line("2", |draft| draft.region = "DE"))];
    let parsed = settle(lines);
    let Parsed::Rejected { order_id, received: 2, rejections } = parsed else { panic!("{parsed:?}") };
    assert_eq!(order_id.as_deref(), Some("A"));
    assert_eq!(rejections.len(), 1);
    assert_eq!((rejections[0].line, rejections[0].field.as_str()), (3, "region"));
    assert!(rejections[0].reason.starts_with("is \"DE\" here but \"UK\" at 2;"), "{}", rejections[0].reason);
}

#[test]
fn a_superseded_line_has_no_say() {
    let lines =
        vec![(2, line("1", |draft| draft.region = "DE")), (3, line("2", |_| ())), (4, line("1", |_| ()))];
    assert!(matches!(settle(lines), Parsed::Order { received: 3, lines, .. } if lines.len() == 2));
}

#[test]
fn a_long_run_of_rows_is_passed_on_in_pieces() {
    let rows = (0..=MAX_ORDER_LINES as u64)
        .map(|number| Ok(Row::Good { position: number + 2, line: line(&number.to_string(), |_| ()) }));
    let pieces: Vec<usize> = Orders::new(rows)
        .map(|parsed| match parsed {
            Ok(Parsed::Order { lines, .. }) => lines.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(pieces, [MAX_ORDER_LINES, 1]);
}
