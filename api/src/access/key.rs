//! API keys as text: `eap_<id>_<secret>`. Owns their making and their shape; stores nothing.

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use serde::Serialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::Secret;

const PREFIX: &str = "eap_";
const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;

/// What a key allows. None includes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Reports, streams, metrics.
    Read,
    /// Sending orders.
    Ingest,
    /// Loading the sample.
    Admin,
}

impl Scope {
    const ALL: [Self; 3] = [Self::Read, Self::Ingest, Self::Admin];

    /// Its name on the command line and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Ingest => "ingest",
            Self::Admin => "admin",
        }
    }

    fn bit(self) -> i64 {
        match self {
            Self::Read => 1,
            Self::Ingest => 2,
            Self::Admin => 4,
        }
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(i64);

impl Scopes {
    /// The scopes of `list`.
    pub fn of(list: &[Scope]) -> Self {
        Self(list.iter().fold(0, |bits, scope| bits | scope.bit()))
    }

    /// Every scope there is.
    pub fn all() -> Self {
        Self::of(&Scope::ALL)
    }

    /// From the store's column `scopes`.
    pub fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// For the store's column `scopes`: 1 read, 2 ingest, 4 admin.
    pub fn bits(self) -> i64 {
        self.0
    }

    /// Whether `scope` is among them.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Their names.
    pub fn names(self) -> Vec<&'static str> {
        Scope::ALL.into_iter().filter(|scope| self.contains(*scope)).map(Scope::name).collect()
    }
}

/// SHA-256 of a key's secret. The secret has 256 random bits, so nothing slower is needed.
#[derive(Debug, Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// From the store; `None` for another length.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// For the store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether `secret` is the one behind this hash; takes the same time either way.
    pub fn matches(&self, secret: &str) -> bool {
        self.0.ct_eq(&Self::of(secret).0).into()
    }

    /// The hash of `secret`.
    pub(super) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }
}

/// A fresh key. Its token exists only here.
#[derive(Debug)]
pub struct NewKey {
    /// Public name of the key: 16 hexadecimal digits.
    pub id: String,
    /// What the store keeps.
    pub hash: SecretHash,
    /// What the caller gets, once.
    pub token: Secret,
}

impl NewKey {
    /// Makes one.
    pub fn random() -> Result<Self> {
        let mut bytes = [0_u8; ID_BYTES + SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random numbers: {error}"))?;
        let id = hex(&bytes[..ID_BYTES]);
        let secret = hex(&bytes[ID_BYTES..]);
        let token = Secret::new(format!("{PREFIX}{id}_{secret}"));
        Ok(Self { hash: SecretHash::of(&secret), id, token })
    }

    /// One that somebody else made; `None` when `token` has not the shape of a key.
    pub fn of_token(token: &Secret) -> Option<Self> {
        let presented = Presented::parse(token.expose())?;
        let hash = SecretHash::of(presented.secret);
        Some(Self { id: presented.id.to_owned(), hash, token: token.clone() })
    }
}

/// A key as a request presents it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Presented<'a> {
    /// Public name.
    pub id: &'a str,
    /// What proves it.
    pub secret: &'a str,
}

impl<'a> Presented<'a> {
    /// Reads a token; `None` for anything that cannot be one.
    pub fn parse(token: &'a str) -> Option<Self> {
        let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
        (is_hex(id, ID_BYTES) && is_hex(secret, SECRET_BYTES)).then_some(Self { id, secret })
    }
}

/// Whether `text` can be the id of a key.
pub fn is_id(text: &str) -> bool {
    is_hex(text, ID_BYTES)
}

pub(super) fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `bytes` in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_key_opens_its_own_hash_only() {
        let (key, other) = (NewKey::random().unwrap(), NewKey::random().unwrap());
        let presented = Presented::parse(key.token.expose()).unwrap();
        assert_eq!(presented.id, key.id);
        assert!(key.hash.matches(presented.secret));
        assert!(!other.hash.matches(presented.secret));
        assert_eq!(presented.secret.len(), 64, "256 bits");
        assert!(!format!("{key:?}").contains(presented.secret));
    }

    #[test]
    fn the_hash_is_sha_256() {
        // The test vector of FIPS 180-2.
        let hash = SecretHash::of("abc");
        assert_eq!(hex(hash.as_bytes()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn what_cannot_be_a_key_is_not_looked_up() {
        let (id, secret) = ("0123456789abcdef", "0".repeat(64));
        assert!(Presented::parse(&format!("eap_{id}_{secret}")).is_some());
        for wrong in [
            String::new(),
            "eap_".into(),
            format!("{id}_{secret}"),
            format!("eap_{id}{secret}"),
            format!("eap_{}_{secret}", "0123456789ABCDEF"),
            format!("eap_{id}_{secret}0"),
            format!("eap_' OR 1=1 --_{secret}"),
        ] {
            assert!(Presented::parse(&wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn no_scope_includes_another() {
        let scopes = Scopes::of(&[Scope::Admin, Scope::Read, Scope::Read]);
        assert_eq!(scopes.bits(), 5);
        assert!(!scopes.contains(Scope::Ingest));
        assert_eq!(scopes.names(), ["read", "admin"]);
    }
}
