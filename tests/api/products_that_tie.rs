//! Products of equal revenue: the shop's ids decide, whichever number they have in the store.

use eap_api::{
    extract::{Filters, ProductSort},
    queries::products::{self, ProductsQuestion},
};

use crate::databases;

#[tokio::test]
async fn places_among_equals_go_by_the_shops_ids() {
    let line = |order: u32, product: &str, units: u32, price: &str| {
        format!("A{order},1,,{product},Lamp,Light,{units},{price},2024-03-01T10:00:00Z,North,online,\n")
    };
    let lines = [
        line(1, "b", 1, "10.00"),
        line(2, "c", 1, "5.00"),
        line(3, "c", 1, "5.00"),
        line(4, "a", 2, "5.00"),
        line(5, "d", 1, "20.00"),
        line(6, "e", 1, "0.00"),
    ];
    for store in databases::stores("UTC").await {
        store.land(&lines.concat()).await;
        for (sort, limit, expected) in [
            (ProductSort::Revenue, 9, &[("d", 0), ("a", 1), ("b", 2), ("c", 3), ("e", 4)][..]),
            (ProductSort::Orders, 2, &[("c", 3), ("a", 1)]),
            (ProductSort::Revenue, 3, &[("d", 0), ("a", 1), ("b", 2)]),
        ] {
            let (filters, currency) = (Filters::default(), "USD".to_owned());
            let question = ProductsQuestion { span: None, filters, currency, limit, sort };
            let answer = products::answer(&store.db, &question).await.expect("products");
            let best = answer.best.iter().map(|best| (best.sales.product_id.as_str(), best.place));
            assert_eq!(best.collect::<Vec<_>>(), expected, "{}: {sort:?}", store.name);
            assert_eq!(answer.nets, [2_000, 1_000, 1_000, 1_000, 0], "{}", store.name);
        }
    }
}
