//! `eap-api serve` told to end: what is open may finish, streams end, nothing new is taken, and the time is limited.

use std::{
    io::Write as _,
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    http::{self, Exchange},
    over_http::embedded,
    program::Server,
};

const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";

fn terminate(server: &Server) {
    let kill = format!("kill -TERM {}", server.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
}

/// An upload of two orders of which only the first has been sent.
fn half_an_upload(server: &Server) -> Exchange {
    let headers = "Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n";
    let mut upload = http::open(server.address, "POST", "/api/v1/orders", headers);
    send(&mut upload.stream, &format!("{HEADER}\nA,1,c,p,n,k,1,1.00,2024-01-31,r,c\n"));
    upload
}

fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).expect("send");
}

#[test]
fn what_is_open_may_finish() {
    let (folder, mut server) = embedded(&["--shutdown-seconds", "60"]);
    let stream = "/api/v1/stream/sales?start_date=2024-01-31&end_date=2024-01-31";
    let mut events = http::open(server.address, "GET", stream, "");
    while !events.line().expect("an event").contains("total_revenue") {}
    let address = server.address;
    let poll = std::thread::spawn(move || http::get(address, &format!("{stream}&wait=50")));
    let mut upload = half_an_upload(&server);
    std::thread::sleep(Duration::from_millis(300));
    terminate(&server);
    server.wait_for_log("open requests may finish");
    // Those who only listen are told to come back, at once.
    while events.line().is_ok_and(|line| line != "0") {}
    assert_eq!(poll.join().expect("the poll").status, 204);
    // The listener goes at about the same time.
    let deadline = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "it still takes connections");
    }
    // Who was sending sends on, and is answered.
    send(&mut upload.stream, "B,1,c,p,n,k,2,1.00,2024-01-31,r,c\n");
    upload.stream.write_all(b"0\r\n\r\n").expect("send the end");
    let answer = upload.answer();
    assert_eq!((answer.status, &answer.json()["inserted"]), (200, &2.into()), "{}", answer.text());
    assert_eq!(server.wait(), Some(0));
    server.wait_for_log("\"message\":\"ended\"");

    let url = format!("sqlite:{}/analytics.db", folder.path().display());
    let next = Server::start(&url, &[]);
    let report = http::get(next.address, "/api/v1/analytics/sales?start_date=2024-01-31&end_date=2024-01-31");
    assert_eq!(report.json()["units"], 3, "{}", report.text());
}

#[test]
fn the_time_to_finish_is_limited_and_a_second_signal_ends_it() {
    for (seconds, signals, why) in [("1", 1, "the time is up"), ("600", 2, "told a second time")] {
        let (_folder, mut server) = embedded(&["--shutdown-seconds", seconds]);
        let mut upload = half_an_upload(&server);
        std::thread::sleep(Duration::from_millis(300));
        terminate(&server);
        server.wait_for_log("open requests may finish");
        if signals == 2 {
            terminate(&server);
        }
        assert_eq!(server.wait(), Some(0), "{why}");
        server.wait_for_log(why);
        assert!(upload.try_answer().is_err(), "an upload that was cut off has no answer");
    }
}
