//! How connections to MySQL are protected.

use std::{fmt::Write as _, path::PathBuf};

use clap::{Args, ValueEnum};

use super::{Secret, database::percent_encoded};

/// How connections to MySQL are protected.
#[derive(Debug, Clone, Args)]
pub struct TlsOptions {
    /// How far connections to MySQL are protected [default: TLS where the server has it, unchecked]
    #[arg(long, env = "DATABASE_SSL_MODE", value_enum, ignore_case = true, value_name = "MODE")]
    pub database_ssl_mode: Option<SslMode>,

    /// Authorities besides the usual ones that a certificate of MySQL is checked against, as a PEM file
    #[arg(long, env = "DATABASE_SSL_CA", value_name = "FILE")]
    pub database_ssl_ca: Option<PathBuf>,
}

/// How far connections to MySQL are protected. Nothing checks the authority and not the name: the driver's such mode
/// refuses names all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SslMode {
    /// In the clear
    Disabled,
    /// With TLS where the server has it; its certificate is not checked
    Preferred,
    /// With TLS; the certificate is not checked
    Required,
    /// With TLS; the certificate has to be signed, and for the host that was named
    #[value(alias = "verify_identity")]
    VerifyIdentity,
}

impl TlsOptions {
    /// These options as the variables that they can be given by.
    pub(super) fn variables(&self) -> Vec<(&'static str, Secret)> {
        let mode = self.database_ssl_mode.map(|mode| ("DATABASE_SSL_MODE", Secret::new(mode.name())));
        let authorities = self.database_ssl_ca.as_ref().and_then(|file| file.to_str());
        mode.into_iter().chain(authorities.map(|file| ("DATABASE_SSL_CA", Secret::new(file)))).collect()
    }

    /// Adds what is said of TLS to a URL of MySQL; what the URL says itself stays.
    pub(super) fn protect(&self, url: Secret) -> Secret {
        let mut text = url.expose().to_owned();
        if !text.starts_with("mysql:") && !text.starts_with("mariadb:") {
            return url;
        }
        let mode = self.database_ssl_mode.map(|mode| mode.name().to_owned());
        let authorities = self.database_ssl_ca.as_ref().filter(|file| !file.as_os_str().is_empty());
        let authorities = authorities.and_then(|file| file.to_str()).map(percent_encoded);
        for (name, value) in [("ssl-mode", mode), ("ssl-ca", authorities)] {
            let Some(value) = value.filter(|_| !names_parameter(&text, name)) else { continue };
            let divider = if text.contains('?') { '&' } else { '?' };
            // Writing to a String cannot fail.
            let _ = write!(text, "{divider}{name}={value}");
        }
        Secret::new(text)
    }
}

impl SslMode {
    /// As URLs of MySQL have it.
    fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Preferred => "preferred",
            Self::Required => "required",
            Self::VerifyIdentity => "verify_identity",
        }
    }
}

/// Whether the query of `url` has this parameter, in either of its spellings.
fn names_parameter(url: &str, name: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let names = query.split('&').map(|part| part.split('=').next().unwrap_or_default());
    names.into_iter().any(|given| given == name || given == name.replace('-', ""))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::parse_alone;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        tls: TlsOptions,
    }

    fn protected(arguments: &[&str], url: &str) -> String {
        let only = parse_alone::<Only>(arguments).unwrap();
        only.tls.protect(Secret::new(url)).expose().to_owned()
    }

    #[test]
    fn it_is_added_to_urls_of_mysql_that_say_nothing_of_it() {
        let tls = ["--database-ssl-mode=verify-identity", "--database-ssl-ca=/etc/rds ca.pem"];
        assert_eq!(
            protected(&tls, "mysql://u:p@h/n"),
            "mysql://u:p@h/n?ssl-mode=verify_identity&ssl-ca=%2Fetc%2Frds%20ca.pem"
        );
        assert_eq!(
            protected(&tls, "mysql://u:p@h/n?sslmode=disabled&charset=utf8mb4"),
            "mysql://u:p@h/n?sslmode=disabled&charset=utf8mb4&ssl-ca=%2Fetc%2Frds%20ca.pem"
        );
        assert_eq!(protected(&tls, "sqlite:/tmp/x.db"), "sqlite:/tmp/x.db");
        assert_eq!(protected(&[], "mysql://h/n"), "mysql://h/n");
    }
}
