//! From the checkout to an image: finds the sources, picks a builder, builds, and lists what is inside.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::assemble::Image;
use super::docker::Engine;
use super::elf;
use super::manifest::Blob;
use super::native::Toolchain;
use super::platform::Platform;
use super::revision::Revision;
use super::sbom;
use crate::commands::Context;
use crate::failure::{Doing, Failure};
use crate::local::binary::{executable, is_checkout};

/// Who builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Builder {
    /// The host's Rust toolchain when it can build for the platform, else Docker
    Auto,
    /// The host's Rust toolchain; no Docker is needed
    Native,
    /// The Docker engine, with api/Dockerfile
    Docker,
}

/// What an image is built from.
#[derive(Debug)]
pub struct Source {
    folder: PathBuf,
    /// The program to use instead of building one.
    program: Option<PathBuf>,
    /// The commit.
    pub revision: Revision,
}

/// An image, and what it is made of when that is known.
#[derive(Debug)]
pub struct Product {
    /// The image.
    pub image: Image,
    /// The bill of materials.
    pub bill: Option<Blob>,
}

impl Source {
    /// Where the sources of the application are; nothing when its program is given.
    pub fn checkout(&self) -> Option<&Path> {
        self.program.is_none().then_some(&*self.folder)
    }

    /// The checkout around the working folder; any clone will do for a program that `EAP_API_BIN` names.
    pub async fn find(context: Context<'_>) -> Result<Self, Failure> {
        let variables = context.variables;
        let program = variables.path("EAP_API_BIN").map(|path| {
            executable(&path)
                .ok_or_else(|| Failure::usage(format!("there is no executable at {}", path.display())))
        });
        let program = program.transpose()?;
        let checkout = variables.working_folders().find(|folder| is_checkout(folder));
        let here = program.is_some().then(|| variables.working_folders().next()).flatten();
        let folder = checkout.or(here).ok_or_else(|| {
            Failure::failed("this is no checkout of the project, so there is nothing to build")
                .hint("run it inside a checkout")
                .hint(
                    "or set EAP_API_BIN to a static `eap-api`, and run it inside the clone it was built from",
                )
        })?;
        let revision = Revision::of(&folder).await?;
        Ok(Self { folder, program, revision })
    }

    /// Builds the image.
    pub async fn build(
        &self,
        context: Context<'_>,
        builder: Builder,
        platform: Platform,
    ) -> Result<Product, Failure> {
        let program = match self.builder(context, builder, platform).await? {
            Chosen::Program(program) => program,
            Chosen::Native(toolchain) => toolchain.build(context, &self.folder).await?,
            Chosen::Docker(engine) => {
                let image = engine.build(context, &self.folder, platform, &self.revision).await?;
                let bill = tell(context, self.bill(context, platform).await);
                return Ok(Product { image, bill });
            }
        };
        let (image, bill) = tokio::join!(self.around(&program, platform), self.bill(context, platform));
        Ok(Product { image: image?, bill: tell(context, bill) })
    }

    /// Whether something here can build the image for `platform`.
    pub async fn check_builder(&self, context: Context<'_>, platform: Platform) -> Result<(), Failure> {
        self.builder(context, Builder::Auto, platform).await.map(drop)
    }

    async fn builder(
        &self,
        context: Context<'_>,
        builder: Builder,
        platform: Platform,
    ) -> Result<Chosen, Failure> {
        if let Some(program) = self.program.clone().filter(|_| builder != Builder::Docker) {
            return Ok(Chosen::Program(program));
        }
        let native = || Toolchain::find(context, &self.folder, platform);
        match builder {
            Builder::Native => native().await.map(Chosen::Native),
            Builder::Docker => Engine::find(context).await.map(Chosen::Docker),
            Builder::Auto => match native().await {
                Ok(toolchain) => Ok(Chosen::Native(toolchain)),
                Err(no_toolchain) => {
                    context.output.say(&format!("{no_toolchain}; asking Docker"));
                    let engine = Engine::find(context).await.map_err(|no_engine| {
                        let failure = Failure::failed(format!("{no_toolchain}, and {no_engine}"));
                        no_toolchain.hints().iter().cloned().fold(failure, Failure::hint)
                    })?;
                    Ok(Chosen::Docker(engine))
                }
            },
        }
    }

    /// Compressing takes a second; a thread of its own leaves the interruption alert.
    async fn around(&self, program: &Path, platform: Platform) -> Result<Image, Failure> {
        let (program, revision) = (program.to_owned(), self.revision.clone());
        let image = tokio::task::spawn_blocking(move || {
            let content = std::fs::read(&program).doing(|| format!("read {}", program.display()))?;
            elf::check_static(&program, &content, platform)?;
            Image::around(&content, platform, &revision)
        });
        image.await.map_err(|error| Failure::failed(error.to_string()))?
    }

    async fn bill(&self, context: Context<'_>, platform: Platform) -> Result<Blob, Failure> {
        if !is_checkout(&self.folder) {
            return Err(Failure::failed("this is no checkout with a Cargo.lock"));
        }
        let cargo = context.variables.path("CARGO").unwrap_or_else(|| PathBuf::from("cargo"));
        sbom::bill_of(cargo, &self.folder, platform, &self.revision).await
    }
}

/// An image is published without its bill rather than not at all: Docker builds where there is no cargo.
fn tell(context: Context<'_>, bill: Result<Blob, Failure>) -> Option<Blob> {
    bill.inspect_err(|failure| context.output.warning(&format!("no bill of materials: {failure}"))).ok()
}

enum Chosen {
    Program(PathBuf),
    Native(Toolchain),
    Docker(Engine),
}
