//! Authorization of requests: from credentials to the header, kept in memory and renewed when the registry says so.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::super::reference::Repository;
use super::answer::{Challenge, Trouble, check};
use crate::aws::ecr;
use crate::config::Secret;
use crate::failure::Failure;
use crate::http;

const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);

/// Who asks.
#[derive(Debug)]
pub enum Credentials {
    /// Nobody in particular.
    Anonymous,
    /// A user of the registry.
    User {
        /// Name.
        name: String,
        /// Password.
        password: Secret,
    },
    /// Whoever the AWS credentials are, by tokens that ECR gives for twelve hours.
    Ecr(ecr::Client),
}

/// The header in force.
#[derive(Debug)]
pub struct Access {
    client: Client,
    credentials: Credentials,
    /// Reading and writing, whichever a refusal was about: one token serves a whole push.
    scope: String,
    host: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    header: Option<HeaderValue>,
    /// Counts renewals, so that requests that were refused together renew once.
    generation: u64,
}

impl Access {
    /// Without a header yet: the first refusal tells which one is wanted. ECR is known to want a token.
    pub fn new(client: Client, repository: &Repository, credentials: Credentials) -> Self {
        let scope = format!("repository:{}:pull,push", repository.name());
        let host = repository.host().to_owned();
        Self { client, credentials, scope, host, state: Mutex::default() }
    }

    /// The header to send, and its generation.
    pub async fn authorization(&self) -> Result<(Option<HeaderValue>, u64), Trouble> {
        let mut state = self.state.lock().await;
        if let (None, Credentials::Ecr(client)) = (&state.header, &self.credentials) {
            state.header = Some(ecr_header(client).await.map_err(Trouble::Failed)?);
        }
        Ok((state.header.clone(), state.generation))
    }

    /// Gets another header after a refusal of the header of `generation`.
    pub async fn renew(&self, generation: u64, challenge: Option<Challenge>) -> Result<(), Trouble> {
        let mut state = self.state.lock().await;
        if state.generation != generation {
            return Ok(());
        }
        let header = match (&self.credentials, challenge) {
            (Credentials::Ecr(client), _) => Some(ecr_header(client).await.map_err(Trouble::Failed)?),
            (_, Some(Challenge::Bearer { realm, service })) => {
                Some(self.bearer(&realm, service.as_deref()).await?)
            }
            (Credentials::User { name, password }, _) => Some(self.basic(name, password)?),
            (Credentials::Anonymous, _) => None,
        };
        *state = State { header, generation: generation + 1 };
        Ok(())
    }

    async fn bearer(&self, realm: &str, service: Option<&str>) -> Result<HeaderValue, Trouble> {
        #[derive(Deserialize)]
        struct Token {
            #[serde(alias = "access_token")]
            token: String,
        }
        let unusable = || Failure::failed(format!("{} wants a token of an unusable address", self.host));
        let mut url = Url::parse(realm).map_err(|_| Trouble::Failed(unusable()))?;
        url.query_pairs_mut().extend_pairs(service.map(|service| ("service", service)));
        url.query_pairs_mut().append_pair("scope", &self.scope);
        let mut request = self.client.get(url).timeout(TOKEN_TIMEOUT);
        if let Credentials::User { name, password } = &self.credentials {
            request = request.basic_auth(name, Some(password.expose()));
        }
        let sent = request.send().await.map_err(|error| Trouble::passing(http::cause_of(&error)))?;
        let answer = check(sent).await.map_err(|trouble| match trouble {
            Trouble::Lasting(refusal) if refusal.status == StatusCode::UNAUTHORIZED => {
                Trouble::Failed(self.wrong_credentials())
            }
            other => other,
        })?;
        let token: Token = answer.json().await.map_err(|error| Trouble::passing(http::cause_of(&error)))?;
        sensitive(&format!("Bearer {}", token.token))
    }

    fn basic(&self, name: &str, password: &Secret) -> Result<HeaderValue, Trouble> {
        let request = self.client.get("http://localhost/").basic_auth(name, Some(password.expose())).build();
        let header = request.ok().and_then(|mut request| request.headers_mut().remove(AUTHORIZATION));
        header.ok_or_else(|| Trouble::Failed(Failure::usage("user and password do not fit into a header")))
    }

    fn wrong_credentials(&self) -> Failure {
        Failure::failed(format!("{} gives no token for these credentials", self.host))
            .hint("EAP_REGISTRY_USER and EAP_REGISTRY_PASSWORD hold user and password")
    }
}

async fn ecr_header(client: &ecr::Client) -> Result<HeaderValue, Failure> {
    let token = ecr::authorization_token(client).await?;
    sensitive(&format!("Basic {}", token.expose())).map_err(|_| Failure::failed("ECR gave an unusable token"))
}

fn sensitive(value: &str) -> Result<HeaderValue, Trouble> {
    let mut header = HeaderValue::from_str(value)
        .map_err(|_| Trouble::Failed(Failure::usage("the credentials do not fit into a header")))?;
    header.set_sensitive(true);
    Ok(header)
}
