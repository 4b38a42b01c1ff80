//! Which database to use: a URL, its parts, or the embedded one. Opens no connection.

use std::{
    env,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::{Environment, Secret, tls::TlsOptions};

/// Where the database is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseOptions {
    /// Database as mysql://user:password@host:port/name or sqlite:path [default in local and development: an embedded one]
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<Secret>,

    /// Replica that reports are read from
    #[arg(long, env = "DATABASE_READER_URL", hide_env_values = true, value_name = "URL")]
    pub database_reader_url: Option<Secret>,

    /// Host of that replica, when no URL is given; its other parts are those of the database
    #[arg(long, env = "DATABASE_READER_HOST", value_name = "HOST")]
    pub database_reader_host: Option<String>,

    /// Host of the database, when no URL is given
    #[arg(long, env = "DATABASE_HOST", value_name = "HOST")]
    pub database_host: Option<String>,

    /// Port of the database, when no URL is given
    #[arg(long, env = "DATABASE_PORT", default_value_t = 3306, value_name = "PORT")]
    pub database_port: u16,

    /// Name of the database, when no URL is given
    #[arg(long, env = "DATABASE_NAME", value_name = "NAME")]
    pub database_name: Option<String>,

    /// User of the database, when no URL is given
    #[arg(long, env = "DATABASE_USER", value_name = "USER")]
    pub database_user: Option<String>,

    /// Password of that user; give it as a variable, arguments show in process lists
    #[arg(long, env = "DATABASE_PASSWORD", hide_env_values = true, hide = true)]
    pub database_password: Option<Secret>,

    /// Secret of AWS Secrets Manager that holds user and password, where neither is given
    #[arg(long, env = "DATABASE_SECRET_ARN", value_name = "ARN")]
    pub database_secret_arn: Option<String>,

    /// Most connections to the database at a time, for writing and for reports each
    #[arg(long, env = "DATABASE_MAX_CONNECTIONS", default_value_t = 8, value_name = "NUMBER",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_max_connections: u32,

    /// How its certificate is checked.
    #[command(flatten)]
    pub tls: TlsOptions,

    /// Folder of the embedded database [default: eap under the XDG state folder]
    #[arg(long, env = "EAP_STATE_DIR", value_name = "FOLDER")]
    pub state_dir: Option<PathBuf>,
}

impl DatabaseOptions {
    /// URL of the database; makes the folder of the embedded one.
    pub fn url(&self, environment: Environment) -> Result<Secret> {
        if let Some(url) = given(self.database_url.as_ref()) {
            return Ok(self.tls.protect(url.clone()));
        }
        if let Some(host) = given_text(self.database_host.as_deref()) {
            return Ok(self.tls.protect(self.url_from_parts(host)?));
        }
        if environment.needs_keys() {
            bail!(
                "no database: environment `{environment}` needs DATABASE_URL, or DATABASE_HOST, DATABASE_NAME, \
                 DATABASE_USER and DATABASE_PASSWORD\n\
                 hint: only `local` and `development` fall back to an embedded database"
            );
        }
        self.embedded_url()
    }

    /// The secret that has to be asked for user and password, when they are not given and no URL is.
    pub fn login_secret_arn(&self) -> Option<&str> {
        let given = given(self.database_url.as_ref()).is_some()
            || given_text(self.database_user.as_deref()).is_some()
            || given(self.database_password.as_ref()).is_some();
        given_text(self.database_secret_arn.as_deref()).filter(|_| !given)
    }

    /// URL of the replica for reports, when there is one.
    pub fn reader_url(&self) -> Result<Option<Secret>> {
        if let Some(url) = given(self.database_reader_url.as_ref()) {
            return Ok(Some(self.tls.protect(url.clone())));
        }
        let host = given_text(self.database_reader_host.as_deref());
        host.map(|host| Ok(self.tls.protect(self.url_from_parts(host)?))).transpose()
    }

    /// These options as the variables that they can be given by; what is not given is left out.
    pub(super) fn variables(&self) -> Vec<(&'static str, Secret)> {
        let text = |text: &Option<String>| text.as_deref().map(Secret::new);
        let given = [
            ("DATABASE_URL", self.database_url.clone()),
            ("DATABASE_READER_URL", self.database_reader_url.clone()),
            ("DATABASE_READER_HOST", text(&self.database_reader_host)),
            ("DATABASE_HOST", text(&self.database_host)),
            ("DATABASE_PORT", Some(Secret::new(self.database_port.to_string()))),
            ("DATABASE_NAME", text(&self.database_name)),
            ("DATABASE_USER", text(&self.database_user)),
            ("DATABASE_PASSWORD", self.database_password.clone()),
            ("DATABASE_SECRET_ARN", text(&self.database_secret_arn)),
            ("DATABASE_MAX_CONNECTIONS", Some(Secret::new(self.database_max_connections.to_string()))),
            ("EAP_STATE_DIR", self.state_dir.as_ref().and_then(|folder| folder.to_str()).map(Secret::new)),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.chain(self.tls.variables()).collect()
    }

    fn url_from_parts(&self, host: &str) -> Result<Secret> {
        let name = required("DATABASE_NAME", self.database_name.as_deref())?;
        let user = required("DATABASE_USER", self.database_user.as_deref())?;
        let password = required("DATABASE_PASSWORD", self.database_password.as_ref().map(Secret::expose))?;
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Ok(Secret::new(format!(
            "mysql://{}:{}@{host}:{}/{}",
            percent_encoded(user),
            percent_encoded(password),
            self.database_port,
            percent_encoded(name),
        )))
    }

    fn embedded_url(&self) -> Result<Secret> {
        let folder = self.state_folder()?.join("local");
        std::fs::create_dir_all(&folder).with_context(|| format!("make the folder {}", folder.display()))?;
        sqlite_url(&folder.join("analytics.db"))
    }

    fn state_folder(&self) -> Result<PathBuf> {
        #[expect(clippy::disallowed_methods, reason = "settings are read here and nowhere else")]
        let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(folder) = self.state_dir.clone().filter(|f| !f.as_os_str().is_empty()) {
            return Ok(folder);
        }
        // The XDG specification has relative paths ignored.
        if let Some(state_home) = folder("XDG_STATE_HOME").filter(|f| f.is_absolute()) {
            return Ok(state_home.join("eap"));
        }
        let home = folder("HOME").context("no place for the embedded database: set EAP_STATE_DIR or HOME")?;
        Ok(home.join(".local/state/eap"))
    }
}

fn given(secret: Option<&Secret>) -> Option<&Secret> {
    secret.filter(|s| !s.expose().is_empty())
}

fn given_text(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn required<'a>(variable: &str, value: Option<&'a str>) -> Result<&'a str> {
    match value {
        Some(value) if !value.is_empty() => Ok(value),
        _ => bail!(
            "{variable} is missing\nhint: DATABASE_HOST is set and DATABASE_URL is not, so all parts are needed"
        ),
    }
}

