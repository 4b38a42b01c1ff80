//! Puts an image together: a base layer that rarely changes, a layer with the program, configuration and manifest.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::layer::{Entry, Layer};
use super::manifest::{Blob, CONFIG, MANIFEST, Manifest};
use super::platform::Platform;
use super::revision::Revision;
use crate::failure::Failure;

/// Where the authorities of Amazon's databases are in the image; the Dockerfile puts them there too.
const RDS_AUTHORITIES_PATH: &str = "etc/ssl/certs/aws-rds.pem";
const RDS_AUTHORITIES: &[u8] = include_bytes!("../../../api/assets/rds/certificate-authorities.pem");
/// Where TLS libraries look for the authorities of everybody else.
const PUBLIC_AUTHORITIES_PATH: &str = "etc/ssl/certs/ca-certificates.crt";
const PUBLIC_AUTHORITIES: &[u8] =
    include_bytes!("../../../api/assets/public-authorities/certificate-authorities.pem");
const PROGRAM_PATH: &str = "usr/local/bin/eap-api";
/// Nobody else's number; images without a shell have it by custom.
const USER: &str = "65532:65532";
const PASSWD: &[u8] = b"root:x:0:0:root:/:/sbin/nologin\neap:x:65532:65532:eap:/tmp:/sbin/nologin\n";
const GROUP: &[u8] = b"root:x:0:\neap:x:65532:\n";
/// What the resolver of a static program asks, and in which order.
const NSSWITCH: &[u8] = b"passwd: files\ngroup: files\nhosts: files dns\n";

/// An image, whole and in memory.
#[derive(Debug)]
pub struct Image {
    /// The manifest; its digest is that of the image.
    pub manifest: Blob,
    /// The configuration.
    pub config: Blob,
    /// The layers, the lowest first.
    pub layers: Vec<Blob>,
    /// What it runs on.
    pub platform: Platform,
}

impl Image {
    /// The image around `program`, which must be static.
    pub fn around(program: &[u8], platform: Platform, revision: &Revision) -> Result<Self, Failure> {
        let layers = [base_layer()?, program_layer(program)?];
        let config = Blob::json(CONFIG, &configuration(&layers, platform, revision))?;
        Self::of(config, layers.into_iter().map(|layer| layer.blob).collect(), platform, revision)
    }

    /// An image of a configuration and layers that exist.
    pub fn of(
        config: Blob,
        layers: Vec<Blob>,
        platform: Platform,
        revision: &Revision,
    ) -> Result<Self, Failure> {
        let manifest = Blob::json(MANIFEST, &Manifest::of_image(&config, &layers, labels(revision)))?;
        Ok(Self { manifest, config, layers, platform })
    }

    /// Its digest.
    pub fn digest(&self) -> &str {
        self.manifest.digest()
    }

    /// What a registry stores of it besides the manifest.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        self.layers.iter().chain([&self.config])
    }

    /// Bytes that a registry stores and a host pulls.
    pub fn size_bytes(&self) -> u64 {
        self.blobs().chain([&self.manifest]).map(|blob| blob.descriptor.size).sum()
    }
}

/// Labels of the image, and annotations of its manifest.
pub fn labels(revision: &Revision) -> BTreeMap<String, String> {
    let label = |name: &str, value: &str| (format!("org.opencontainers.image.{name}"), value.to_owned());
    BTreeMap::from([
        label("title", "eap-api"),
        label("description", "E-commerce analytics: orders in, reports out"),
        label("licenses", "MIT"),
        label("version", env!("CARGO_PKG_VERSION")),
        label("revision", &revision.name()),
        label("created", &revision.time.to_string()),
    ])
}

fn base_layer() -> Result<Layer, Failure> {
    let folder = |path| Entry::Folder { path, mode: 0o755 };
    let file = |path, content| Entry::File { path, mode: 0o644, content };
    Layer::pack(
        "eap build-push: user, temporary folder, certificate authorities",
        &[
            folder("etc"),
            file("etc/group", GROUP),
            file("etc/nsswitch.conf", NSSWITCH),
            file("etc/passwd", PASSWD),
            folder("etc/ssl"),
            folder("etc/ssl/certs"),
            file(RDS_AUTHORITIES_PATH, RDS_AUTHORITIES),
            file(PUBLIC_AUTHORITIES_PATH, PUBLIC_AUTHORITIES),
            Entry::Folder { path: "tmp", mode: 0o1777 },
            folder("usr"),
            folder("usr/local"),
            folder("usr/local/bin"),
        ],
    )
}

