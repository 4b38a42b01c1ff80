//! Settings of the service. The only place that reads the environment; flags win over variables.
//! Knows no connection and no request.

mod aws;
mod database;
mod environment;
mod original;
mod secret;
mod tls;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use axum::http::HeaderValue;
use clap::Args;
use jiff::tz::TimeZone;

use crate::{
    db,
    money::{Currency, MoneyError},
};

pub use self::{
    aws::AwsAccess, database::DatabaseOptions, environment::Environment, original::OriginalOptions,
    secret::Secret,
};

/// Requests per second and key, where keys are needed and nothing else is said.
const DEFAULT_REQUESTS_PER_SECOND: u32 = 50;

/// What every subcommand that touches the store needs.
#[derive(Debug, Clone, Args)]
pub struct StoreOptions {
    /// Environment that this instance belongs to
    #[arg(long, env = "ENVIRONMENT", default_value = "development", value_enum, global = true)]
    pub environment: Environment,

    /// Where the database is.
    #[command(flatten)]
    pub database: DatabaseOptions,

    /// Time zone whose days the store counts in (IANA name)
    #[arg(long, env = "STORE_TIME_ZONE", default_value = "UTC", value_name = "ZONE", value_parser = parse_time_zone)]
    pub time_zone: TimeZone,

    /// Currency that reports are in unless asked otherwise (ISO 4217 code)
    #[arg(long, env = "STORE_CURRENCY", default_value = "USD", value_name = "CODE", value_parser = parse_currency)]
    pub currency: Currency,
}

impl StoreOptions {
    /// The database to connect to.
    pub fn database_url(&self) -> Result<Secret> {
        let url = self.database.url(self.environment)?;
        db::check_url(url.expose())?;
        Ok(url)
    }

    /// These options as variables, for a child that is to have the same store: our own flags may have named it.
    pub fn variables(&self) -> Vec<(&'static str, Secret)> {
        let mut variables = self.database.variables();
        variables.push(("ENVIRONMENT", Secret::new(self.environment.name())));
        variables.push(("STORE_TIME_ZONE", Secret::new(self.time_zone_name())));
        variables.push(("STORE_CURRENCY", Secret::new(self.currency.code())));
        variables
    }

    /// IANA name of the store's time zone.
    pub fn time_zone_name(&self) -> &str {
        self.time_zone.iana_name().unwrap_or("UTC")
    }
}

/// What only the server needs.
#[derive(Debug, Clone, Args)]
pub struct ServerOptions {
    /// Address to listen on [default: 127.0.0.1 in local and development, else 0.0.0.0]
    #[arg(long, env = "HOST", value_name = "ADDRESS")]
    pub host: Option<IpAddr>,

    /// Port to listen on; 0 picks a free one
    #[arg(long, env = "PORT", default_value_t = 8000)]
    pub port: u16,

    /// AWS region that this instance runs in
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1", value_name = "REGION")]
    pub aws_region: String,

    /// Largest body of a JSON request, in bytes
    #[arg(long, env = "EAP_MAX_BODY_BYTES", default_value_t = 8 << 20, value_name = "BYTES")]
    pub max_body_bytes: usize,

    /// Largest stream of NDJSON or CSV, in bytes, before and after decompression
    #[arg(long, env = "EAP_MAX_STREAM_BYTES", default_value_t = 2 << 30, value_name = "BYTES")]
    pub max_stream_bytes: u64,

    /// Streams of totals, and long polls, that may be open at a time
    #[arg(long, env = "EAP_MAX_LISTENERS", default_value_t = 1000, value_name = "NUMBER")]
    pub max_listeners: usize,

    /// Seconds that a request may take; streams may be silent that long
    #[arg(long, env = "EAP_REQUEST_TIMEOUT_SECONDS", default_value_t = 30, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub request_timeout_seconds: u64,

    /// Seconds that open requests may still take after SIGTERM
    #[arg(long, env = "EAP_SHUTDOWN_SECONDS", default_value_t = 20, value_name = "SECONDS")]
    pub shutdown_seconds: u64,

    /// Seconds to wait at the start for the database and its schema
    #[arg(long, env = "EAP_SCHEMA_WAIT_SECONDS", default_value_t = 30, value_name = "SECONDS")]
    pub schema_wait_seconds: u64,

    /// Web origins that may call from a browser, separated by commas
    #[arg(long, env = "CORS_ALLOWED_ORIGINS", value_delimiter = ',', value_name = "ORIGINS")]
    pub cors_allowed_origins: Vec<String>,

    /// Requests per second and key [default: 50 where keys are needed, else no limit]
    #[arg(long, env = "RATE_LIMIT_PER_SECOND", value_name = "REQUESTS")]
    pub rate_limit_per_second: Option<NonZeroU32>,

    /// Requests that a key may send at once after a pause [default: twice the rate]
    #[arg(long, env = "RATE_LIMIT_BURST", value_name = "REQUESTS")]
    pub rate_limit_burst: Option<NonZeroU32>,
}

/// Requests that one key may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// In the long run.
    pub per_second: NonZeroU32,
    /// At once, after a pause.
    pub burst: NonZeroU32,
}