fn sqlite_url(file: &Path) -> Result<Secret> {
    let file = file.to_str().context("the path of the embedded database is not UTF-8")?;
    let encoded: Vec<String> = file.split('/').map(percent_encoded).collect();
    Ok(Secret::new(format!("sqlite:{}", encoded.join("/"))))
}

/// RFC 3986: everything but the unreserved characters.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::parse_alone;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        database: DatabaseOptions,
    }

    fn url(environment: Environment, arguments: &[&str]) -> Result<String> {
        let only = parse_alone::<Only>(arguments)?;
        only.database.url(environment).map(|url| url.expose().to_owned())
    }

    #[test]
    fn parts_are_percent_encoded() {
        let parts = [
            "--database-host=db.example",
            "--database-name=ana lytics",
            "--database-user=me@x",
            "--database-password=p/?#:%é",
        ];
        assert_eq!(
            url(Environment::Prod, &parts).unwrap(),
            "mysql://me%40x:p%2F%3F%23%3A%25%C3%A9@db.example:3306/ana%20lytics"
        );
        assert_eq!(
            url(Environment::Prod, &[&parts[1..], &["--database-host=::1", "--database-port=33"]].concat())
                .unwrap(),
            "mysql://me%40x:p%2F%3F%23%3A%25%C3%A9@[::1]:33/ana%20lytics"
        );
    }

    #[test]
    fn a_replica_shares_the_parts_of_the_database() {
        let parts = [
            "--database-host=h",
            "--database-name=n",
            "--database-user=u",
            "--database-password=p",
            "--database-reader-host=r",
        ];
        let reader = |parts: &[&str]| {
            let reader = parse_alone::<Only>(parts).unwrap().database.reader_url().unwrap();
            reader.map(|url| url.expose().to_owned())
        };
        assert_eq!(reader(&parts).unwrap(), "mysql://u:p@r:3306/n");
        assert_eq!(reader(&parts[..4]), None);
        let both = [&parts[..], &["--database-reader-url=mysql://a:b@c/d"]].concat();
        assert_eq!(reader(&both).unwrap(), "mysql://a:b@c/d");
    }

    #[test]
    fn flags_become_the_variables_that_mean_the_same() {
        let flags = [
            "--database-host=db.example",
            "--database-password=p/?#",
            "--database-max-connections=3",
            "--database-ssl-mode=verify-identity",
            "--state-dir=/a b",
        ];
        let variables = parse_alone::<Only>(&flags).unwrap().database.variables();
        let expected = [
            ("DATABASE_HOST", "db.example"),
            ("DATABASE_PORT", "3306"),
            ("DATABASE_PASSWORD", "p/?#"),
            ("DATABASE_MAX_CONNECTIONS", "3"),
            ("EAP_STATE_DIR", "/a b"),
            ("DATABASE_SSL_MODE", "verify_identity"),
        ];
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.expose())).collect();
        assert_eq!(variables, expected);
    }

    #[test]
    fn a_missing_part_is_named() {
        let parts = ["--database-host=h", "--database-name=n", "--database-user=u"];
        let error = url(Environment::Local, &parts).unwrap_err().to_string();
        assert!(error.starts_with("DATABASE_PASSWORD is missing"), "{error}");
    }

    #[test]
    fn deployed_environments_need_a_database() {
        for environment in [Environment::Dev, Environment::Staging, Environment::Prod] {
            let error = url(environment, &["--database-url", ""]).unwrap_err().to_string();
            assert!(error.contains("needs DATABASE_URL"), "{error}");
        }
    }

    #[test]
    fn the_embedded_database_lies_in_the_state_folder() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("a b");
        let found = url(Environment::Local, &["--state-dir", state.to_str().unwrap()]).unwrap();
        let expected = format!("sqlite:{}/a%20b/local/analytics.db", folder.path().display());
        assert_eq!(found, expected);
        assert!(state.join("local").is_dir());
    }

    #[test]
    fn secrets_do_not_show() {
        let arguments = ["--database-url=mysql://u:hunter2@h/n", "--database-password=hunter2"];
        let only = parse_alone::<Only>(&arguments).unwrap();
        assert!(!format!("{:?}", only.database).contains("hunter2"));
    }
}
