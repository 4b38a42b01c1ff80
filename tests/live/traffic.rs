//! A user of the platform who never stops, and who counts what he is not given.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::http;

/// Requests, one after the other, until it is dropped.
pub struct Traffic {
    sent: Arc<AtomicUsize>,
    /// The names that the API gave them.
    ids: Arc<Mutex<Vec<String>>>,
    failed: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Traffic {
    /// Begins to ask for a report of the platform at `host`, through the emulator at `url`.
    pub fn start(url: &str, host: &str, key: &str) -> Self {
        let (sent, ids, failed, over) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        let client = http::client().timeout(Duration::from_secs(20)).build().unwrap();
        let address = format!("{url}/api/v1/analytics/sales?start_date=2014-01-01&end_date=2017-12-31");
        let request = client.get(address).header("Host", host).bearer_auth(key);
        let thread = {
            let (sent, ids) = (Arc::clone(&sent), Arc::clone(&ids));
            let (failed, over) = (Arc::clone(&failed), Arc::clone(&over));
            std::thread::spawn(move || ask(&request, (&sent, &ids), &failed, &over))
        };
        Self { sent, ids, failed, over, thread: Some(thread) }
    }

    /// The names of those that were answered so far.
    pub fn ids(&self) -> Vec<String> {
        self.ids.lock().unwrap().clone()
    }

    /// So many were sent, and these came to nothing.
    pub fn so_far(&self) -> (usize, Vec<String>) {
        (self.sent.load(Ordering::Relaxed), self.failed.lock().unwrap().clone())
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().unwrap().join();
    }
}

fn ask(
    request: &reqwest::blocking::RequestBuilder,
    (sent, ids): (&AtomicUsize, &Mutex<Vec<String>>),
    failed: &Mutex<Vec<String>>,
    over: &AtomicBool,
) {
    while !over.load(Ordering::Relaxed) {
        let answer =
            request.try_clone().unwrap().send().and_then(reqwest::blocking::Response::error_for_status);
        if let Some(id) = answer.as_ref().ok().and_then(|answer| answer.headers().get("x-request-id")) {
            ids.lock().unwrap().push(id.to_str().unwrap().to_owned());
        }
        let read = answer.and_then(reqwest::blocking::Response::text);
        match read {
            Ok(body) if body.contains("\"total_transactions\":5009") => {}
            Ok(body) => failed.lock().unwrap().push(body.chars().take(200).collect()),
            Err(error) => failed.lock().unwrap().push(format!("{error:?}")),
        }
        sent.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(50));
    }
}
