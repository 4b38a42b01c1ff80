//! The raw query string as named values. Owns percent-decoding and the collection of every problem; knows the
//! parameters of no report.

use super::values;
use crate::error::FieldError;

/// The parameters of one request, taken one by one; what is left at the end is unknown.
#[derive(Debug)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    problems: Vec<FieldError>,
}

impl Parameters {
    /// Splits `query` (without its question mark) into decoded pairs. Pairs that cannot be decoded are problems.
    pub fn parse(query: &str) -> Self {
        let mut parameters = Self { pairs: Vec::new(), known: Vec::new(), problems: Vec::new() };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Ok(name), Ok(value)) => parameters.pairs.push((name, value)),
                (Ok(name), Err(reason)) => {
                    // Leave the name to `finish` only, so that one mistake is reported once.
                    parameters.problems.push(FieldError::new(name, reason));
                }
                (Err(reason), _) => parameters.problems.push(FieldError::new(name, reason)),
            }
        }
        parameters
    }

    /// The value of a parameter that may be given once.
    pub fn single(&mut self, name: &'static str) -> Option<String> {
        let mut values = self.take(name);
        if values.len() > 1 {
            self.refuse(name, format!("is given {} times; give it once", values.len()));
            return None;
        }
        values.pop()
    }

    /// The values of a parameter that may be repeated, sorted, each once.
    pub fn repeated(&mut self, name: &'static str, most: usize) -> Vec<String> {
        let mut values = self.take(name);
        if values.len() > most {
            self.refuse(name, format!("is given {} times; at most {most} values are allowed", values.len()));
            return Vec::new();
        }
        values.sort_unstable();
        values.dedup();
        values
    }

    /// A single parameter read by `read`, whose failure is a problem; `default` when it is absent or wrong.
    pub fn value<T>(
        &mut self,
        name: &'static str,
        default: T,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.optional(name, read).unwrap_or(default)
    }

    /// A single parameter read by `read`, whose failure is a problem; `None` when it is absent or wrong.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.single(name)?;
        read(&text).map_err(|reason| self.refuse(name, reason)).ok()
    }

    /// `limit`: how many rows, from 1 to `most`.
    pub fn limit(&mut self, default: usize, most: usize) -> usize {
        self.value("limit", default, |text| values::number(text, 1, most))
    }

    /// Notes a problem with a parameter.
    pub fn refuse(&mut self, name: &str, reason: impl Into<String>) {
        self.problems.push(FieldError::new(name, reason));
    }

    /// Whether a problem with one of `names` is noted.
    pub fn has_refused(&self, names: &[&str]) -> bool {
        self.problems.iter().any(|problem| names.contains(&problem.field.as_str()))
    }

    /// `value` when there was no problem. Parameters that nobody asked for are problems too.
    pub fn finish<T>(mut self, value: T) -> Result<T, Vec<FieldError>> {
        let mut unknown: Vec<String> = self.pairs.drain(..).map(|(name, _)| name).collect();
        unknown.sort_unstable();
        unknown.dedup();
        let allowed = match self.known.as_slice() {
            [] => "there are none".to_owned(),
            known => format!("the parameters are {}", known.join(", ")),
        };
        for name in unknown {
            self.refuse(&name, format!("is not a parameter here; {allowed}"));
        }
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }

    fn take(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        self.pairs.extract_if(.., |(found, _)| found == name).map(|(_, value)| value).collect()
    }
}

/// Decodes `+` and `%xx` as HTML forms encode them.
fn decode(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (pair, tail) = rest.split_at_checked(2).ok_or(BAD_ESCAPE)?;
                rest = tail;
                hex_digit(pair[0])? << 4 | hex_digit(pair[1])?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 once decoded")
}

const BAD_ESCAPE: &str = "has a % without two hexadecimal digits after it; write a percent sign as %25";

fn hex_digit(byte: u8) -> Result<u8, &'static str> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        b'A'..=b'F' => Ok(byte - b'A' + 10),
        _ => Err(BAD_ESCAPE),
    }
}
