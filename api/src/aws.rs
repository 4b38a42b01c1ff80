//! What the service asks AWS for: secrets, by their ARN. Knows neither database nor Slack.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_secretsmanager::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region, timeout::TimeoutConfig},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::config::{AwsAccess, Secret, StoreOptions};

/// Longest wait for an answer, tries included.
const PATIENCE: Duration = Duration::from_secs(20);

/// The text of the secret `arn`.
pub async fn secret(arn: &str) -> Result<Secret> {
    let answer = client(AwsAccess::of_environment()?).get_secret_value().secret_id(arn).send();
    // On the heap: it is large, and so would be every future around it.
    let answer = Box::pin(answer).await;
    let answer = answer.map_err(aws_sdk_secretsmanager::Error::from);
    let answer = answer.with_context(|| format!("read the secret {arn}"))?;
    match answer.secret_string {
        Some(text) if !text.is_empty() => Ok(Secret::new(text)),
        _ => bail!("the secret {arn} has no text"),
    }
}

/// `store` with user and password from the secret it names, unless it has them.
pub async fn with_login(store: &StoreOptions) -> Result<StoreOptions> {
    let mut store = store.clone();
    let database = &mut store.database;
    let Some(arn) = database.login_secret_arn() else { return Ok(store) };
    let text = secret(arn).await?;
    // The cause would quote the text.
    let Ok(login) = serde_json::from_str::<Login>(text.expose()) else {
        bail!("the secret {arn} is not a JSON object with `username` and `password`");
    };
    database.database_user = Some(login.username);
    database.database_password = Some(Secret::new(login.password));
    Ok(store)
}

/// As RDS writes it.
#[derive(serde::Deserialize)]
struct Login {
    username: String,
    password: String,
}

fn client(access: AwsAccess) -> Client {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let token = access.session_token.map(|token| token.expose().to_owned());
    let secret = access.secret_access_key.expose();
    let credentials = Credentials::new(access.access_key_id, secret, token, None, "variables");
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(access.region))
        .credentials_provider(credentials)
        .timeout_config(TimeoutConfig::builder().operation_timeout(PATIENCE).build());
    config.set_endpoint_url(access.endpoint_url);
    Client::from_conf(config.build())
}
