//! The text of an answer of `FilterLogEvents`. It is read apart from the call, so that the next page is on its way meanwhile.

use bytes::Bytes;
use serde::Deserialize;

use super::{Event, Page, Trouble};
use crate::failure::Failure;

const NEXT: &[u8] = br#""nextToken""#;

/// An answer as it came.
#[derive(Debug)]
pub struct Answer(pub(super) Bytes);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    events: Option<Vec<ToldEvent>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldEvent {
    event_id: Option<String>,
    timestamp: Option<i64>,
    log_stream_name: Option<String>,
    message: Option<String>,
}

impl Answer {
    /// The token of the next page at a glance, for asking early. Only `read` knows: the key that is found last may be of
    /// something within, and one that is written with escapes is not found.
    pub fn likely_next(&self) -> Option<String> {
        // Within a text a quotation mark stands behind a backslash: this is no part of a message.
        let place = self.0.windows(NEXT.len()).rposition(|text| text == NEXT)?;
        let behind = self.0[place + NEXT.len()..].trim_ascii_start().strip_prefix(b":")?;
        serde_json::Deserializer::from_slice(behind).into_iter().next()?.ok()
    }

    /// The page.
    pub fn read(&self) -> Result<Page, Trouble> {
        let unreadable = |error: String| {
            let message = format!("the answer to logs:FilterLogEvents cannot be read: {error}");
            Trouble::Lasting(Failure::failed(message).hint("does something else than AWS answer?"))
        };
        // Looked through once for what is no text, and not again for each of its texts.
        let text = str::from_utf8(&self.0).map_err(|error| unreadable(error.to_string()))?;
        let told: Told = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        let event = |event: ToldEvent| Event {
            id: event.event_id.unwrap_or_default(),
            at_ms: event.timestamp.unwrap_or_default(),
            stream: event.log_stream_name.unwrap_or_default(),
            message: event.message.unwrap_or_default(),
        };
        Ok((told.events.unwrap_or_default().into_iter().map(event).collect(), told.next_token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The token at a glance, and the one that is read.
    fn tokens(text: &str) -> (Option<String>, Option<String>) {
        let answer = Answer(Bytes::copy_from_slice(text.as_bytes()));
        (answer.likely_next(), answer.read().unwrap().1)
    }

    fn both(token: &str) -> (Option<String>, Option<String>) {
        (Some(token.to_owned()), Some(token.to_owned()))
    }

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        assert_eq!(tokens(r#"{"events":[],"nextToken":"a","searchedLogStreams":[]}"#), both("a"));
        assert_eq!(
            tokens("{ \"nextToken\" :\n \"a\" , \"events\" : [ { \"message\": \"m\" } ] }"),
            both("a")
        );
        let escaped = r#"{"events":[],"nextToken":"a\"b\\\u00e9\/\ud83d\ude00"}"#;
        assert_eq!(tokens(escaped), both("a\"b\\é/😀"));
    }

    #[test]
    fn the_last_page_has_none() {
        for text in [
            "{}",
            r#"{"events":[]}"#,
            r#"{"events":null,"nextToken":null}"#,
            r#"{"nextToken":null,"events":[]}"#,
        ] {
            assert_eq!(tokens(text), (None, None), "{text}");
        }
    }

    #[test]
    fn texts_that_speak_of_tokens_are_none() {
        for message in [
            r#"{"nextToken":"theirs"}"#,
            r#"\"nextToken\":\"theirs\""#,
            r#"\\"nextToken":"theirs""#,
            "nextToken",
            r#""nextToken""#,
            r#":"nextToken""#,
        ] {
            let event =
                serde_json::json!({"eventId": "nextToken", "message": message, "logStreamName": "nextToken"});
            let text = serde_json::json!({"events": [event]}).to_string();
            assert_eq!(tokens(&text), (None, None), "{text}");
            // Behind the token, too, where it would be found first.
            let text = format!(r#"{{"nextToken":"ours","events":[{event}]}}"#);
            let (likely, read) = tokens(&text);
            assert_eq!(read.as_deref(), Some("ours"), "{text}");
            assert_ne!(likely.as_deref(), Some("theirs"), "{text}");
        }
    }

    #[test]
    fn a_token_of_something_within_misleads_the_glance_alone() {
        let within = r#"{"events":[{"message":"m","more":{"nextToken":"theirs"}}]}"#;
        assert_eq!(tokens(within), (Some("theirs".to_owned()), None));
        let behind = r#"{"nextToken":"ours","more":{"nextToken":"theirs"}}"#;
        assert_eq!(tokens(behind), (Some("theirs".to_owned()), Some("ours".to_owned())));
        let key_in_escapes = r#"{"next\u0054oken":"ours"}"#;
        assert_eq!(tokens(key_in_escapes), (None, Some("ours".to_owned())));
    }

    #[test]
    fn events_are_read_with_what_they_lack() {
        let text = r#"{"events":[{"eventId":"7","timestamp":-5,"ingestionTime":9,"logStreamName":"s","message":"a\n\"b\"\u0001"},{"message":null}]}"#;
        let (events, next) = Answer(Bytes::from_static(text.as_bytes())).read().unwrap();
        let (id, stream, message) = ("7".to_owned(), "s".to_owned(), "a\n\"b\"\u{1}".to_owned());
        let none = Event { id: String::new(), at_ms: 0, stream: String::new(), message: String::new() };
        assert_eq!((events, next), (vec![Event { id, at_ms: -5, stream, message }, none], None));
    }

    #[test]
    fn what_is_no_answer_is_a_failure_that_lasts() {
        let texts: [&[u8]; 5] = [
            b"",
            b"<html>",
            br#"{"events":[{"message":"cut"#,
            br#"{"events":7}"#,
            b"{\"events\":[{\"message\":\"\xff\"}]}",
        ];
        for text in texts {
            let read = Answer(Bytes::from_static(text)).read();
            let Err(Trouble::Lasting(failure)) = read else { panic!("{text:?}: {read:?}") };
            assert!(failure.to_string().contains("logs:FilterLogEvents cannot be read"), "{failure}");
        }
    }
}
