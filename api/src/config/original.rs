//! Where the original platform's database is. Its password is taken from the environment only.

use anyhow::{Result, bail};
use clap::Args;

use super::{database::percent_encoded, secret::Secret};

/// A database to import from.
#[derive(Debug, Clone, Args)]
pub struct OriginalOptions {
    /// Database of a running original platform, as mysql://user@host:port/name or sqlite:path, whose table
    /// `sales_transactions` to load
    #[arg(long, value_name = "URL")]
    pub original: Option<String>,

    /// Password of that user; give it as a variable, arguments show in process lists
    #[arg(long, env = "ORIGINAL_DATABASE_PASSWORD", hide_env_values = true, hide = true)]
    pub original_password: Option<Secret>,
}

impl OriginalOptions {
    /// What to connect to, when there is anything to import from.
    pub fn url(&self) -> Result<Option<Secret>> {
        let Some(url) = &self.original else { return Ok(None) };
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Some(Secret::new(format!("sqlite:{path}?mode=ro"))));
        }
        // SQLAlchemy names its driver in the scheme.
        let Some((_, rest)) = url
            .split_once("://")
            .filter(|(scheme, _)| matches!(*scheme, "mysql" | "mysql+pymysql" | "mariadb"))
        else {
            bail!("--original must start with mysql:// or sqlite:");
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        if user.contains(':') {
            bail!(
                "--original contains a password, which process lists show\n\
                 hint: leave it out and set the variable ORIGINAL_DATABASE_PASSWORD"
            );
        }
        let password = self.original_password.as_ref().map_or("", Secret::expose);
        Ok(Some(Secret::new(format!("mysql://{user}:{}@{host}/{path}", percent_encoded(password)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(original: &str, password: &str) -> Result<String> {
        let options = OriginalOptions {
            original: Some(original.to_owned()),
            original_password: Some(Secret::new(password)),
        };
        options.url().map(|url| url.unwrap().expose().to_owned())
    }

    #[test]
    fn the_password_comes_from_the_environment() {
        assert_eq!(
            url("mysql+pymysql://shop@db.example:3307/ecommerce", "p@ss/w").unwrap(),
            "mysql://shop:p%40ss%2Fw@db.example:3307/ecommerce"
        );
        let error = url("mysql://shop:hunter2@db/ecommerce", "").unwrap_err().to_string();
        assert!(error.contains("ORIGINAL_DATABASE_PASSWORD") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn other_schemes_are_refused_and_files_are_only_read() {
        assert_eq!(url("sqlite:old.db", "").unwrap(), "sqlite:old.db?mode=ro");
        assert!(url("postgres://db/x", "").unwrap_err().to_string().contains("mysql:// or sqlite:"));
    }
}
