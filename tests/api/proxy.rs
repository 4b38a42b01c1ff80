//! A door before a database server that a test can shut, and open again at the same address.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

/// Passes connections on while it is open; refuses them, and cuts those there are, when it is not.
pub(crate) struct Proxy {
    target: String,
    address: SocketAddr,
    passing: Option<Passing>,
}

struct Passing {
    ended: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
    thread: JoinHandle<()>,
}

impl Proxy {
    /// An open one on a free port.
    pub(crate) fn to(target: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        Self {
            target: target.to_owned(),
            address,
            passing: Some(Passing::start(listener, target.to_owned())),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn open(&mut self) {
        let listener = TcpListener::bind(self.address).expect("the same port again");
        self.passing = Some(Passing::start(listener, self.target.clone()));
    }

    pub(crate) fn close(&mut self) {
        let Some(passing) = self.passing.take() else { return };
        passing.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
        passing.thread.join().expect("the listening thread");
        for stream in passing.streams.lock().expect("the streams").drain(..) {
            // Its other end may have closed it before.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
    }
}

impl Passing {
    fn start(listener: TcpListener, target: String) -> Self {
        let (ended, streams) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (its_end, its_streams) = (Arc::clone(&ended), Arc::clone(&streams));
        let thread = std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if its_end.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(pair) = pass(client, &target) {
                    its_streams.lock().expect("the streams").extend(pair);
                }
            }
        });
        Self { ended, streams, thread }
    }
}

/// Copies both ways until one side ends.
fn pass(client: TcpStream, target: &str) -> io::Result<[TcpStream; 2]> {
    let server = TcpStream::connect(target)?;
    for (from, to) in [(&client, &server), (&server, &client)] {
        let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
        std::thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok([client, server])
}
