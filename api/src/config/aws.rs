//! Access to AWS, from the variables that Lambda sets. The SDK's own search for credentials also knows profiles, single
//! sign-on and instance roles, and would make the image a fifth larger for places where this program never runs.

use std::env;

use anyhow::{Result, bail};

use super::Secret;

/// How to speak to AWS.
#[derive(Debug, Clone)]
pub struct AwsAccess {
    /// Region that is spoken to.
    pub region: String,
    /// Public part of the credentials.
    pub access_key_id: String,
    /// Secret part.
    pub secret_access_key: Secret,
    /// Given with credentials that end, such as those of a role.
    pub session_token: Option<Secret>,
    /// Address that stands in for AWS, when there is one.
    pub endpoint_url: Option<String>,
}

impl AwsAccess {
    /// What the environment says.
    pub fn of_environment() -> Result<Self> {
        Self::read(|name| {
            #[expect(clippy::disallowed_methods, reason = "settings are read here and nowhere else")]
            env::var(name).ok()
        })
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let (Some(region), Some(access_key_id), Some(secret_access_key)) =
            (given("AWS_REGION"), given("AWS_ACCESS_KEY_ID"), given("AWS_SECRET_ACCESS_KEY"))
        else {
            bail!(
                "a secret has to be read, and there is no access to AWS\n\
                 hint: set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, as Lambda does; elsewhere \
                 `aws configure export-credentials --format env` prints them"
            );
        };
        Ok(Self {
            region,
            access_key_id,
            secret_access_key: Secret::new(secret_access_key),
            session_token: given("AWS_SESSION_TOKEN").map(Secret::new),
            endpoint_url: given("AWS_ENDPOINT_URL_SECRETS_MANAGER").or_else(|| given("AWS_ENDPOINT_URL")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_needs_region_and_credentials() {
        let of = |pairs: &[(&str, &str)]| {
            AwsAccess::read(|name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let whole = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_SECRET_ACCESS_KEY", "hunter2"),
            ("AWS_SESSION_TOKEN", ""),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
        ];
        let access = of(&whole).unwrap();
        assert!(access.session_token.is_none());
        assert_eq!(access.endpoint_url.as_deref(), Some("http://127.0.0.1:4566"));
        assert!(!format!("{access:?}").contains("hunter2"));
        assert!(of(&whole[..2]).unwrap_err().to_string().contains("hint: "));
    }
}
