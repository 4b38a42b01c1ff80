//! Whole orders as JSON: one object, or an array of them. Cuts the objects out as they are and holds one at a time;
//! what is in them is for the API.

use std::io::{self, BufRead, ErrorKind};

use serde::de::IgnoredAny;

use super::records::Record;

/// No order is longer: with the brackets of an array around it, it is what the API takes of JSON at a time, 8 MiB.
pub(super) const MAX_OBJECT_BYTES: usize = (8 << 20) - "[]".len();

/// Where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objects {
    /// Before everything.
    Start,
    /// Behind an object of an array.
    InArray,
    /// Behind the last object; nothing but white space may follow.
    End,
}

impl Objects {
    /// Where a reader stands behind the first object of `input`, or any later one of its array.
    pub(super) fn behind_first(input: &mut impl BufRead) -> io::Result<Self> {
        let mut objects = Self::Start;
        objects.read(input).map(|_| objects)
    }

    /// The next object; `None` at the end. The error says what is wrong there.
    pub(super) fn read(&mut self, input: &mut impl BufRead) -> io::Result<Option<Record>> {
        let mut taken = 0;
        if *self == Self::Start && input.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
            taken += take(input, "\u{feff}".len());
        }
        let next = peek(input, &mut taken)?;
        let begins = match (*self, next) {
            (Self::Start, Some(b'{')) => {
                *self = Self::End;
                true
            }
            (Self::Start, Some(b'[')) | (Self::InArray, Some(b',')) => {
                let first = *self == Self::Start;
                *self = Self::InArray;
                taken += take(input, 1);
                match peek(input, &mut taken)? {
                    Some(b'{') => true,
                    Some(b']') if first => false,
                    _ => return Err(malformed("an order object must follow")),
                }
            }
            (Self::InArray, Some(b']')) | (Self::End, None) => false,
            (Self::Start, _) => return Err(malformed("it is no order object and no array of them")),
            (Self::InArray, Some(_)) => return Err(malformed("a comma or the end of the array must follow")),
            (Self::InArray, None) => return Err(malformed("the array ends without its closing bracket")),
            (Self::End, Some(_)) => return Err(malformed("something follows the end of the JSON")),
        };
        if !begins {
            return self.end(input).map(|()| None);
        }
        let bytes = cut(input)?;
        taken += bytes.len() as u64;
        Ok(Some(Record { bytes, order: None, taken, lines: 1 }))
    }

    /// Past the closing bracket, where there is one, to the end of the file.
    fn end(&mut self, input: &mut impl BufRead) -> io::Result<()> {
        if *self == Self::InArray {
            take(input, 1);
        }
        *self = Self::End;
        match peek(input, &mut 0)? {
            None => Ok(()),
            Some(_) => Err(malformed("something follows the end of the JSON")),
        }
    }
}

fn malformed(reason: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason)
}

fn take(input: &mut impl BufRead, count: usize) -> u64 {
    input.consume(count);
    count as u64
}

/// The next byte that is not white space; `taken` grows by what was skipped.
fn peek(input: &mut impl BufRead, taken: &mut u64) -> io::Result<Option<u8>> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let blank = buffer.len() - buffer.trim_ascii_start().len();
        let next = buffer.get(blank).copied();
        *taken += take(input, blank);
        if next.is_some() {
            return Ok(next);
        }
    }
}

/// The object that begins here.
fn cut(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut object = Vec::new();
    let mut brackets = Brackets::default();
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Err(malformed("the order ends in the middle"));
        }
        let end = buffer.iter().position(|byte| brackets.close_with(*byte));
        let count = end.map_or(buffer.len(), |last| last + 1);
        object.extend_from_slice(&buffer[..count]);
        input.consume(count);
        if object.len() > MAX_OBJECT_BYTES {
            return Err(malformed("it does not fit into one request of 8 MiB"));
        }
        if end.is_some() {
            break;
        }
    }
    // The API would refuse the whole part that it is in.
    serde_json::from_slice::<IgnoredAny>(&object)
        .map_err(|error| malformed(&format!("the order is no JSON: {error}")))?;
    Ok(object)
}

/// How deep in brackets, and whether in a string.
#[derive(Default)]
struct Brackets {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Brackets {
    /// Whether `byte` closes the outermost bracket.
    fn close_with(&mut self, byte: u8) -> bool {
        if self.in_string {
            let ends = byte == b'"' && !self.escaped;
            self.escaped = byte == b'\\' && !self.escaped;
            self.in_string = !ends;
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth -= 1;
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, u64)>, String> {
        let mut objects = Objects::Start;
        // A small buffer, so that objects lie across its ends.
        let mut input = io::BufReader::with_capacity(3, text.as_bytes());
        let next = || objects.read(&mut input).map_err(|error| error.to_string()).transpose();
        let text = |record: Record| (String::from_utf8(record.bytes).expect("UTF-8"), record.taken);
        std::iter::from_fn(next).map(|record| record.map(text)).collect()
    }

    #[test]
    fn objects_are_cut_out_as_they_are() {
        let text = "\u{feff} [ {\"a\": \"]}\\\"\"} ,\n{\"b\": [{}]}\n]\n";
        let expected = [("{\"a\": \"]}\\\"\"}".to_owned(), 19), ("{\"b\": [{}]}".to_owned(), 14)];
        assert_eq!(read(text).expect("two objects"), expected);
        assert_eq!(read(" {\"a\":1} \n").expect("one object"), [("{\"a\":1}".to_owned(), 8)]);
        assert_eq!(read("[ ]").expect("an empty array"), []);
    }

    #[test]
    fn what_is_broken_is_said() {
        let refusal = |text: &str| read(text).expect_err("refused");
        assert_eq!(refusal("[{},]"), "an order object must follow");
        assert_eq!(refusal("[{} {}]"), "a comma or the end of the array must follow");
        assert_eq!(refusal("[{}"), "the array ends without its closing bracket");
        assert_eq!(refusal("[{\"a\":"), "the order ends in the middle");
        assert_eq!(refusal("{} {}"), "something follows the end of the JSON");
        assert_eq!(refusal("[{}] x"), "something follows the end of the JSON");
        assert!(refusal("[{a}]").starts_with("the order is no JSON: "));
        let endless = format!("[{{\"a\":\"{}", "x".repeat(MAX_OBJECT_BYTES));
        assert_eq!(refusal(&endless), "it does not fit into one request of 8 MiB");
    }
}
