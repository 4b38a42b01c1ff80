//! The environments that an instance can belong to.

use std::fmt;

use clap::ValueEnum;

/// Where an instance runs. It decides what is needed: a database, keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// Stood up by `eap deploy --env local`.
    Local,
    /// Started by hand.
    Development,
    /// Deployed, for developers.
    Dev,
    /// Deployed, for rehearsals.
    Staging,
    /// Deployed, for the shop.
    #[value(alias = "production")]
    Prod,
}

impl Environment {
    /// Whether requests need an API key and the database has to be named.
    pub fn needs_keys(self) -> bool {
        !matches!(self, Self::Local | Self::Development)
    }

    /// Its name, as the contract has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Development => "development",
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
