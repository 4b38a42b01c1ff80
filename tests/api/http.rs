//! HTTP/1.1 by hand, one request to a connection, so that requests can be as broken as a test needs them.

use std::{
    io::{self, BufRead as _, BufReader, Read, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

/// Longest silence of a server that a test waits for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in small letters.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// Any text as a value of a query.
pub(crate) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02X}"))
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    get_with(address, path, "")
}

/// `headers` are whole lines, each with its CRLF.
pub(crate) fn get_with(address: SocketAddr, path: &str, headers: &str) -> Answer {
    open(address, "GET", path, headers).answer()
}

pub(crate) fn post(address: SocketAddr, path: &str, kind: &str, body: &[u8]) -> Answer {
    post_with(address, path, &format!("Content-Type: {kind}\r\n"), body)
}

/// `headers` as for `get_with`, but the length of the body.
pub(crate) fn post_with(address: SocketAddr, path: &str, headers: &str, body: &[u8]) -> Answer {
    let headers = format!("{headers}Content-Length: {}\r\n", body.len());
    let mut exchange = open(address, "POST", path, &headers);
    // A server that refuses need not read to the end.
    let _ = exchange.stream.write_all(body);
    exchange.answer()
}

/// As `post`, to a server that may be gone, or go at any time.
pub(crate) fn try_post(address: SocketAddr, path: &str, kind: &str, body: &[u8]) -> io::Result<Answer> {
    let headers = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    let mut exchange = try_open(address, "POST", path, &headers)?;
    exchange.stream.write_all(body)?;
    exchange.try_answer()
}

/// Sends the pieces of a body whose length is not announced, while another thread listens: the answer to a body that
/// is refused comes before its end. Also tells how many bytes were taken.
pub(crate) fn post_chunked(
    address: SocketAddr,
    path: &str,
    kind: &str,
    pieces: impl Iterator<Item = Vec<u8>>,
) -> (Answer, u64) {
    let headers = format!("Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\n");
    let mut exchange = open(address, "POST", path, &headers);
    let mut stream = exchange.stream.try_clone().expect("a second handle");
    let answer = std::thread::spawn(move || exchange.answer());
    let mut taken = 0;
    for piece in pieces {
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
        if stream.write_all(&chunk).is_err() {
            break;
        }
        taken += piece.len() as u64;
    }
    let _ = stream.write_all(b"0\r\n\r\n");
    (answer.join().expect("the listening thread"), taken)
}

/// A request of which only the head has been sent.
pub(crate) struct Exchange {
    pub(crate) stream: TcpStream,
    reader: BufReader<TcpStream>,
}

/// Sends the head of a request.
pub(crate) fn open(address: SocketAddr, method: &str, path: &str, headers: &str) -> Exchange {
    try_open(address, method, path, headers).expect("a server that listens")
}

fn try_open(address: SocketAddr, method: &str, path: &str, headers: &str) -> io::Result<Exchange> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes())?;
    let reader = BufReader::new(stream.try_clone()?);
    Ok(Exchange { stream, reader })
}

impl Exchange {
    /// Reads the whole answer.
    pub(crate) fn answer(&mut self) -> Answer {
        self.try_answer().expect("an answer")
    }

    /// Reads the whole answer, unless the server hangs up first.
    pub(crate) fn try_answer(&mut self) -> io::Result<Answer> {
        let status = self.line()?.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut answer = Answer { status, headers: Vec::new(), body: Vec::new() };
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if answer.header("transfer-encoding") == "chunked" {
            while self.chunk(&mut answer.body)? > 0 {}
        } else if let Ok(length) = answer.header("content-length").parse() {
            self.reader.by_ref().take(length).read_to_end(&mut answer.body)?;
        }
        Ok(answer)
    }

    /// Reads one line, without its end.
    pub(crate) fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    /// Goes away without a word, in the midst of whatever was said.
    pub(crate) fn hang_up(self) {
        // The server may have hung up before.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    fn chunk(&mut self, body: &mut Vec<u8>) -> io::Result<u64> {
        let length = u64::from_str_radix(&self.line()?, 16).map_err(io::Error::other)?;
        self.reader.by_ref().take(length).read_to_end(body)?;
        self.line()?;
        Ok(length)
    }
}
