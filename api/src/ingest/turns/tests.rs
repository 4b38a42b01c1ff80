use futures_util::FutureExt as _;

use super::*;

/// Turns of batches that have one order each.
fn turns<const COUNT: usize>(orders: [&'static str; COUNT]) -> [Turn; COUNT] {
    let mut turns = Turns::new();
    orders.map(|order| turns.next(std::iter::once(order)))
}

fn is_pending(waiting: impl Future<Output = Result<()>>) -> bool {
    waiting.now_or_never().is_none()
}

#[test]
fn a_batch_begins_at_once_and_commits_when_the_one_before_has_landed() {
    let [first, second] = turns(["A", "B"]);
    first.commit().now_or_never().expect("its turn").expect("nobody is before it");
    second.begin().now_or_never().expect("at once").expect("they share nothing");
    assert!(is_pending(second.commit()));
    first.landed();
    second.commit().now_or_never().expect("its turn").expect("the first has landed");
}

#[test]
fn a_batch_with_an_order_of_the_one_before_begins_after_it() {
    let [first, second, third] = turns(["A", "A", "B"]);
    assert!(is_pending(second.begin()));
    first.landed();
    second.begin().now_or_never().expect("its turn").expect("the first has landed");
    third.begin().now_or_never().expect("at once").expect("it shares nothing with the second");
}

#[test]
fn who_waits_for_a_refused_batch_gives_way_until_it_has_landed() {
    let [first, second] = turns(["A", "B"]);
    assert!(is_pending(second.commit()));
    first.refused();
    let gave_way = second.commit().now_or_never().expect("at once").expect_err("it has to give way");
    assert!(gave_way.is::<GaveWay>());
    assert!(is_pending(second.before_landed()));
    first.landed();
    second.before_landed().now_or_never().expect("its turn").expect("the first has landed");
    second.commit().now_or_never().expect("its turn").expect("the first has landed");
}

#[test]
fn nothing_commits_after_a_batch_that_failed() {
    let [first, second] = turns(["A", "B"]);
    drop(first);
    let error = second.commit().now_or_never().expect("at once").expect_err("the first is gone");
    assert_eq!(error.to_string(), "the batch before has not landed");
}
