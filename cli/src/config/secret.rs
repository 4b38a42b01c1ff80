//! A value that must not be printed or stored.

use reqwest::Url;

/// A secret, such as a key or a URL with a password. It shows itself only to `expose`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes charge of `value`.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, for the one place that hands it on.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with this secret, and the password in it when it is a URL, replaced by `***`.
    pub fn redact(&self, text: &str) -> String {
        let mut redacted = text.to_owned();
        if let Some(without) = url_without_password(&self.0) {
            redacted = redacted.replace(&self.0, &without);
        }
        for part in [Some(self.0.clone()), password_of(&self.0)].into_iter().flatten() {
            if !part.is_empty() {
                redacted = redacted.replace(&part, "***");
            }
        }
        redacted
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A URL without its password and its query, which may carry one too; `None` if it is no URL.
pub fn url_without_password(url: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    if url.password().is_some() {
        // Refused only for URLs that cannot have a password in the first place.
        url.set_password(None).ok()?;
    }
    Some(url.to_string())
}

fn password_of(url: &str) -> Option<String> {
    Url::parse(url).ok()?.password().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let secret = Secret::new("mysql://shop:p%40ss@db.example:3306/orders?ssl-key=k".into());
        assert_eq!(
            secret.redact("cannot reach mysql://shop:p%40ss@db.example:3306/orders?ssl-key=k with p%40ss"),
            "cannot reach mysql://shop@db.example:3306/orders with ***"
        );
        assert_eq!(format!("{secret:?}"), "***");
    }

    #[test]
    fn a_key_is_hidden_whole() {
        assert_eq!(Secret::new("eap_abc".into()).redact("Bearer eap_abc!"), "Bearer ***!");
    }
}
