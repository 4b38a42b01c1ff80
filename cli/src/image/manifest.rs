//! The JSON documents of an OCI image, with their digests. Maps are sorted and nothing is optional by chance,
//! so that the same content is the same bytes.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::failure::{Doing, Failure};
use crate::local::binary::hexadecimal;

/// Media type of a manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Media type of the configuration of an image.
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// Media type of a layer.
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// Media type of the configuration of something that needs none.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// Points at content by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the content is.
    pub media_type: String,
    /// `sha256:` and hexadecimal digits.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// What the content is about, in an index of referrers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Notes, such as the tag in a layout.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Content and the descriptor that points at it.
#[derive(Debug, Clone)]
pub struct Blob {
    /// Points at the content.
    pub descriptor: Descriptor,
    /// The content.
    pub bytes: Bytes,
}

impl Blob {
    /// Describes `bytes`.
    pub fn new(media_type: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let descriptor = Descriptor {
            media_type: media_type.to_owned(),
            digest: digest_of(&bytes),
            size: bytes.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
        };
        Self { descriptor, bytes }
    }

    /// Describes a document.
    pub fn json(media_type: &str, document: &impl Serialize) -> Result<Self, Failure> {
        Ok(Self::new(media_type, serde_json::to_vec(document).doing(|| format!("write {media_type}"))?))
    }

    /// Its digest.
    pub fn digest(&self) -> &str {
        &self.descriptor.digest
    }
}

/// A manifest: of an image, or of what refers to one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    schema_version: u8,
    media_type: String,
    /// What is referred with, when it is no image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The configuration.
    pub config: Descriptor,
    /// The layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// The image that is referred to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Notes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// The manifest of an image.
    pub fn of_image(config: &Blob, layers: &[Blob], annotations: BTreeMap<String, String>) -> Self {
        Self {
            schema_version: 2,
            media_type: MANIFEST.to_owned(),
            artifact_type: None,
            config: config.descriptor.clone(),
            layers: layers.iter().map(|layer| layer.descriptor.clone()).collect(),
            subject: None,
            annotations,
        }
    }

    /// The manifest of a document about `subject`.
    pub fn of_referrer(subject: &Descriptor, empty: &Blob, document: &Blob) -> Self {
        Self {
            schema_version: 2,
            media_type: MANIFEST.to_owned(),
            artifact_type: Some(document.descriptor.media_type.clone()),
            config: empty.descriptor.clone(),
            layers: vec![document.descriptor.clone()],
            subject: Some(Descriptor { annotations: BTreeMap::new(), ..subject.clone() }),
            annotations: BTreeMap::new(),
        }
    }
}

/// A list of manifests.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    schema_version: u8,
    media_type: String,
    /// The manifests.
    pub manifests: Vec<Descriptor>,
}

impl Index {
    /// An index of `manifests`.
    pub fn new(manifests: Vec<Descriptor>) -> Self {
        Self { schema_version: 2, media_type: INDEX.to_owned(), manifests }
    }
}

/// SHA-256 of `bytes` as registries write it.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hexadecimal(&Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_document_has_the_digest_of_the_specification() {
        let empty = Blob::new(EMPTY, "{}".as_bytes());
        assert_eq!(
            serde_json::to_string(&empty.descriptor).expect("it is plain"),
            r#"{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2}"#
        );
    }
}
