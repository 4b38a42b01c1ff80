//! Where orders are sent: a URL that was given, the platform on this machine, or a deployed environment, and the key
//! that goes with it. Sends nothing.

use reqwest::Url;
use reqwest::header::HeaderMap;

use super::send::{Key, Target};
use crate::arguments::Environment;
use crate::aws::secrets;
use crate::commands::{self, Context};
use crate::config::PlatformConfig;
use crate::deployed::{self, Gateway};
use crate::failure::Failure;
use crate::http;
use crate::local::folder::LocalFolder;
use crate::local::state::{Api, State};

const ROUTE: &str = "/api/v1/orders";

/// The route that takes orders: at the URL that was given, else that of the environment.
pub async fn find(context: Context<'_>, given: Option<&str>) -> Result<Target, Failure> {
    let key = context.variables.secret("EAP_API_KEY")?;
    let key = key.map(|secret| Key { secret, source: "EAP_API_KEY" });
    if let Some(given) = given {
        return target(&checked(given)?, HeaderMap::new(), key);
    }
    let environment = commands::required_environment(context)
        .map_err(|failure| failure.hint("or give the URL of the API with --url"))?;
    if environment == Environment::Local {
        return target(&local_url(context)?, HeaderMap::new(), key);
    }
    let config = PlatformConfig::load(environment, context.options, context.variables)?;
    let deployed = deployed::find(&config).await?;
    let key = if key.is_some() {
        key
    } else {
        let secret = secrets::read(&deployed.sdk, &deployed.outputs.api_key_secret_arn).await;
        let secret = secret.map_err(|failure| failure.hint("or set EAP_API_KEY to a key of the API"))?;
        secret.map(|secret| Key { secret, source: "Secrets Manager" })
    };
    let gateway = Gateway::of(&config, &deployed.outputs.api_url)?;
    target(&gateway.base_url, gateway.headers, key)
}

fn target(base_url: &str, headers: HeaderMap, key: Option<Key>) -> Result<Target, Failure> {
    Ok(Target { client: http::client_with(headers)?, url: format!("{base_url}{ROUTE}"), key })
}

/// A URL of the command line, without a slash at its end.
fn checked(given: &str) -> Result<String, Failure> {
    let url = Url::parse(given).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or_else(|| Failure::usage("--url wants a URL such as https://api.example.com"))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        // It would be shown and stored.
        return Err(Failure::usage("--url takes no user, password or query")
            .hint("the API key goes into EAP_API_KEY"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn local_url(context: Context<'_>) -> Result<String, Failure> {
    let state = State::load(&LocalFolder::locate(context.variables)?)?;
    let api = state.and_then(|state| state.api).filter(Api::is_alive);
    api.map(|api| api.url).ok_or_else(|| {
        Failure::failed("the local platform is not running").hint("`eap deploy --env local` starts it")
    })
}
