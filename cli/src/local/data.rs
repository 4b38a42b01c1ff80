//! Which database a deploy uses and what it loads into it. Runs `eap-api`; never opens a database itself.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::binary::fingerprint;
use super::folder::LocalFolder;
use super::state::{Database, Load, State};
use crate::config::{Secret, url_without_password};
use crate::failure::Failure;
use crate::process::indented;

/// Stands for "the embedded database again" where a URL is asked for.
pub const EMBEDDED: &str = "embedded";
/// Rejected lines that people are shown.
const SHOWN_LINES: usize = 10;

/// What the user asks for on the command line.
#[derive(Debug)]
pub struct DataRequest {
    /// Files with the user's own orders.
    pub files: Vec<PathBuf>,
    /// URL of a server, or `embedded`.
    pub database: Option<Secret>,
}

/// The database of a deploy and what is still to be loaded into it.
#[derive(Debug)]
pub struct DataPlan {
    /// Where the orders are.
    pub database: Database,
    /// How to reach it; `None` for a server whose URL was given to an earlier deploy only.
    pub url: Option<Secret>,
    /// What it lacks.
    pub pending: Vec<Load>,
}

impl DataPlan {
    /// Decides from what is asked and what is remembered.
    pub async fn decide(request: &DataRequest, state: &State, folder: &LocalFolder) -> Result<Self, Failure> {
        let (database, url) = choose_database(request, state)?;
        let url = match database.file(folder) {
            Some(file) => Some(Secret::new(sqlite_url(&file))),
            None => url,
        };
        // A database whose file was deleted has lost what was loaded into it.
        let lost = database.file(folder).is_some_and(|file| !file.exists());
        let loaded = if lost { &[] } else { state.loads_of(&database) };
        let mut pending = Vec::new();
        for path in &request.files {
            let path = std::fs::canonicalize(path).map_err(|error| {
                Failure::usage(format!("cannot read the data file {}: {error}", path.display()))
            })?;
            let load = Load::File { sha256: fingerprint(&path).await?, path };
            if !loaded.contains(&load) {
                pending.push(load);
            }
        }
        let wants_sample = request.files.is_empty() && database != Database::EmbeddedOrders;
        if wants_sample && loaded.is_empty() {
            pending.push(Load::Sample);
        }
        Ok(Self { database, url, pending })
    }

    /// The URL, for a child that opens the database.
    pub fn required_url(&self) -> Result<&Secret, Failure> {
        self.url.as_ref().ok_or_else(|| {
            Failure::usage(format!("the URL of the database {} is needed again", self.database.name()))
                .hint("its password is not stored: set DATABASE_URL, or pass --database")
                .hint(format!("`--database {EMBEDDED}` goes back to the embedded database"))
        })
    }
}

/// Arguments of `eap-api` that load `load`.
pub fn load_arguments(load: &Load) -> Vec<OsString> {
    match load {
        Load::Sample => vec!["seed".into()],
        Load::File { path, .. } => vec!["import".into(), "--output".into(), "json".into(), path.into()],
    }
}

/// What `eap-api import` says of lines that did not land.
#[derive(Debug, Deserialize)]
pub struct Rejected {
    /// How many.
    pub rejected: u64,
    errors: Vec<RejectedLine>,
}

#[derive(Debug, Deserialize)]
struct RejectedLine {
    line: u64,
    field: String,
    reason: String,
}

impl Rejected {
    /// Understands the answer of an import of one file; `None` when it is none, because the import failed.
    pub fn of_answer(stdout: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Vec<Self>>(stdout).ok()?.pop()
    }

    /// The first of them, one a line.
    pub fn describe(&self) -> String {
        let shown = self.errors.iter().take(SHOWN_LINES);
        let lines: Vec<String> =
            shown.map(|error| format!("line {}: {}: {}", error.line, error.field, error.reason)).collect();
        indented(&lines)
    }
}

fn choose_database(request: &DataRequest, state: &State) -> Result<(Database, Option<Secret>), Failure> {
    let embedded = || {
        let own_orders = !request.files.is_empty() || state.database == Database::EmbeddedOrders;
        if own_orders { Database::EmbeddedOrders } else { Database::EmbeddedSample }
    };
    match &request.database {
        Some(word) if word.expose() == EMBEDDED => Ok((embedded(), None)),
        Some(url) => Ok((Database::Server { address: server_address(url)? }, Some(url.clone()))),
        None => match &state.database {
            server @ Database::Server { .. } => Ok((server.clone(), None)),
            Database::EmbeddedSample | Database::EmbeddedOrders => Ok((embedded(), None)),
        },
    }
}

/// The URL as it may be shown and stored. Never repeats a URL that it refuses: it may hold a password.
fn server_address(url: &Secret) -> Result<String, Failure> {
    let known = ["mysql://", "mariadb://"].iter().any(|scheme| url.expose().starts_with(scheme));
    url_without_password(url.expose()).filter(|_| known).ok_or_else(|| {
        Failure::usage("the URL of the database is not of the form mysql://user:password@host:3306/name")
            .hint(format!(
                "it comes from --database or DATABASE_URL; `--database {EMBEDDED}` needs no server"
            ))
    })
}

/// The URL of a file; bytes that mean something in a URL are escaped.
fn sqlite_url(file: &Path) -> String {
    let escaped: String = file
        .as_os_str()
        .as_bytes()
        .iter()
        .map(|&byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("sqlite://{escaped}?mode=rwc")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(database: Option<&str>, files: &[&str]) -> DataRequest {
        DataRequest {
            files: files.iter().map(PathBuf::from).collect(),
            database: database.map(|url| Secret::new(url.to_owned())),
        }
    }

    #[test]
    fn own_orders_never_mix_with_the_sample() {
        let mut state = State::new();
        let choose = |request, state: &State| choose_database(&request, state).expect("a database").0;
        assert_eq!(choose(request(None, &[]), &state), Database::EmbeddedSample);
        assert_eq!(choose(request(None, &["own.csv"]), &state), Database::EmbeddedOrders);
        state.database = Database::EmbeddedOrders;
        assert_eq!(choose(request(None, &[]), &state), Database::EmbeddedOrders);
    }

    #[test]
    fn a_server_is_remembered_without_its_password_and_left_on_request() {
        let mut state = State::new();
        let url = "mysql://shop:secret@db:3306/orders?ssl-mode=required";
        let (database, given) = choose_database(&request(Some(url), &[]), &state).expect("a server");
        assert_eq!(database, Database::Server { address: "mysql://shop@db:3306/orders".into() });
        assert_eq!(given.expect("the URL").expose(), url);
        state.database = database.clone();
        assert_eq!(choose_database(&request(None, &[]), &state).expect("the server"), (database, None));
        let (back, _) = choose_database(&request(Some(EMBEDDED), &[]), &state).expect("embedded");
        assert_eq!(back, Database::EmbeddedSample);
    }

    #[test]
    fn a_refused_url_is_not_repeated() {
        let refusal = choose_database(&request(Some("postgres://u:secret@h/d"), &[]), &State::new());
        let refusal = refusal.expect_err("refused");
        assert!(!format!("{refusal:?}").contains("secret"), "{refusal:?}");
    }

    #[test]
    fn odd_paths_survive_the_url() {
        let url = sqlite_url(Path::new("/home/a b/50%?#/ü.db"));
        assert_eq!(url, "sqlite:///home/a%20b/50%25%3F%23/%C3%BC.db?mode=rwc");
    }
}
