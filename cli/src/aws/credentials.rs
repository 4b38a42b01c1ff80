//! Credentials that follow what the user does: whoever logs in again while a command runs is heard. The SDK reads the files
//! of AWS once for a configuration; this reads them again when what they said may be out of date.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, future};

use super::{Place, loader};

/// Credentials that tell no end are asked for again after this time: files may have new ones.
const GOOD_FOR: Duration = Duration::from_secs(30);

/// Looks for credentials from the beginning each time.
#[derive(Debug)]
pub struct Renewed {
    /// Region.
    pub region: String,
    /// Profile of the user's AWS files, when one is named.
    pub profile: Option<String>,
    /// Address that is called instead of AWS.
    pub endpoint_url: Option<String>,
}

impl Renewed {
    async fn find(&self) -> Result {
        let (profile, endpoint_url) = (self.profile.as_deref(), self.endpoint_url.as_deref());
        let config = loader(Place { region: &self.region, profile, endpoint_url }).load().await;
        let provider = config.credentials_provider();
        let provider = provider.ok_or_else(|| CredentialsError::not_loaded("there are none"))?;
        let mut credentials = provider.provide_credentials().await?;
        credentials.expiry_mut().get_or_insert_with(|| SystemTime::now() + GOOD_FOR);
        Ok(credentials)
    }
}

impl ProvideCredentials for Renewed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.find())
    }
}
