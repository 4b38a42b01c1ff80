//! The engine that is there: builds `api/Dockerfile`, hands the image over, takes one in. It never gets a
//! credential: what it built is pushed by this program like everything else.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use super::assemble::{Image, labels};
use super::layer::Layer;
use super::layout;
use super::manifest::{Blob, CONFIG, LAYER};
use super::platform::Platform;
use super::revision::Revision;
use crate::commands::Context;
use crate::failure::{Doing, Failure};
use crate::local::binary::executable;
use crate::process::{ChildTalk, Invocation, indented};

/// An engine that does not answer in this time hangs.
const PATIENCE: Duration = Duration::from_secs(15);

/// Lines of a failed build that are shown.
const SHOWN_LINES: usize = 12;

/// A container engine that answers.
#[derive(Debug)]
pub struct Engine {
    docker: PathBuf,
}

impl Engine {
    /// Looks for `docker` on the PATH and asks its engine for a sign of life.
    pub async fn find(context: Context<'_>) -> Result<Self, Failure> {
        let search_path = context.variables.search_path();
        let docker = search_path.iter().find_map(|folder| executable(&folder.join("docker")));
        let docker = docker.ok_or_else(|| {
            Failure::failed("there is no docker on the PATH")
                .hint("install Docker, or build without it: --builder native")
        })?;
        let asked = Invocation::new(&docker).arguments(["version", "--format", "{{.Server.Version}}"]);
        match tokio::time::timeout(PATIENCE, asked.run(ChildTalk::Kept)).await {
            Ok(Ok(_)) => Ok(Self { docker }),
            Ok(Err(failure)) => Err(failure
                .hint("start the Docker engine; `docker info` tells whether it runs")
                .hint("or do without it: --builder native")),
            Err(_) => {
                let message = format!("the Docker engine does not answer within {} s", PATIENCE.as_secs());
                Err(Failure::timed_out(message)
                    .hint("restart it; `docker info` tells whether it runs")
                    .hint("or do without it: --builder native"))
            }
        }
    }

    /// Builds `api/Dockerfile`, and takes the image out of the engine.
    pub async fn build(
        &self,
        context: Context<'_>,
        checkout: &Path,
        platform: Platform,
        revision: &Revision,
    ) -> Result<Image, Failure> {
        let folder = tempfile::tempdir().doing(|| "make a temporary folder".to_owned())?;
        let id_file = folder.path().join("id");
        let mut arguments = vec!["build".to_owned(), "--file".to_owned(), "api/Dockerfile".to_owned()];
        arguments.extend(["--iidfile".to_owned(), id_file.display().to_string()]);
        if platform.architecture() != host_architecture() {
            arguments.extend(["--platform".to_owned(), platform.name().to_owned()]);
        }
        for (name, value) in base_images(context)? {
            arguments.extend(["--build-arg".to_owned(), format!("{name}={value}")]);
        }
        for (name, value) in labels(revision) {
            arguments.extend(["--label".to_owned(), format!("{name}={value}")]);
        }
        arguments.push(".".to_owned());
        let invocation = Invocation::new(&self.docker).arguments(&arguments).within(checkout);
        context.output.say("Building eap-api with Docker");
        context.output.detail(&invocation.display());
        let talk = if context.output.animated() { ChildTalk::Shown } else { ChildTalk::Kept };
        let ended = invocation.run_to_end(talk).await?;
        if !ended.status.success() {
            // The classic builder says on standard output what its steps say.
            let said = String::from_utf8_lossy(&ended.stdout);
            let lines: Vec<&str> = said.lines().collect();
            let tail = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
            return Err(invocation
                .failure_of(&ended)
                .detail(indented(tail))
                .hint("EAP_RUST_IMAGE and EAP_RUNTIME_IMAGE name other base images, where these cannot be pulled")
                .hint("or build without Docker: --builder native"));
        }
        let id = std::fs::read_to_string(&id_file).doing(|| "read the id of the image".to_owned())?;
        self.save(id.trim(), folder.path(), platform, revision).await
    }

