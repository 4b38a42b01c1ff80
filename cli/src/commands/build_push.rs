//! `eap build-push`: from source to a digest in a registry.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::Context;
use crate::arguments::{Environment, Format};
use crate::config::{ImageConfig, PlatformConfig};
use crate::failure::{Failure, Outcome};
use crate::image::assemble::Image;
use crate::image::destination::{self, Destination, MissingRepository};
use crate::image::docker::Engine;
use crate::image::findings::{self, Scanned};
use crate::image::layout;
use crate::image::manifest::Blob;
use crate::image::platform::Platform;
use crate::image::progress::Progress;
use crate::image::publish::{Done, Publication};
use crate::image::scan::FailOn;
use crate::image::source::{Builder, Product, Source};
use crate::image::tag::{self, DirtyCheckout};

/// Arguments of `eap build-push`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(
    about = "Build the image of the API and push it; prints its digest",
    long_about = "\
Build the image of the API and push it to the registry of the environment's AWS account.

The native builder makes a static program with the Rust toolchain of this machine and puts it into an image of its \
own; it needs neither a Dockerfile nor Docker, and the same commit has the same digest everywhere. The Docker builder \
uses api/Dockerfile. Either way only what is missing is uploaded, and the tag, which is the git commit, comes last and \
never moves.

Any other registry is named with --registry; EAP_REGISTRY_USER and EAP_REGISTRY_PASSWORD hold its credentials.",
    after_long_help = "\
Examples:
  eap build-push --env dev                        to the registry of dev's AWS account
  eap build-push --env prod --create-repository --scan
  eap build-push --registry localhost:5000        to any registry
  eap build-push --output-oci target/oci          as files; no registry, no credentials
  docker run $(eap build-push --load --quiet)     into the Docker engine here

Exit codes: 0 pushed, or there already; 1 failed; 8 a scan took too long; 9 a scan found what --fail-on forbids; \
64 wrong call; 130 interrupted"
)]
pub struct BuildPushArguments {
    /// Who builds
    #[arg(long, value_enum, default_value_t = Builder::Auto)]
    builder: Builder,
    /// Processor of the machines that run it.
    #[arg(long, value_enum)]
    #[arg(
        help = "Processor of the machines that run it [default: infrastructure.cpu_architecture of the configuration, \
                  else linux/amd64]"
    )]
    platform: Option<Platform>,
    /// Registry instead of that of the AWS account, as host:port or host/prefix
    #[arg(long, value_name = "HOST", conflicts_with = "create_repository")]
    registry: Option<String>,
    /// Name of the repository instead of that of the configuration
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// Tag instead of the git commit
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Write the image into this folder, in the OCI layout, instead of pushing it
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["registry", "load", "create_repository"])]
    output_oci: Option<PathBuf>,
    /// Put the image into the Docker engine of this machine instead of pushing it
    #[arg(long, conflicts_with_all = ["registry", "create_repository"])]
    load: bool,
    /// Publish for staging and prod although files differ from the commit
    #[arg(long)]
    allow_dirty: bool,
    /// Create the repository when it is missing
    #[arg(long)]
    create_repository: bool,
    /// Wait for a scan for known vulnerabilities
    #[arg(long)]
    scan: bool,
    /// Severity from which a scan fails.
    #[arg(long, value_enum, value_name = "SEVERITY", requires = "scan")]
    #[arg(help = "Severity from which a scan fails [default: image.scan.fail_on of the configuration]")]
    fail_on: Option<FailOn>,
}

/// Builds the image of the checkout and pushes it to the repository of `config`, unless it is there; answers it by
/// digest. For `eap deploy`.
pub async fn image_of(
    context: Context<'_>,
    config: &PlatformConfig,
    source: &Source,
) -> Result<String, Failure> {
    tag::check_clean(&source.revision, Some(config.environment), DirtyCheckout::RefusedForReleases)?;
    let (image, missing) = (&config.image, MissingRepository::Refused);
    let destination =
        destination::ecr(context, config.environment, image, &image.repository, missing).await?;
    let product = source.build(context, Builder::Auto, image.platform).await?;
    let tag = tag::tag_of(&source.revision, product.image.digest());
    Ok(push(context, &destination, &product, tag).await?.reference)
}

/// What was done with the image.
struct Published {
    /// As images are named: with the digest where one can be pulled by it.
    reference: String,
    repository: String,
    tag: String,
    /// One word.
    status: &'static str,
    uploaded_bytes: u64,
}

