//! A registry over HTTP, as the OCI distribution specification has it. Owns requests, patience and authorization;
//! decides nothing about images.

mod access;
mod answer;
mod upload;

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, Response, StatusCode};

pub use access::Credentials;
pub use answer::Trouble;
pub use upload::Sent;

use super::manifest::{Descriptor, INDEX, MANIFEST, digest_of};
use super::reference::Repository;
use crate::failure::{Doing, Failure};
use crate::http;
use access::Access;

/// A request without a large body.
const SHORT: Duration = Duration::from_secs(30);
const MAX_ATTEMPTS: u32 = 6;
/// Larger manifests are refused, as registries do.
const MOST_MANIFEST_BYTES: usize = 4 << 20;

/// A repository to read from and write to.
#[derive(Debug)]
pub struct Registry {
    client: Client,
    repository: Repository,
    access: Access,
}

/// Where a manifest was stored, and whether the registry keeps track of referrers by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Referrers {
    /// The registry lists it by its subject.
    Tracked,
    /// Nobody does; a tag has to.
    Untracked,
}

impl Registry {
    /// Talks to `repository` with `credentials`. No request is made yet.
    pub fn new(repository: Repository, credentials: Credentials) -> Result<Self, Failure> {
        let client = http::builder()
            .connect_timeout(Duration::from_secs(10))
            .build()
            .doing(|| "set up HTTP".to_owned())?;
        let access = Access::new(client.clone(), &repository, credentials);
        Ok(Self { client, repository, access })
    }

    /// The repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The manifest that `reference`, a tag or a digest, stands for, with its digest.
    pub async fn manifest(&self, reference: &str) -> Result<Option<(String, Bytes)>, Failure> {
        let url = self.repository.url(&format!("manifests/{reference}"));
        let doing = || format!("ask {} for {reference}", self.repository);
        let docker = "application/vnd.docker.distribution.manifest.v2+json";
        let accept = format!("{MANIFEST}, {INDEX}, {docker}");
        self.patiently(
            doing,
            |_| {},
            async || {
                let request = self.client.get(&url).timeout(SHORT).header(ACCEPT, &accept);
                let response = match self.send(request).await {
                    Err(Trouble::Lasting(refusal)) if refusal.status == StatusCode::NOT_FOUND => {
                        return Ok(None);
                    }
                    response => response?,
                };
                let bytes =
                    response.bytes().await.map_err(|error| Trouble::passing(http::cause_of(&error)))?;
                if bytes.len() > MOST_MANIFEST_BYTES {
                    return Err(Trouble::Failed(Failure::failed(format!("{reference} is too large"))));
                }
                Ok(Some((digest_of(&bytes), bytes)))
            },
        )
        .await
    }

    /// Whether the registry has this content in the repository.
    pub async fn has_blob(&self, descriptor: &Descriptor) -> Result<bool, Failure> {
        let url = self.repository.url(&format!("blobs/{}", descriptor.digest));
        let doing = || format!("ask {} what it has", self.repository);
        self.patiently(
            doing,
            |_| {},
            async || match self.send(self.client.head(&url).timeout(SHORT)).await {
                Err(Trouble::Lasting(refusal)) if refusal.status == StatusCode::NOT_FOUND => Ok(false),
                response => response.map(|_| true),
            },
        )
        .await
    }

    /// Stores a manifest under `reference`, its digest or a tag.
    pub async fn put_manifest(
        &self,
        reference: &str,
        media_type: &str,
        manifest: &Bytes,
    ) -> Result<Referrers, Failure> {
        let url = self.repository.url(&format!("manifests/{reference}"));
        let doing = || format!("store {reference} in {}", self.repository);
        self.patiently(
            doing,
            |_| {},
            async || {
                let request = self.client.put(&url).timeout(SHORT).header(CONTENT_TYPE, media_type);
                let response = self.send(request.body(manifest.clone())).await?;
                let tracked = response.headers().contains_key("oci-subject");
                Ok(if tracked { Referrers::Tracked } else { Referrers::Untracked })
            },
        )
        .await
    }

    /// Sends a request with authorization, anew when the registry wants another one. What the registry does not
    /// do is trouble.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Trouble> {
        let again = request.try_clone();
        let (authorization, generation) = self.access.authorization().await?;
        let response = send_with(request, authorization).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return answer::check(response).await;
        }
        let challenge = answer::challenge(response.headers());
        self.access.renew(generation, challenge).await?;
        let Some(request) = again else {
            // A stream cannot be sent twice; its upload starts anew, with the new token.
            return Err(Trouble::passing("the token has expired".to_owned()));
        };
        let (authorization, _) = self.access.authorization().await?;
        answer::check(send_with(request, authorization).await?).await
    }

    /// Tries `attempt` until it works, fails for good, or patience ends. `waiting` is told why it waits.
    async fn patiently<T>(
        &self,
        doing: impl Fn() -> String,
        waiting: impl Fn(&str),
        attempt: impl AsyncFn() -> Result<T, Trouble>,
    ) -> Result<T, Failure> {
        let mut number = 1;
        loop {
            let (reason, retry_after) = match attempt().await {
                Ok(done) => return Ok(done),
                Err(Trouble::Lasting(refusal)) => return Err(refusal.failure(&doing(), &self.repository)),
                Err(Trouble::Failed(failure)) => return Err(failure),
                Err(Trouble::Passing { reason, retry_after }) => (reason, retry_after),
            };
            if number == MAX_ATTEMPTS {
                let failure = Failure::failed(format!("cannot {} in {number} attempts: {reason}", doing()));
                return Err(answer::hint_of_reason(failure, &reason)
                    .hint("the same command goes on where this one stopped: what is stored stays"));
            }
            let pause = retry_after.unwrap_or_else(|| http::backoff(number));
            waiting(&format!("{reason}; trying again in {:.1} s", pause.as_secs_f64()));
            tokio::time::sleep(pause).await;
            number += 1;
        }
    }
}

async fn send_with(request: RequestBuilder, authorization: Option<HeaderValue>) -> Result<Response, Trouble> {
    let request = match authorization {
        Some(value) => request.header(AUTHORIZATION, value),
        None => request,
    };
    request.send().await.map_err(|error| Trouble::passing(http::cause_of(&error)))
}