/// Everything that requests are answered by, resolved once at the start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where this instance runs.
    pub environment: Environment,
    /// AWS region that it runs in.
    pub aws_region: String,
    /// Zone that days belong to unless the question names another.
    pub time_zone: TimeZone,
    /// Currency that reports are in unless the question names another.
    pub currency: Currency,
    /// Largest JSON body, in bytes, before and after decompression.
    pub max_body_bytes: usize,
    /// Largest stream on the ingest route, in bytes, before and after decompression.
    pub max_stream_bytes: u64,
    /// Streams and long polls that may be open at a time.
    pub max_listeners: usize,
    /// How long an answer may take, and how long a stream may be silent.
    pub request_timeout: Duration,
    /// Origins that browsers may call from; empty for none.
    pub cors_allowed_origins: Vec<HeaderValue>,
    /// Limit per key; `None` for no limit.
    pub rate_limit: Option<RateLimit>,
}

impl Settings {
    /// Puts the parts together.
    pub fn new(store: &StoreOptions, server: &ServerOptions) -> Result<Self> {
        Ok(Self {
            environment: store.environment,
            aws_region: server.aws_region.clone(),
            time_zone: store.time_zone.clone(),
            currency: store.currency,
            max_body_bytes: server.max_body_bytes,
            max_stream_bytes: server.max_stream_bytes,
            max_listeners: server.max_listeners,
            request_timeout: Duration::from_secs(server.request_timeout_seconds),
            cors_allowed_origins: origins(&server.cors_allowed_origins)?,
            rate_limit: server.rate_limit(store.environment),
        })
    }
}

impl ServerOptions {
    /// Address to listen on.
    pub fn listen_address(&self, environment: Environment) -> SocketAddr {
        let default = if environment.needs_keys() { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        SocketAddr::new(self.host.unwrap_or(default.into()), self.port)
    }

    fn rate_limit(&self, environment: Environment) -> Option<RateLimit> {
        let default =
            environment.needs_keys().then(|| NonZeroU32::new(DEFAULT_REQUESTS_PER_SECOND)).flatten();
        let per_second = self.rate_limit_per_second.or(default)?;
        let burst = self.rate_limit_burst.unwrap_or(per_second.saturating_add(per_second.get()));
        Some(RateLimit { per_second, burst })
    }
}

fn origins(listed: &[String]) -> Result<Vec<HeaderValue>> {
    listed.iter().map(|o| o.trim()).filter(|o| !o.is_empty()).map(origin).collect()
}

/// An origin is `scheme://host[:port]`. `*` would open the API to every page a user visits.
fn origin(text: &str) -> Result<HeaderValue> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '*', '?', '#', '@']) => {
            HeaderValue::from_str(text).with_context(|| format!("CORS_ALLOWED_ORIGINS: `{text}`"))
        }
        _ => bail!("CORS_ALLOWED_ORIGINS: `{text}` is no origin; write it as https://shop.example"),
    }
}

fn parse_time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| "no IANA time zone of that name, such as Europe/Berlin".to_owned())
}

fn parse_currency(code: &str) -> Result<Currency, MoneyError> {
    Currency::from_code(code)
}

/// Parses as a program does whose environment is empty, so that tests do not depend on where they run.
#[cfg(test)]
pub(crate) fn parse_alone<P: clap::Parser>(arguments: &[&str]) -> Result<P, clap::Error> {
    let command = P::command().mut_args(|argument| argument.env(clap::builder::Resettable::Reset));
    P::from_arg_matches(&command.try_get_matches_from([&["eap-api"], arguments].concat())?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Both {
        #[command(flatten)]
        store: StoreOptions,
        #[command(flatten)]
        server: ServerOptions,
    }

    fn settings(arguments: &[&str]) -> Result<Settings> {
        let both = parse_alone::<Both>(arguments)?;
        Settings::new(&both.store, &both.server)
    }

    #[test]
    fn limits_are_off_where_no_key_is_needed() {
        assert_eq!(settings(&["--environment", "local"]).unwrap().rate_limit, None);
        let limit = settings(&["--environment", "prod"]).unwrap().rate_limit.unwrap();
        assert_eq!((limit.per_second.get(), limit.burst.get()), (50, 100));
        let set = ["--environment", "local", "--rate-limit-per-second", "3", "--rate-limit-burst", "7"];
        let limit = settings(&set).unwrap().rate_limit.unwrap();
        assert_eq!((limit.per_second.get(), limit.burst.get()), (3, 7));
    }

    #[test]
    fn only_local_environments_listen_on_loopback() {
        let address = |arguments: &[&str]| {
            let both = parse_alone::<Both>(arguments).unwrap();
            both.server.listen_address(both.store.environment).to_string()
        };
        assert_eq!(address(&["--environment", "development"]), "127.0.0.1:8000");
        assert_eq!(address(&["--environment", "staging", "--port", "80"]), "0.0.0.0:80");
        assert_eq!(address(&["--environment", "local", "--host", "0.0.0.0"]), "0.0.0.0:8000");
    }

    #[test]
    fn origins_are_closed_unless_listed() {
        assert!(settings(&[]).unwrap().cors_allowed_origins.is_empty());
        let listed =
            settings(&["--cors-allowed-origins", "https://a.example, http://b.example:81,"]).unwrap();
        assert_eq!(listed.cors_allowed_origins, ["https://a.example", "http://b.example:81"]);
        for wrong in ["*", "https://*.example", "a.example", "https://a.example/path"] {
            assert!(settings(&["--cors-allowed-origins", wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn unknown_zones_and_currencies_are_refused() {
        assert!(settings(&["--time-zone", "Mars/Olympus"]).is_err());
        assert!(settings(&["--currency", "ABC"]).is_err());
        let both = parse_alone::<Both>(&["--time-zone", "Asia/Kolkata"]).unwrap();
        assert_eq!(both.store.time_zone_name(), "Asia/Kolkata");
    }
}