impl BuildPushArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let started = Instant::now();
        if let Some(tag) = &self.tag {
            tag::check_given(tag)?;
        }
        let environment = context.options.env;
        let config = self.config(context)?;
        let source = Source::find(context).await?;
        let dirty = if self.allow_dirty { DirtyCheckout::Allowed } else { DirtyCheckout::RefusedForReleases };
        tag::check_clean(&source.revision, environment, dirty)?;
        // Before the build: a wrong account should not cost minutes.
        let destination = self.destination(context, &config).await?;
        let product = source.build(context, self.builder, self.platform.unwrap_or(config.platform)).await?;
        let tag = self.tag.clone().unwrap_or_else(|| tag::tag_of(&source.revision, product.image.digest()));
        let published = self.publish(context, &config, destination.as_ref(), &product, tag).await?;
        if !self.scan {
            report(context, &product, &published, None, started)?;
            return Ok(Outcome::Done);
        }
        let scanned = findings::scan(context, &config, destination.as_ref(), &product).await;
        // Published is published, also when nobody could scan it.
        report(context, &product, &published, scanned.as_ref().ok(), started)?;
        let fail_on = self.fail_on.unwrap_or(config.fail_on);
        let too_bad = findings::tell(context, &scanned?, fail_on);
        Ok(if too_bad { Outcome::Findings } else { Outcome::Done })
    }

    fn config(&self, context: Context<'_>) -> Result<ImageConfig, Failure> {
        let pushes_to_aws = self.registry.is_none() && self.output_oci.is_none() && !self.load;
        let environment = match context.options.env {
            Some(Environment::Local) if pushes_to_aws => {
                return Err(Failure::usage("`local` has no registry")
                    .hint("name one with --registry, or use --output-oci or --load"));
            }
            None if pushes_to_aws => {
                return Err(Failure::usage("no environment given")
                    .hint("add `--env dev`, or name a registry with --registry"));
            }
            environment => environment.unwrap_or(Environment::Local),
        };
        ImageConfig::load(environment, context.options, context.variables)
    }

    async fn destination(
        &self,
        context: Context<'_>,
        config: &ImageConfig,
    ) -> Result<Option<Destination>, Failure> {
        let repository = self.repository.as_deref().unwrap_or(&config.repository);
        if self.output_oci.is_some() || self.load {
            return Ok(None);
        }
        if let Some(registry) = &self.registry {
            return destination::any_registry(context, registry, repository).map(Some);
        }
        let environment = super::required_environment(context)?;
        let missing =
            if self.create_repository { MissingRepository::Created } else { MissingRepository::Refused };
        destination::ecr(context, environment, config, repository, missing).await.map(Some)
    }

    async fn publish(
        &self,
        context: Context<'_>,
        config: &ImageConfig,
        destination: Option<&Destination>,
        product: &Product,
        tag: String,
    ) -> Result<Published, Failure> {
        let image = &product.image;
        if let Some(destination) = destination {
            return push(context, destination, product, tag).await;
        }
        if let Some(folder) = &self.output_oci {
            layout::write(folder, image, &tag, product.bill.as_ref())?;
            let repository = folder.display().to_string();
            let reference = format!("{repository}@{}", image.digest());
            return Ok(Published { reference, repository, tag, status: "written", uploaded_bytes: 0 });
        }
        let repository = self.repository.clone().unwrap_or_else(|| config.repository.clone());
        let reference = format!("{repository}:{tag}");
        Engine::find(context).await?.load(image, &reference).await?;
        Ok(Published { reference, repository, tag, status: "loaded", uploaded_bytes: 0 })
    }
}

async fn push(
    context: Context<'_>,
    destination: &Destination,
    product: &Product,
    tag: String,
) -> Result<Published, Failure> {
    let registry = &destination.registry;
    let repository = registry.repository().to_string();
    let publication = Publication { image: &product.image, tag: &tag, bill: product.bill.as_ref() };
    context.output.say(&format!("Pushing to {repository}:{tag}"));
    let progress = Progress::new(context.output);
    let done = progress.during(publication.publish(registry, &progress)).await?;
    let reference = format!("{repository}@{}", product.image.digest());
    Ok(match done {
        Done::Pushed { uploaded_bytes } => {
            Published { reference, repository, tag, status: "pushed", uploaded_bytes }
        }
        Done::Present => {
            context.output.say("It is there already");
            Published { reference, repository, tag, status: "present", uploaded_bytes: 0 }
        }
    })
}

fn report(
    context: Context<'_>,
    product: &Product,
    published: &Published,
    scanned: Option<&Scanned>,
    started: Instant,
) -> Result<(), Failure> {
    if context.output.format() == Format::Table {
        return context.output.result(&format!("{}\n", published.reference));
    }
    let image = &product.image;
    context.output.result_json(&json!({
        "schema_version": 1,
        "reference": published.reference,
        "repository": published.repository,
        "tag": published.tag,
        "digest": image.digest(),
        "platform": image.platform.name(),
        "size_bytes": image.size_bytes(),
        "layers": layers(image),
        "bill_of_materials": product.bill.as_ref().map(Blob::digest),
        "status": published.status,
        "uploaded_bytes": published.uploaded_bytes,
        "scan": scanned.map(Scanned::as_json),
        "seconds": started.elapsed().as_secs_f64(),
    }))
}

fn layers(image: &Image) -> Vec<Value> {
    let layer = |blob: &Blob| json!({"digest": blob.digest(), "size_bytes": blob.descriptor.size});
    image.layers.iter().map(layer).collect()
}
