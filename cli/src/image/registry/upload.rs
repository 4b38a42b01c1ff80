//! Uploads of content, in one stream each: begun, sent, finished. A broken one begins anew.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Body, Response, StatusCode, Url};

use super::super::manifest::Blob;
use super::{Registry, SHORT, Trouble};
use crate::failure::Failure;

/// An upload of which nothing leaves for so long is given up.
const STANDSTILL: Duration = Duration::from_mins(1);
/// Bytes between two looks at the progress.
const PIECE_BYTES: usize = 256 << 10;

/// Bytes on their way, over all uploads.
#[derive(Debug, Clone, Default)]
pub struct Sent(Arc<AtomicU64>);

impl Sent {
    /// Bytes that have left so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn take_back(&self, other: &Self) {
        self.0.fetch_sub(other.bytes(), Ordering::Relaxed);
    }
}

impl Registry {
    /// Stores `blob`. `sent` counts bytes as they leave, and counts back what has to be sent again.
    pub async fn upload(&self, blob: &Blob, sent: &Sent, waiting: impl Fn(&str)) -> Result<(), Failure> {
        let doing = || format!("upload {} to {}", blob.digest(), self.repository);
        self.patiently(doing, waiting, async || {
            let attempt = Sent::default();
            let uploaded = self.upload_once(blob, sent, &attempt).await;
            if uploaded.is_err() {
                sent.take_back(&attempt);
            }
            uploaded
        })
        .await
    }

    async fn upload_once(&self, blob: &Blob, sent: &Sent, attempt: &Sent) -> Result<(), Trouble> {
        let begin = self.client.post(self.repository.url("blobs/uploads/")).timeout(SHORT);
        let place = self.place(&self.send(begin.header(CONTENT_LENGTH, 0)).await?)?;

        let request = self.client.patch(place).header(CONTENT_TYPE, "application/octet-stream");
        let request = request.header(CONTENT_LENGTH, blob.descriptor.size);
        let request = request.body(body_of(blob.bytes.clone(), sent, attempt));
        let response = unless_standstill(self.send(request), attempt).await.map_err(gone_is_passing)?;

        let mut place = self.place(&response)?;
        place.query_pairs_mut().append_pair("digest", blob.digest());
        let finish = self.client.put(place).timeout(SHORT).header(CONTENT_LENGTH, 0);
        self.send(finish).await.map(|_| ()).map_err(gone_is_passing)
    }

    /// Where the upload goes on; relative to the registry, or elsewhere as it says.
    fn place(&self, response: &Response) -> Result<Url, Trouble> {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        location.and_then(|location| response.url().join(location).ok()).ok_or_else(|| {
            Trouble::Failed(
                Failure::failed(format!("{} does not say where to upload to", self.repository.host()))
                    .hint("is this a registry? It must answer at /v2/"),
            )
        })
    }
}

/// A slow upload may take its time, one that stands still may not.
async fn unless_standstill<T>(
    work: impl Future<Output = Result<T, Trouble>>,
    attempt: &Sent,
) -> Result<T, Trouble> {
    let mut work = std::pin::pin!(work);
    let mut seen = None;
    loop {
        match tokio::time::timeout(STANDSTILL, &mut work).await {
            Ok(done) => return done,
            Err(_) if seen == Some(attempt.bytes()) => {
                return Err(Trouble::passing(format!(
                    "the upload stood still for {} s",
                    STANDSTILL.as_secs()
                )));
            }
            Err(_) => seen = Some(attempt.bytes()),
        }
    }
}

/// An upload that the registry has forgotten, as after its restart, can begin anew.
fn gone_is_passing(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Lasting(refusal) if refusal.status == StatusCode::NOT_FOUND => {
            Trouble::passing(refusal.reason())
        }
        other => other,
    }
}

/// A body in pieces that are counted as they are taken.
fn body_of(bytes: Bytes, sent: &Sent, attempt: &Sent) -> Body {
    let (sent, attempt) = (sent.clone(), attempt.clone());
    Body::wrap_stream(stream::iter(pieces(bytes)).inspect(move |piece| {
        if let Ok(piece) = piece {
            sent.add(piece.len());
            attempt.add(piece.len());
        }
    }))
}

fn pieces(mut rest: Bytes) -> impl Iterator<Item = Result<Bytes, Infallible>> {
    std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(PIECE_BYTES));
        (!piece.is_empty()).then_some(Ok(piece))
    })
}