    /// Takes an image out of the engine. Its layers are compressed here, always the same way.
    async fn save(
        &self,
        id: &str,
        folder: &Path,
        platform: Platform,
        revision: &Revision,
    ) -> Result<Image, Failure> {
        let archive = folder.join("image.tar");
        let output = archive.display().to_string();
        let arguments = ["image", "save", "--output", output.as_str(), id];
        Invocation::new(&self.docker).arguments(arguments).run(ChildTalk::Kept).await?;
        let revision = revision.clone();
        let read = tokio::task::spawn_blocking(move || read_archive(&archive, platform, &revision)).await;
        read.map_err(|error| Failure::failed(error.to_string()))?
    }

    /// Puts the image into the engine under `name`, a repository with a tag.
    pub async fn load(&self, image: &Image, name: &str) -> Result<(), Failure> {
        let folder = tempfile::tempdir().doing(|| "make a temporary folder".to_owned())?;
        let archive = folder.path().join("image.tar");
        let file = std::fs::File::create(&archive).doing(|| format!("write {}", archive.display()))?;
        layout::write_archive(file, image, name)?;
        let archive = archive.display().to_string();
        let arguments = ["image", "load", "--quiet", "--input", archive.as_str()];
        Invocation::new(&self.docker).arguments(arguments).run(ChildTalk::Kept).await.map(|_| ())
    }
}

fn host_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "amd64",
    }
}

/// Base images that the user wants instead of those of the Dockerfile.
fn base_images(context: Context<'_>) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut images = Vec::new();
    for (argument, variable) in [("RUST_IMAGE", "EAP_RUST_IMAGE"), ("RUNTIME_IMAGE", "EAP_RUNTIME_IMAGE")] {
        if let Some(image) = context.variables.text(variable)? {
            images.push((argument, image.to_owned()));
        }
    }
    Ok(images)
}

fn read_archive(archive: &Path, platform: Platform, revision: &Revision) -> Result<Image, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Saved {
        config: String,
        layers: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Config {
        architecture: String,
    }
    let files = files_of(archive).doing(|| "read the image that Docker saved".to_owned())?;
    let take = |path: &str| {
        files
            .get(path)
            .cloned()
            .ok_or_else(|| Failure::failed(format!("Docker saved an image without {path}")))
    };
    let saved: Vec<Saved> = serde_json::from_slice(&take("manifest.json")?)
        .doing(|| "read the image that Docker saved".to_owned())?;
    let saved = saved.into_iter().next().ok_or_else(|| Failure::failed("Docker saved no image"))?;
    let config = Blob::new(CONFIG, take(&saved.config)?);
    let read: Config =
        serde_json::from_slice(&config.bytes).doing(|| "read the image that Docker saved".to_owned())?;
    if read.architecture != platform.architecture() {
        let message = format!("Docker built an image for {}, not for {}", read.architecture, platform.name());
        return Err(Failure::failed(message).hint("the base images must be for the same processor"));
    }
    let layers = saved.layers.iter().map(|path| compressed(&take(path)?)).collect::<Result<_, Failure>>()?;
    Image::of(config, layers, platform, revision)
}

/// Engines save layers plain or compressed.
fn compressed(layer: &Bytes) -> Result<Blob, Failure> {
    if layer.starts_with(&[0x1f, 0x8b]) {
        return Ok(Blob::new(LAYER, layer.clone()));
    }
    Ok(Layer::compress("docker", layer)?.blob)
}

/// Files by path; a link has the content of what it points to.
fn files_of(archive: &Path) -> std::io::Result<BTreeMap<String, Bytes>> {
    let mut archive = tar::Archive::new(std::fs::File::open(archive)?);
    let mut files: BTreeMap<String, Bytes> = BTreeMap::new();
    let mut links = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.display().to_string();
        if let Some(target) = entry.link_name()? {
            // `../<layer>/layer.tar`, relative to the folder of the link.
            links.push((path, target.display().to_string().trim_start_matches("../").to_owned()));
        } else if entry.header().entry_type().is_file() {
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            files.insert(path, content.into());
        }
    }
    for (path, target) in links {
        if let Some(content) = files.get(&target).cloned() {
            files.insert(path, content);
        }
    }
    Ok(files)
}
