//! Finds `eap-api`, and builds it inside a checkout. Cargo alone decides whether a build is fresh.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::commands::Context;
use crate::failure::{Doing, Failure};
use crate::process::{ChildTalk, Invocation};

const NAME: &str = "eap-api";

/// The program to run, in this order: `EAP_API_BIN`; built from the checkout around the working folder; beside
/// this program; on the PATH.
pub async fn find(context: Context<'_>) -> Result<PathBuf, Failure> {
    if let Some(path) = context.variables.path("EAP_API_BIN") {
        let hint = "EAP_API_BIN must name an executable `eap-api`; unset it to have one built or found";
        return executable(&path).ok_or_else(|| {
            Failure::usage(format!("there is no executable at {}", path.display())).hint(hint)
        });
    }
    if let Some(checkout) = context.variables.working_folders().find(|folder| is_checkout(folder)) {
        return build(context, &checkout).await;
    }
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(NAME)));
    let on_path = context.variables.search_path().into_iter().map(|folder| folder.join(NAME));
    beside.into_iter().chain(on_path).find_map(|path| executable(&path)).ok_or_else(|| {
        Failure::failed("there is no `eap-api` to run")
            .hint("run this inside a checkout of the project, which builds it with cargo")
            .hint("or set EAP_API_BIN to an `eap-api`, or put one beside `eap` or on the PATH")
    })
}

/// SHA-256 of a file in hexadecimal digits, without blocking the interruption of a long read.
pub async fn fingerprint(path: &Path) -> Result<String, Failure> {
    let file = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || hash(&file)).await;
    hashed.map_err(|error| Failure::failed(error.to_string()))?.doing(|| format!("read {}", path.display()))
}

fn hash(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hexadecimal(&hasher.finalize()));
        }
        hasher.update(&buffer[..read]);
    }
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// `path` made absolute, when it is an executable file.
pub fn executable(path: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).ok()?;
    let runs = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
    runs.then(|| std::path::absolute(path).ok()).flatten()
}

/// A checkout of this project has a workspace with the crate of the API.
pub fn is_checkout(folder: &Path) -> bool {
    let says = |file: &str, wanted: &str| {
        std::fs::read_to_string(folder.join(file)).is_ok_and(|text| text.lines().any(|line| line == wanted))
    };
    says("Cargo.toml", "[workspace]") && says("api/Cargo.toml", "name = \"eap-api\"")
}

async fn build(context: Context<'_>, checkout: &Path) -> Result<PathBuf, Failure> {
    let cargo = context.variables.path("CARGO").unwrap_or_else(|| PathBuf::from("cargo"));
    let invocation = build_invocation(cargo, checkout).exactly(context.variables.for_cargo());
    context.output.say("Building eap-api: cargo build --release -p eap-api");
    context.output.detail(&invocation.display());
    let hint = "EAP_API_BIN names an `eap-api` to use instead of building one";
    let messages = invocation.run(ChildTalk::Shown).await.map_err(|failure| failure.hint(hint))?;
    built_program(&messages)
        .ok_or_else(|| Failure::failed("cargo did not say where it put eap-api").hint(hint))
}

/// The JSON messages on standard output name the program, wherever the target folder is.
fn build_invocation(cargo: PathBuf, checkout: &Path) -> Invocation {
    let arguments = ["build", "--release", "-p", NAME, "--message-format=json-render-diagnostics"];
    Invocation::new(cargo).arguments(arguments.map(OsString::from)).within(checkout)
}

/// The program that the messages of cargo name.
pub fn built_program(messages: &[u8]) -> Option<PathBuf> {
    String::from_utf8_lossy(messages).lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_program = message["reason"] == "compiler-artifact" && message["target"]["name"] == NAME;
        is_program.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_names_the_program_among_its_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"eap_api"},"executable":null}"#,
            "\nnot json\n",
            r#"{"reason":"compiler-artifact","target":{"name":"eap-api"},"executable":"/t/release/eap-api"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#
        );
        assert_eq!(built_program(messages.as_bytes()), Some(PathBuf::from("/t/release/eap-api")));
    }
}
