//! Publishes an image: asks what is missing, uploads it, and gives the tag last, so that nothing half-made is
//! ever found. Never overwrites a tag.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::assemble::Image;
use super::manifest::{Blob, Descriptor, EMPTY, INDEX, Index, MANIFEST, Manifest};
use super::progress::Progress;
use super::registry::{Referrers, Registry, Sent};
use crate::failure::{Doing, Failure};

/// Uploads at a time.
const UPLOADS: usize = 4;

/// What there is to publish.
#[derive(Debug)]
pub struct Publication<'a> {
    /// The image.
    pub image: &'a Image,
    /// Its tag.
    pub tag: &'a str,
    /// Its bill of materials, when there is one.
    pub bill: Option<&'a Blob>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Something was missing.
    Pushed {
        /// Bytes of layers, configurations and bills that were uploaded.
        uploaded_bytes: u64,
    },
    /// All of it was there.
    Present,
}

impl Publication<'_> {
    /// Publishes what is missing.
    pub async fn publish(&self, registry: &Registry, progress: &Progress<'_>) -> Result<Done, Failure> {
        let digest = self.image.digest();
        let tagged = registry.manifest(self.tag).await?.map(|(digest, _)| digest);
        if let Some(other) = tagged.as_deref().filter(|other| *other != digest) {
            return Err(self.tag_is_taken(registry, other));
        }
        let bill = self.bill.map(|bill| Bill::of(self.image, bill)).transpose()?;
        let bill = match bill {
            Some(bill) if registry.manifest(bill.manifest.digest()).await?.is_none() => Some(bill),
            _ => None,
        };
        if tagged.is_some() && bill.is_none() {
            return Ok(Done::Present);
        }
        let of_bill = bill.iter().flat_map(|bill| [&bill.empty, bill.document]);
        let blobs: Vec<&Blob> = self.image.blobs().chain(of_bill).collect();
        let uploaded_bytes = upload_missing(registry, &blobs, progress).await?;
        let image = &self.image.manifest;
        if tagged.is_none() {
            registry.put_manifest(image.digest(), MANIFEST, &image.bytes).await?;
        }
        if let Some(bill) = &bill {
            bill.put(registry, image).await?;
        }
        if tagged.is_none() {
            // Last: whoever finds the tag finds everything.
            registry.put_manifest(self.tag, MANIFEST, &image.bytes).await?;
        }
        Ok(Done::Pushed { uploaded_bytes })
    }

    fn tag_is_taken(&self, registry: &Registry, other: &str) -> Failure {
        Failure::failed(format!("the tag {} of {} stands for another image", self.tag, registry.repository()))
            .detail(format!("  there: {other}\n  here:  {}", self.image.digest()))
            .hint(
                "tags never move; an image of the same commit differs when the toolchain or the builder does",
            )
            .hint("commit first so that the image gets a tag of its own, or give one with --tag")
    }
}

/// A bill of materials as registries have it: a manifest of its own that refers to the image.
pub struct Bill<'a> {
    /// Refers to the image.
    pub manifest: Blob,
    /// The configuration that it has none of.
    pub empty: Blob,
    /// The bill itself.
    pub document: &'a Blob,
}

impl<'a> Bill<'a> {
    /// The bill `document` of `image`.
    pub fn of(image: &Image, document: &'a Blob) -> Result<Self, Failure> {
        let empty = Blob::new(EMPTY, "{}".as_bytes());
        let manifest = Manifest::of_referrer(&image.manifest.descriptor, &empty, document);
        Ok(Self { manifest: Blob::json(MANIFEST, &manifest)?, empty, document })
    }

    async fn put(&self, registry: &Registry, image: &Blob) -> Result<(), Failure> {
        let digest = self.manifest.digest();
        match registry.put_manifest(digest, MANIFEST, &self.manifest.bytes).await? {
            Referrers::Tracked => Ok(()),
            Referrers::Untracked => self.list(registry, image).await,
        }
    }

    /// Registries that keep no list of referrers have it under a tag, as the specification says.
    async fn list(&self, registry: &Registry, image: &Blob) -> Result<(), Failure> {
        let tag = image.digest().replace(':', "-");
        let mut index = match registry.manifest(&tag).await? {
            Some((_, bytes)) => serde_json::from_slice(&bytes).doing(|| format!("read {tag}"))?,
            None => Index::new(Vec::new()),
        };
        if index.manifests.iter().any(|known| known.digest == self.manifest.digest()) {
            return Ok(());
        }
        index.manifests.push(Descriptor {
            artifact_type: Some(self.document.descriptor.media_type.clone()),
            ..self.manifest.descriptor.clone()
        });
        let index = Blob::json(INDEX, &index)?;
        registry.put_manifest(&tag, INDEX, &index.bytes).await.map(|_| ())
    }
}

async fn upload_missing(
    registry: &Registry,
    blobs: &[&Blob],
    progress: &Progress<'_>,
) -> Result<u64, Failure> {
    let asked = blobs.iter().map(|blob| registry.has_blob(&blob.descriptor));
    let there: Vec<bool> = stream::iter(asked).buffered(UPLOADS).try_collect().await?;
    let missing = blobs.iter().zip(there).filter(|(_, there)| !there);
    let missing: Vec<&Blob> = missing.map(|(blob, _)| *blob).collect();
    let sent = Sent::default();
    progress.begin(&missing, &sent);
    let uploads =
        missing.iter().map(async |blob| registry.upload(blob, &sent, |why| progress.wait(why)).await);
    stream::iter(uploads).buffer_unordered(UPLOADS).try_collect::<()>().await?;
    Ok(missing.iter().map(|blob| blob.descriptor.size).sum())
}