fn program_layer(program: &[u8]) -> Result<Layer, Failure> {
    let entry = Entry::File { path: PROGRAM_PATH, mode: 0o755, content: program };
    Layer::pack("eap build-push: eap-api", &[entry])
}

#[derive(Serialize)]
struct Configuration {
    architecture: &'static str,
    config: Execution,
    created: String,
    history: Vec<History>,
    os: &'static str,
    rootfs: RootFileSystem,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Execution {
    cmd: [&'static str; 1],
    entrypoint: [String; 1],
    env: Vec<String>,
    exposed_ports: Value,
    /// Docker's; others ignore it, and ECS has its own.
    healthcheck: Healthcheck,
    labels: BTreeMap<String, String>,
    stop_signal: &'static str,
    user: &'static str,
    working_dir: &'static str,
}

/// Durations in nanoseconds.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Healthcheck {
    interval: u64,
    retries: u32,
    start_period: u64,
    test: [String; 3],
    timeout: u64,
}

#[derive(Serialize)]
struct History {
    created: &'static str,
    created_by: String,
}

#[derive(Serialize)]
struct RootFileSystem {
    diff_ids: Vec<String>,
    r#type: &'static str,
}

fn configuration(layers: &[Layer], platform: Platform, revision: &Revision) -> Configuration {
    let program = format!("/{PROGRAM_PATH}");
    let execution = Execution {
        cmd: ["serve"],
        entrypoint: [program.clone()],
        env: vec![
            format!("DATABASE_SSL_CA=/{RDS_AUTHORITIES_PATH}"),
            // Closed unless a deployment says what it is.
            "ENVIRONMENT=prod".to_owned(),
            // Memory of a report goes back to the system when the report is made, and what one thread gave back another one
            // takes.
            "MALLOC_ARENA_MAX=1".to_owned(),
            "MALLOC_MMAP_THRESHOLD_=262144".to_owned(),
            "PATH=/usr/local/bin".to_owned(),
        ],
        exposed_ports: json!({"8000/tcp": {}}),
        healthcheck: Healthcheck {
            interval: 30_000_000_000,
            retries: 3,
            start_period: 60_000_000_000,
            test: ["CMD".to_owned(), program, "healthcheck".to_owned()],
            timeout: 5_000_000_000,
        },
        labels: labels(revision),
        stop_signal: "SIGTERM",
        user: USER,
        working_dir: "/tmp",
    };
    Configuration {
        architecture: platform.architecture(),
        config: execution,
        created: revision.time.to_string(),
        history: layers
            .iter()
            .map(|layer| History { created: "1970-01-01T00:00:00Z", created_by: layer.created_by.clone() })
            .collect(),
        os: "linux",
        rootfs: RootFileSystem {
            diff_ids: layers.iter().map(|layer| layer.diff_id.clone()).collect(),
            r#type: "layers",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(commit: &str) -> Revision {
        let time = "2026-11-23T08:00:00Z".parse().expect("an instant");
        Revision { commit: commit.to_owned(), time, dirty: false }
    }

    #[test]
    fn a_new_program_moves_one_layer_only() {
        let image = |program: &[u8], commit| {
            Image::around(program, Platform::Amd64, &revision(commit)).expect("it assembles")
        };
        let (before, after) = (image(b"one", "a"), image(b"two", "b"));
        assert_eq!(before.layers[0].digest(), after.layers[0].digest());
        assert_ne!(before.layers[1].digest(), after.layers[1].digest());
        assert_eq!(image(b"one", "a").digest(), before.digest());
        assert_ne!(image(b"one", "b").digest(), before.digest(), "the revision is part of the image");
    }

    #[test]
    fn the_configuration_runs_without_privileges() {
        let image = Image::around(b"program", Platform::Arm64, &revision("abc")).expect("it assembles");
        let config: serde_json::Value = serde_json::from_slice(&image.config.bytes).expect("JSON");
        assert_eq!(config["architecture"], "arm64");
        assert_eq!(config["config"]["User"], "65532:65532");
        assert_eq!(config["config"]["Entrypoint"], serde_json::json!(["/usr/local/bin/eap-api"]));
        assert_eq!(config["config"]["Labels"]["org.opencontainers.image.revision"], "abc");
        assert_eq!(config["created"], "2026-11-23T08:00:00Z");
        assert_eq!(config["config"]["ExposedPorts"], serde_json::json!({"8000/tcp": {}}));
        let manifest: serde_json::Value = serde_json::from_slice(&image.manifest.bytes).expect("JSON");
        assert_eq!(manifest["config"]["digest"], image.config.digest());
        assert_eq!(config["rootfs"]["diff_ids"].as_array().map(Vec::len), Some(2));
    }
}
