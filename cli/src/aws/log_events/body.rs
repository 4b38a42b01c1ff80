//! An HTTP client that keeps the body of an answer for us, and gives an empty document to the SDK: that would read every
//! event byte by byte before it tells the next page's token.

use std::sync::{Arc, OnceLock};

use aws_sdk_cloudwatchlogs::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use bytes::Bytes;

/// Where the body is kept, once for a call: refusals are left to the SDK, and what cannot be received is asked for again.
pub type Kept = Arc<OnceLock<Bytes>>;

/// A client that keeps a body.
#[derive(Debug)]
pub struct Keeping {
    client: SharedHttpClient,
    kept: Kept,
}

/// A connection of its.
#[derive(Debug)]
struct Connection {
    connector: SharedHttpConnector,
    kept: Kept,
}

impl Keeping {
    /// Calls as `client` does, and keeps the body of the answer in `kept`.
    pub fn new(client: SharedHttpClient, kept: &Kept) -> Self {
        Self { client, kept: Arc::clone(kept) }
    }
}

impl HttpClient for Keeping {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Connection { connector, kept: Arc::clone(&self.kept) })
    }
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answering, kept) = (self.connector.call(request), Arc::clone(&self.kept));
        HttpConnectorFuture::new(async move {
            let mut response = answering.await?;
            if response.status().is_success() {
                let body = std::mem::replace(response.body_mut(), SdkBody::from("{}"));
                let body = ByteStream::new(body).collect().await;
                let body = body.map_err(|error| ConnectorError::io(error.into()))?;
                // It is empty: nothing goes wrong behind this that the SDK would ask again for.
                let _ = kept.set(body.into_bytes());
            }
            Ok(response)
        })
    }
}
