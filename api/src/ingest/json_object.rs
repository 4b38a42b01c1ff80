//! JSON objects field by field, keeping the raw text of numbers so that money stays exact. Unknown, doubled and
//! wrongly typed fields become problems of the object rather than the end of the stream.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::order::excerpt;
use crate::error::FieldError;

/// Strange fields of an object that are reported; one is enough to reject it.
const MAX_STRANGE_FIELDS: usize = 20;

/// The fields of one object.
pub(super) struct Object<'a> {
    names: &'static [&'static str],
    values: Vec<Option<&'a RawValue>>,
    /// Fields that are not known or came twice.
    pub(super) problems: Vec<FieldError>,
}

impl<'a> Object<'a> {
    /// Reads an object that may have the fields `names`. The error is why `json` is no JSON object.
    pub(super) fn read(json: &'a [u8], names: &'static [&'static str]) -> Result<Self, String> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let object = deserializer.deserialize_map(Fields(names)).map_err(|error| explain(&error))?;
        deserializer.end().map_err(|error| explain(&error))?;
        Ok(object)
    }

    /// The raw value of a field, unless it is absent or null.
    pub(super) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let place = self.names.iter().position(|known| *known == name)?;
        self.values[place].filter(|value| value.get() != "null")
    }

    /// A field as text: a string without its quotes, a number as it was written, nothing if absent.
    pub(super) fn text(&self, name: &'static str) -> Result<Cow<'a, str>, FieldError> {
        let Some(raw) = self.raw(name).map(RawValue::get) else { return Ok(Cow::Borrowed("")) };
        match raw.as_bytes().first() {
            Some(b'"') => unquote(raw).map_err(|error| FieldError::new(name, explain(&error))),
            Some(b'-' | b'0'..=b'9') => Ok(Cow::Borrowed(raw)),
            _ => Err(FieldError::new(name, "must be a string or a number")),
        }
    }

    /// As [`Self::text`], and `true` and `false` are text too.
    pub(super) fn flag(&self, name: &'static str) -> Result<Cow<'a, str>, FieldError> {
        match self.raw(name).map(RawValue::get) {
            Some(raw @ ("true" | "false")) => Ok(Cow::Borrowed(raw)),
            _ => self.text(name),
        }
    }
}

/// The text, or nothing and one more problem.
pub(super) fn text_or_problem<'a>(
    text: Result<Cow<'a, str>, FieldError>,
    problems: &mut Vec<FieldError>,
) -> Cow<'a, str> {
    text.unwrap_or_else(|problem| {
        problems.push(problem);
        Cow::Borrowed("")
    })
}

/// A message without the position, which would count within the object only.
fn explain(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let cut = message.rfind(" at line ").unwrap_or(message.len());
    message[..cut].to_owned()
}

fn unquote(raw: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    match raw.get(1..raw.len() - 1) {
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        _ => serde_json::from_str::<String>(raw).map(Cow::Owned),
    }
}

struct Fields(&'static [&'static str]);

impl<'de> Visitor<'de> for Fields {
    type Value = Object<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut object = Object { names: self.0, values: vec![None; self.0.len()], problems: Vec::new() };
        while let Some((name, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            let name = unquote(name.get()).map_err(M::Error::custom)?;
            let reason = match self.0.iter().position(|known| *known == name) {
                None => "is not a known field",
                Some(place) if object.values[place].is_some() => "is there twice",
                Some(place) => {
                    object.values[place] = Some(value);
                    continue;
                }
            };
            if object.problems.len() < MAX_STRANGE_FIELDS {
                object.problems.push(FieldError::new(excerpt(&name), reason));
            }
        }
        Ok(object)
    }
}

/// The elements of an array as they are written, and how many there are; those beyond `most` are only counted.
pub(super) fn elements(json: &RawValue, most: usize) -> Result<(Vec<&RawValue>, usize), String> {
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    deserializer.deserialize_seq(Elements { most }).map_err(|_| "must be an array".to_owned())
}

struct Elements {
    most: usize,
}

impl<'de> Visitor<'de> for Elements {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON array")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut array: S) -> Result<Self::Value, S::Error> {
        let mut kept = Vec::new();
        let mut count = 0;
        while let Some(element) = array.next_element()? {
            count += 1;
            if count <= self.most {
                kept.push(element);
            }
        }
        Ok((kept, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &'static str) -> Object<'static> {
        Object::read(json.as_bytes(), &["a", "b", "c"]).expect("an object")
    }

    #[test]
    fn numbers_keep_their_digits_and_strings_lose_their_quotes() {
        let object = read(r#" {"a": 0.1000000000000000055, "b": "x\"\u00e9", "c": null} "#);
        for (name, text) in [("a", "0.1000000000000000055"), ("b", "x\"é"), ("c", "")] {
            assert_eq!(object.text(name), Ok(Cow::Borrowed(text)));
        }
        assert_eq!(object.problems, []);
    }

    #[test]
    fn strange_fields_are_problems_of_the_object() {
        let object = read(r#"{"a": [1], "colour": 1, "b": true, "\u0061": 2, "c": "\ud800"}"#);
        let problems =
            [FieldError::new("colour", "is not a known field"), FieldError::new("a", "is there twice")];
        assert_eq!(object.problems, problems);
        let scalar = "must be a string or a number";
        assert_eq!(object.text("a"), Err(FieldError::new("a", scalar)));
        assert_eq!(object.text("b"), Err(FieldError::new("b", scalar)));
        assert_eq!(object.flag("b"), Ok(Cow::Borrowed("true")));
        assert!(object.text("c").is_err());
    }

    #[test]
    fn strange_fields_are_reported_within_bounds() {
        let fields: Vec<String> =
            (0..100).map(|number| format!("\"{number}{}\": 1", "é".repeat(500))).collect();
        let json = format!("{{{}}}", fields.join(","));
        let object = Object::read(json.as_bytes(), &["a"]).expect("an object");
        assert_eq!(object.problems.len(), MAX_STRANGE_FIELDS);
        assert!(object.problems.iter().all(|problem| problem.field.len() < 200));
    }

    #[test]
    fn elements_beyond_the_limit_are_only_counted() {
        let array: Box<RawValue> = serde_json::from_str("[1, {\"a\": [2]}, 3]").expect("an array");
        let (kept, count) = elements(&array, 2).expect("an array");
        assert_eq!((kept[0].get(), kept[1].get(), kept.len(), count), ("1", "{\"a\": [2]}", 2, 3));
    }

    #[test]
    fn what_is_no_object_is_explained() {
        for json in ["[]", "1", "{", "{\"a\":}", "{} {}", "{\"a\":1,}", ""] {
            assert!(Object::read(json.as_bytes(), &["a"]).is_err(), "{json}");
        }
        let error = Object::read(b"[1]", &["a"]).err();
        assert_eq!(error.as_deref(), Some("invalid type: sequence, expected a JSON object"));
    }
}
