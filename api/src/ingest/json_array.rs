//! Cuts a stream into JSON objects: one alone, or those of an array. Knows brackets and strings only; whether an
//! object is valid JSON is for its reader. Holds one object of at most 8 MiB.

use std::io::BufRead;

use super::order::Fatal;

/// Longest order.
const MAX_ORDER_BYTES: usize = 8 << 20;

pub(super) struct Objects<R> {
    input: R,
    state: State,
    /// Objects begun so far.
    position: u64,
    object: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Array,
    End,
}

impl<R: BufRead> Objects<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, state: State::Start, position: 0, object: Vec::new() }
    }

    /// The next object and its position from 1.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &[u8])>, Fatal> {
        let begun = match self.state {
            State::Start => self.start()?,
            State::Array => self.advance()?,
            State::End => false,
        };
        if !begun {
            self.state = State::End;
            return match self.peek()? {
                None => Ok(None),
                Some(b'{') => {
                    Err(self.malformed("another object follows; send an array, or NDJSON with one line each"))
                }
                Some(_) => Err(self.malformed("something follows the end of the JSON")),
            };
        }
        self.cut()?;
        Ok(Some((self.position, &self.object)))
    }

    /// Whether an object begins here.
    fn start(&mut self) -> Result<bool, Fatal> {
        if self.input.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
            self.input.consume("\u{feff}".len());
        }
        match self.peek()? {
            Some(b'{') => {
                self.state = State::End;
                self.position = 1;
                Ok(true)
            }
            Some(b'[') => {
                self.input.consume(1);
                self.state = State::Array;
                match self.peek()? {
                    Some(b']') => {
                        self.input.consume(1);
                        Ok(false)
                    }
                    _ => self.object_begins(),
                }
            }
            _ => Err(self.malformed("expected an order object or an array of them")),
        }
    }

    /// Past the comma to the next object, or past the end of the array.
    fn advance(&mut self) -> Result<bool, Fatal> {
        match self.peek()? {
            Some(b',') => {
                self.input.consume(1);
                self.object_begins()
            }
            Some(b']') => {
                self.input.consume(1);
                Ok(false)
            }
            Some(_) => Err(self.malformed("expected a comma or the end of the array after it")),
            None => Err(self.malformed("the array ends without its closing bracket")),
        }
    }

    fn object_begins(&mut self) -> Result<bool, Fatal> {
        self.position += 1;
        match self.peek()? {
            Some(b'{') => Ok(true),
            _ => Err(self.malformed("expected an order object")),
        }
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Result<Option<u8>, Fatal> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blank = buffer.len() - buffer.trim_ascii_start().len();
            let next = buffer.get(blank).copied();
            self.input.consume(blank);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Moves the object that begins here into `self.object`.
    fn cut(&mut self) -> Result<(), Fatal> {
        self.object.clear();
        let mut brackets = Brackets::default();
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Err(self.malformed("ends in the middle"));
            }
            let end = buffer.iter().position(|byte| brackets.close_with(*byte));
            let taken = end.map_or(buffer.len(), |last| last + 1);
            self.object.extend_from_slice(&buffer[..taken]);
            self.input.consume(taken);
            if end.is_some() {
                return Ok(());
            }
            if self.object.len() > MAX_ORDER_BYTES {
                return Err(self.malformed("is longer than 8 MiB"));
            }
        }
    }

    fn malformed(&self, reason: &str) -> Fatal {
        Fatal::Malformed { unit: "order", position: self.position.max(1), reason: reason.to_owned() }
    }
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
