//! What registries answer, in words: which trouble passes, and what to do about that which does not.

use std::time::Duration;

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};
use serde::Deserialize;

use super::super::reference::Repository;
use crate::failure::Failure;
use crate::http;

/// Longest part of an unexpected answer that is shown, in characters.
const SHOWN_CHARACTERS: usize = 300;

/// Why a request did not do its work.
#[derive(Debug)]
pub enum Trouble {
    /// It may pass; the pause that the registry asked for, if it did.
    Passing {
        /// What happened.
        reason: String,
        /// How long to wait.
        retry_after: Option<Duration>,
    },
    /// The registry refuses.
    Lasting(Refusal),
    /// It failed before or beside the registry.
    Failed(Failure),
}

impl Trouble {
    /// Trouble that may pass.
    pub fn passing(reason: String) -> Self {
        Self::Passing { reason, retry_after: None }
    }
}

/// A refusal.
#[derive(Debug)]
pub struct Refusal {
    /// Its status.
    pub status: StatusCode,
    /// What the registry said.
    pub text: String,
    /// The codes among it, such as `NAME_UNKNOWN`.
    codes: Vec<String>,
}

/// Lets only success pass.
pub async fn check(response: Response) -> Result<Response, Trouble> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after = http::retry_after(response.headers());
    // Without a body the status has to do.
    let body = response.text().await.unwrap_or_default();
    let refusal = Refusal::read(status, &body);
    let passes = status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || (status.is_server_error() && status != StatusCode::INSUFFICIENT_STORAGE);
    if passes {
        return Err(Trouble::Passing { reason: refusal.reason(), retry_after });
    }
    Err(Trouble::Lasting(refusal))
}

/// How the registry wants to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// With user and password.
    Basic,
    /// With a token of this server.
    Bearer {
        /// The server.
        realm: String,
        /// Whom the token is for.
        service: Option<String>,
    },
}

/// The challenge of a 401.
pub fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let value = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (scheme, parameters) = value.split_once(' ').unwrap_or((value, ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    let parameter = |name: &str| quoted_parameter(parameters, name);
    scheme.eq_ignore_ascii_case("bearer").then_some(())?;
    Some(Challenge::Bearer { realm: parameter("realm")?, service: parameter("service") })
}

fn quoted_parameter(parameters: &str, name: &str) -> Option<String> {
    let start = format!("{name}=\"");
    let found = parameters.match_indices(&start).find(|(at, _)| {
        let before = parameters[..*at].trim_end();
        before.is_empty() || before.ends_with(',')
    })?;
    let value = &parameters[found.0 + start.len()..];
    Some(value[..value.find('"')?].to_owned())
}

/// Adds what can be done about trouble that did not pass.
pub fn hint_of_reason(failure: Failure, reason: &str) -> Failure {
    let reason = reason.to_lowercase();
    if reason.contains("no space left") || reason.contains("quota") {
        return failure.hint("the registry has no room: remove old images, or give it more");
    }
    if reason.contains("connection refused") || reason.contains("dns error") {
        return failure.hint("is the registry running, and its address right?");
    }
    if reason.contains("invalidcontenttype") || reason.contains("corrupt message") {
        return failure.hint("the registry does not speak TLS: write http:// in front of its address");
    }
    failure
}

impl Refusal {
    fn read(status: StatusCode, body: &str) -> Self {
        #[derive(Deserialize)]
        struct Answer {
            errors: Vec<Reason>,
        }
        #[derive(Deserialize)]
        struct Reason {
            code: String,
            #[serde(default)]
            message: String,
            #[serde(default)]
            detail: serde_json::Value,
        }
        let Ok(answer) = serde_json::from_str::<Answer>(body) else {
            let text = body.chars().filter(|c| !c.is_control()).take(SHOWN_CHARACTERS).collect();
            return Self { status, text, codes: Vec::new() };
        };
        let said = answer.errors.iter().map(|reason| {
            let detail = match &reason.detail {
                serde_json::Value::Null => String::new(),
                detail => format!(" {detail}"),
            };
            format!("{}{detail}", reason.message)
        });
        let text: String = said.collect::<Vec<_>>().join("; ").chars().take(SHOWN_CHARACTERS).collect();
        Self { status, text, codes: answer.errors.into_iter().map(|reason| reason.code).collect() }
    }

    /// Status and words.
    pub fn reason(&self) -> String {
        let codes = if self.codes.is_empty() { String::new() } else { format!(" {}", self.codes.join(", ")) };
        let text = if self.text.is_empty() { String::new() } else { format!(": {}", self.text) };
        format!("the registry answered {}{codes}{text}", self.status.as_u16())
    }

    /// The failure that it is, with what to do.
    pub fn failure(&self, doing: &str, repository: &Repository) -> Failure {
        let failure = Failure::failed(format!("cannot {doing}: {}", self.reason()));
        let says = |code: &str| self.codes.iter().any(|known| known == code);
        let immutable = says("TAG_INVALID") || self.text.contains("immutable");
        match self.status {
            _ if immutable => failure
                .hint("the tag stands for another image already, and tags never move here")
                .hint("commit first, so that the image gets a tag of its own"),
            StatusCode::UNAUTHORIZED => failure.hint(
                "the registry wants other credentials: EAP_REGISTRY_USER and EAP_REGISTRY_PASSWORD hold them; ECR \
                 takes those of AWS",
            ),
            StatusCode::FORBIDDEN => {
                failure.hint(format!("these credentials may not write to {repository}: its policy decides"))
            }
            StatusCode::NOT_FOUND if says("NAME_UNKNOWN") => failure.hint(format!(
                "there is no repository {}: add --create-repository, or deploy the bootstrap stack",
                repository.name()
            )),
            StatusCode::NOT_FOUND => failure.hint("is this a registry? It must answer at /v2/"),
            StatusCode::INSUFFICIENT_STORAGE => {
                failure.hint("the registry has no room: remove old images, or give it more")
            }
            StatusCode::PAYLOAD_TOO_LARGE => failure.hint("the registry or a proxy before it limits uploads"),
            _ => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_name_their_server() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(WWW_AUTHENTICATE, value.parse().expect("a header"));
            challenge(&headers)
        };
        assert_eq!(of(r#"Basic realm="https://x/",service="ecr.amazonaws.com""#), Some(Challenge::Basic));
        assert_eq!(
            of(
                r#"Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push""#
            ),
            Some(Challenge::Bearer {
                realm: "https://auth.example/token".into(),
                service: Some("registry".into()),
            })
        );
        assert_eq!(of("Bearer service=\"x\""), None, "no server, no token");
        assert_eq!(of("Negotiate"), None);
    }

    #[test]
    fn refusals_are_told_in_the_words_of_the_registry() {
        let body = r#"{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository","detail":null}]}"#;
        let refusal = Refusal::read(StatusCode::NOT_FOUND, body);
        assert_eq!(refusal.reason(), "the registry answered 404 NAME_UNKNOWN: no such repository");
        let repository = Repository::new("registry.example", "shop").expect("a repository");
        let failure = refusal.failure("upload a layer", &repository);
        assert!(failure.hints()[0].contains("--create-repository"), "{failure:?}");
        let page = Refusal::read(StatusCode::BAD_GATEWAY, "<html>\u{1b}[31mbad</html>");
        assert_eq!(page.reason(), "the registry answered 502: <html>[31mbad</html>");
    }
}
