//! What is remembered about the local platform. Holds no secrets; written atomically, readable by the user only.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::{LocalFolder, write_atomically};
use super::identity;
use crate::failure::{Doing, Failure};

const SCHEMA_VERSION: u32 = 1;

/// Everything that is remembered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    schema_version: u32,
    /// The database in use.
    pub database: Database,
    /// What was loaded, by the name of the database.
    pub loads: BTreeMap<String, Vec<Load>>,
    /// The API as it was last started; absent when it was stopped on purpose.
    pub api: Option<Api>,
}

/// Where the orders are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Database {
    /// `SQLite` with the bundled sample. The user's own orders never mix with it.
    EmbeddedSample,
    /// `SQLite` with the user's own orders.
    EmbeddedOrders,
    /// A server of the user's.
    Server {
        /// Its URL without password.
        address: String,
    },
}

/// Something that was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Load {
    /// The bundled sample.
    Sample,
    /// A file of the user's.
    File {
        /// Where it was.
        path: PathBuf,
        /// SHA-256 of its content.
        sha256: String,
    },
}

/// An API process and what it was started with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Api {
    /// Process id.
    pub pid: u32,
    /// Tells this process from a later one with the same id.
    pub start_mark: String,
    /// Whether it passed the smoke test; otherwise its deploy failed or was interrupted.
    pub ready: bool,
    /// When it was started.
    pub started_at: Timestamp,
    /// The program.
    pub binary: PathBuf,
    /// SHA-256 of the program.
    pub binary_sha256: String,
    /// Its settings as environment variables, without the database.
    pub settings: BTreeMap<String, String>,
    /// Where it answers.
    pub url: String,
}

impl State {
    /// A platform that was never deployed.
    pub fn new() -> Self {
        let database = Database::EmbeddedSample;
        Self { schema_version: SCHEMA_VERSION, database, loads: BTreeMap::new(), api: None }
    }

    /// Reads the state; `None` when nothing was ever deployed.
    pub fn load(folder: &LocalFolder) -> Result<Option<Self>, Failure> {
        let file = folder.state_file();
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Failure::failed(format!("cannot read {}: {error}", file.display()))),
        };
        let hint = format!("move {} away to start afresh; databases beside it are kept", file.display());
        let state: Self = serde_json::from_str(&text)
            .doing(|| format!("understand {}", file.display()))
            .map_err(|failure| failure.hint(hint.clone()))?;
        if state.schema_version != SCHEMA_VERSION {
            let message = format!("{} was written by another version of eap", file.display());
            return Err(Failure::failed(message).hint(hint));
        }
        Ok(Some(state))
    }

    /// Writes the state.
    pub fn save(&self, folder: &LocalFolder) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(self).doing(|| "write down the state".to_owned())?;
        text.push('\n');
        write_atomically(&folder.state_file(), text.as_bytes())
    }

    /// What was loaded into the database in use.
    pub fn loads_of(&self, database: &Database) -> &[Load] {
        self.loads.get(&database.name()).map_or(&[], Vec::as_slice)
    }

    /// Remembers that `load` is in `database`; a newer content of the same file takes the older one's place.
    pub fn remember_load(&mut self, database: &Database, load: Load) {
        let loads = self.loads.entry(database.name()).or_default();
        let same_place = |other: &Load| match (other, &load) {
            (Load::File { path: a, .. }, Load::File { path: b, .. }) => a == b,
            (a, b) => a == b,
        };
        loads.retain(|other| !same_place(other));
        loads.push(load);
    }
}

impl Database {
    /// The name of the file, or the address of the server.
    pub fn name(&self) -> String {
        match self {
            Self::EmbeddedSample => "sample.db".to_owned(),
            Self::EmbeddedOrders => "orders.db".to_owned(),
            Self::Server { address } => address.clone(),
        }
    }

    /// The file, when it is one.
    pub fn file(&self, folder: &LocalFolder) -> Option<PathBuf> {
        match self {
            Self::EmbeddedSample | Self::EmbeddedOrders => Some(folder.database_file(&self.name())),
            Self::Server { .. } => None,
        }
    }

    /// For a summary.
    pub fn describe(&self, folder: &LocalFolder) -> String {
        match self.file(folder) {
            Some(file) => format!("embedded SQLite, {}", file.display()),
            None => self.name(),
        }
    }
}

impl Load {
    /// For a summary.
    pub fn describe(&self) -> String {
        match self {
            Self::Sample => "bundled sample".to_owned(),
            Self::File { path, .. } => path.display().to_string(),
        }
    }
}

impl Api {
    /// Whether this very process still runs.
    pub fn is_alive(&self) -> bool {
        identity::start_mark(self.pid).is_some_and(|mark| mark == self.start_mark)
    }
}

/// An instant for people: without fractions of a second.
pub fn whole_seconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}
