//! An image as files: a folder in the OCI layout, and an archive that Docker loads. Writes nothing else.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::assemble::Image;
use super::manifest::{Blob, Descriptor, Index};
use super::publish::Bill;
use crate::failure::{Doing, Failure};

/// Says which version of the layout a folder has.
const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// Writes the image and its bill of materials into `folder`, which may hold an earlier one. The index comes last.
pub fn write(folder: &Path, image: &Image, tag: &str, bill: Option<&Blob>) -> Result<(), Failure> {
    check_folder(folder)?;
    let bill = bill.map(|bill| Bill::of(image, bill)).transpose()?;
    let of_bill = bill.iter().flat_map(|bill| [&bill.empty, bill.document, &bill.manifest]);
    let blobs = folder.join("blobs").join("sha256");
    std::fs::create_dir_all(&blobs).doing(|| format!("make the folder {}", blobs.display()))?;
    for blob in image.blobs().chain([&image.manifest]).chain(of_bill) {
        let name = blob.digest().trim_start_matches("sha256:");
        write_file(&blobs, name, &blob.bytes)?;
    }
    write_file(folder, "oci-layout", LAYOUT)?;
    let named = Descriptor { annotations: ref_name(tag), ..image.manifest.descriptor.clone() };
    let manifests = std::iter::once(named).chain(bill.map(|bill| bill.manifest.descriptor)).collect();
    let index = serde_json::to_vec(&Index::new(manifests)).doing(|| "write the index".to_owned())?;
    write_file(folder, "index.json", &index)
}

/// Writes the image as `docker load` reads it.
pub fn write_archive(sink: impl Write, image: &Image, name: &str) -> Result<(), Failure> {
    let path_of = |blob: &Blob| format!("blobs/sha256/{}", blob.digest().trim_start_matches("sha256:"));
    let manifest = json!([{
        "Config": path_of(&image.config),
        "Layers": image.layers.iter().map(path_of).collect::<Vec<_>>(),
        "RepoTags": [name],
    }]);
    let manifest = manifest.to_string();
    let mut archive = tar::Builder::new(sink);
    let mut append = |path: &str, content: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, path, content)
    };
    for blob in image.blobs() {
        append(&path_of(blob), &blob.bytes).doing(|| "write the archive".to_owned())?;
    }
    append("manifest.json", manifest.as_bytes()).doing(|| "write the archive".to_owned())?;
    archive.finish().doing(|| "write the archive".to_owned())
}

/// A folder with something else in it is left alone.
fn check_folder(folder: &Path) -> Result<(), Failure> {
    let Ok(mut entries) = std::fs::read_dir(folder) else { return Ok(()) };
    if entries.next().is_none() || folder.join("oci-layout").is_file() {
        return Ok(());
    }
    Err(Failure::usage(format!("{} holds something else than an image", folder.display()))
        .hint("name a folder that is empty or does not exist"))
}

/// Readers never see half a file.
fn write_file(folder: &Path, name: &str, content: &[u8]) -> Result<(), Failure> {
    let (path, work) = (folder.join(name), folder.join(format!(".{name}.new")));
    let written = std::fs::write(&work, content).and_then(|()| std::fs::rename(&work, &path));
    written.doing(|| format!("write {}", path.display()))
}

fn ref_name(tag: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("org.opencontainers.image.ref.name".to_owned(), tag.to_owned())])
}
