//! Where an image is published: a registry and a repository in it.

use std::fmt;

use reqwest::Url;

use crate::failure::Failure;

/// A repository of a registry. It shows itself as images are named: without a scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    origin: Url,
    host: String,
    name: String,
}

impl Repository {
    /// `registry` is `host[:port][/prefix]`, with `http://` or `https://` in front where it matters: without,
    /// this machine is asked by http and any other by https.
    pub fn new(registry: &str, name: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::usage(format!("`{registry}` is no registry"))
                .hint("a registry is given as host:port or host/prefix, such as registry.example.com:5000")
        };
        let (scheme, rest) = match registry.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => (Some(scheme), rest),
            Some(_) => return Err(wrong()),
            None => (None, registry),
        };
        let (host, prefix) =
            rest.trim_end_matches('/').split_once('/').unwrap_or((rest.trim_end_matches('/'), ""));
        if host.contains('@') {
            // It would be shown and stored.
            return Err(Failure::usage("a registry is given without user and password")
                .hint("EAP_REGISTRY_USER and EAP_REGISTRY_PASSWORD hold them"));
        }
        let scheme = scheme.unwrap_or(if is_this_machine(host) { "http" } else { "https" });
        let origin = Url::parse(&format!("{scheme}://{host}/")).map_err(|_| wrong())?;
        if origin.host_str().is_none_or(str::is_empty) || origin.path() != "/" || origin.query().is_some() {
            return Err(wrong());
        }
        let name = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        if !is_name(&name) {
            return Err(Failure::usage(format!("`{name}` is no name of a repository"))
                .hint("lower-case letters and digits, in parts divided by `/`, `-`, `_` or `.`"));
        }
        Ok(Self { origin, host: host.to_owned(), name })
    }

    /// The name of the repository in its registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Host and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address of something of this repository, such as `blobs/sha256:…`.
    pub fn url(&self, what: &str) -> String {
        format!("{}v2/{}/{what}", self.origin, self.name)
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.name)
    }
}

fn is_this_machine(host: &str) -> bool {
    let name =
        host.rsplit_once(':').map_or(host, |(name, port)| if port.contains(']') { host } else { name });
    name == "localhost" || name == "[::1]" || name.starts_with("127.")
}

/// Parts of letters and digits, divided by `/`, `.`, `_`, `__` or any number of `-`.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let dividers: Vec<&str> = part.split(plain).filter(|divider| !divider.is_empty()).collect();
        part.starts_with(plain)
            && part.ends_with(plain)
            && dividers
                .iter()
                .all(|divider| matches!(*divider, "." | "_" | "__") || divider.chars().all(|c| c == '-'))
    };
    name.len() <= 255 && name.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_named_with_port_and_prefix() {
        let shown = |registry: &str| {
            let repository = Repository::new(registry, "shop-api").map_err(|failure| failure.to_string())?;
            Ok::<_, String>((repository.to_string(), repository.url("tags/list")))
        };
        let is = |name: &str, url: &str| Ok((name.to_owned(), url.to_owned()));
        assert_eq!(
            shown("localhost:5000"),
            is("localhost:5000/shop-api", "http://localhost:5000/v2/shop-api/tags/list")
        );
        assert_eq!(shown("[::1]:5000"), is("[::1]:5000/shop-api", "http://[::1]:5000/v2/shop-api/tags/list"));
        assert_eq!(
            shown("ghcr.io/someone/"),
            is("ghcr.io/someone/shop-api", "https://ghcr.io/v2/someone/shop-api/tags/list")
        );
        assert_eq!(
            shown("http://registry.lan"),
            is("registry.lan/shop-api", "http://registry.lan/v2/shop-api/tags/list")
        );
        assert_eq!(shown("ftp://x"), Err("`ftp://x` is no registry".to_owned()));
        assert_eq!(shown(""), Err("`` is no registry".to_owned()));
        let secret = shown("user:secret@registry.lan").unwrap_err();
        assert!(!secret.contains("secret"), "{secret}");
    }

    #[test]
    fn names_are_those_of_the_specification() {
        for good in ["a", "a/b", "a-b", "a--b", "a.b", "a_b", "a__b", "0/1"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "/", "a/", "A", "-a", "a-", "a..b", "a___b", "a._b", "a b"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
