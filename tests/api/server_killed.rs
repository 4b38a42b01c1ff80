//! Eight senders post to two `eap-api serve` on one store; one server is killed by SIGKILL midway and another takes its
//! place. Who gets no answer sends again. Then every order is there once, and every report equals the recount.

use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::{
    databases::{self, TestStore},
    http,
    program::Server,
    recount::Lines,
    reports_equal_recount::{check, question},
    seeds::{self, sample},
    writers_killed::{csv, order, stored_lines},
};

const SENDERS: u32 = 8;
const ORDERS: u32 = 200;
/// Orders in one request.
const BATCH: usize = 20;
/// Answers after which a server is killed, out of 160.
const KILLED_AFTER: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_and_nothing_twice() {
    for store in databases::stores("UTC").await {
        tokio::task::block_in_place(|| send_all(&store));
        let stored = stored_lines(&store.db).await;
        let sent: Lines = (0..SENDERS * ORDERS)
            .flat_map(|number| order(number, 1))
            .map(|line| ((line.order_id.clone(), line.line), line))
            .collect();
        assert!(stored == sent, "{}: {} lines are there, {} were sent", store.name, stored.len(), sent.len());
        let mut runner = seeds::runner(seeds::FIXED);
        for _ in 0..15 {
            check(&store, &stored, &sample(&mut runner, question())).await;
        }
    }
}

/// What senders and the one who kills share.
struct Traffic {
    servers: Mutex<[SocketAddr; 2]>,
    acknowledged: AtomicUsize,
    unanswered: AtomicUsize,
}

fn send_all(store: &TestStore) {
    let (mut first, second) = (Server::start(&store.url, &[]), Server::start(&store.url, &[]));
    let traffic = Traffic {
        servers: Mutex::new([first.address, second.address]),
        acknowledged: AtomicUsize::new(0),
        unanswered: AtomicUsize::new(0),
    };
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let traffic = &traffic;
            scope.spawn(move || send(traffic, sender));
        }
        while traffic.acknowledged.load(Ordering::SeqCst) < KILLED_AFTER {
            std::thread::sleep(Duration::from_millis(1));
        }
        first.kill();
        first = Server::start(&store.url, &[]);
        traffic.servers.lock().expect("the servers")[0] = first.address;
    });
    assert!(traffic.unanswered.load(Ordering::SeqCst) > 0, "{}: nobody met the killed server", store.name);
}

/// Sends a sender's orders, and then sends them changed.
fn send(traffic: &Traffic, sender: u32) {
    let numbers: Vec<u32> = (sender * ORDERS..(sender + 1) * ORDERS).collect();
    let mut turn = sender as usize;
    for version in [0, 1] {
        for batch in numbers.chunks(BATCH) {
            let body = csv(batch.iter().map(|number| order(*number, version)));
            while !is_acknowledged(traffic, turn, &body) {
                traffic.unanswered.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(20));
                turn += 1;
            }
            traffic.acknowledged.fetch_add(1, Ordering::SeqCst);
            turn += 1;
        }
    }
}

/// Whether a server has answered that all of `body` is there.
fn is_acknowledged(traffic: &Traffic, turn: usize, body: &str) -> bool {
    let server = traffic.servers.lock().expect("the servers")[turn % 2];
    let Ok(answer) = http::try_post(server, "/api/v1/orders", "text/csv", body.as_bytes()) else {
        return false;
    };
    // An answer that was cut off is none.
    let Ok(summary) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return false };
    assert_eq!((answer.status, summary["rejected"].as_u64()), (200, Some(0)), "{summary}");
    true
}
