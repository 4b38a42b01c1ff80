//! A checkout with a small application in it, which real Cargo tests and builds in seconds, and a registry for its image.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::account::Account;
use crate::environment::TestEnvironment;
use crate::http;

const FILES: [(&str, &str); 5] = [
    (
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"api\"]\n\n[profile.dist]\ninherits = \"release\"\n",
    ),
    ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"eap-api\"\nversion = \"0.0.0\"\n"),
    ("api/Cargo.toml", "[package]\nname = \"eap-api\"\nversion = \"0.0.0\"\nedition = \"2024\"\n"),
    ("api/src/main.rs", "fn main() {}\n"),
    (".gitignore", "/target\n/terraform\n"),
];
const REPOSITORY: &str = "ecommerce-analytics-api";

/// The checkout, in the working folder of a machine.
pub struct Checkout {
    folder: PathBuf,
    home: PathBuf,
    registry: String,
}

impl Checkout {
    /// One commit; its image goes into a registry that the account has for ECR's. Nothing where this run has none.
    pub fn on(machine: &mut TestEnvironment, account: &Account) -> Option<Self> {
        let Ok(address) = std::env::var("EAP_TEST_REGISTRY") else {
            eprintln!("skipped: EAP_TEST_REGISTRY is not set");
            return None;
        };
        for (name, content) in FILES {
            machine.write(name, content);
        }
        // The toolchain is the developer's.
        for name in ["RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
            if let Some(value) = std::env::var_os(name) {
                machine.set(name, value);
            }
        }
        if std::env::var_os("RUSTUP_HOME").is_none() {
            machine.set("RUSTUP_HOME", PathBuf::from(std::env::var_os("HOME").unwrap()).join(".rustup"));
        }
        let registry = format!("http://{address}");
        account.steer("registry", &json!({"forward_to": registry}));
        let checkout = Self { folder: machine.path("work"), home: machine.path("home"), registry };
        checkout.git(&["init", "--quiet"]);
        checkout.tests_say("Ok(())");
        Some(checkout)
    }

    /// The application's own test ends so, from the next commit on, which is made.
    pub fn tests_say(&self, end: &str) {
        let test = format!("#[test]\nfn adds() -> Result<(), String> {{\n    {end}\n}}\n");
        std::fs::write(self.folder.join("api/src/lib.rs"), "//! Nothing.\n").unwrap();
        std::fs::create_dir_all(self.folder.join("api/tests")).unwrap();
        std::fs::write(self.folder.join("api/tests/models.rs"), test).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=x"]);
    }

    /// The commit.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Whether the registry has an image of the commit.
    pub fn is_pushed(&self) -> bool {
        let url = format!("{}/v2/{REPOSITORY}/manifests/{}", self.registry, self.head());
        let accept = "application/vnd.oci.image.manifest.v1+json";
        let client = http::client().build().unwrap();
        client.get(url).header("Accept", accept).send().unwrap().status().is_success()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(&self.folder).env("HOME", &self.home);
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "n").env(format!("GIT_{who}_EMAIL"), "e@example.com");
        }
        let output = git.output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}
