//! Layers: the same entries make the same bytes, whoever packs them, whenever and wherever.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

use super::manifest::{Blob, LAYER, digest_of};
use crate::failure::{Doing, Failure};

/// Something in a layer; paths have no slash in front. All of it belongs to root and is of 1970.
#[derive(Debug)]
pub enum Entry<'a> {
    /// A folder.
    Folder {
        /// Where it is.
        path: &'a str,
        /// Permissions.
        mode: u32,
    },
    /// A file.
    File {
        /// Where it is.
        path: &'a str,
        /// Permissions.
        mode: u32,
        /// What is in it.
        content: &'a [u8],
    },
}

/// A layer, compressed.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The compressed layer.
    pub blob: Blob,
    /// Digest of the layer before compression.
    pub diff_id: String,
    /// How it came about, for the history of the image.
    pub created_by: String,
}

impl Layer {
    /// Packs `entries` in the order given; a folder comes before what is in it.
    pub fn pack(created_by: &str, entries: &[Entry<'_>]) -> Result<Self, Failure> {
        let archive = archive(entries).doing(|| "pack a layer".to_owned())?;
        Self::compress(created_by, &archive)
    }

    /// Compresses a layer that is packed already.
    pub fn compress(created_by: &str, archive: &[u8]) -> Result<Self, Failure> {
        Ok(Self {
            blob: Blob::new(LAYER, gzip(archive).doing(|| "compress a layer".to_owned())?),
            diff_id: digest_of(archive),
            created_by: created_by.to_owned(),
        })
    }
}

fn archive(entries: &[Entry<'_>]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = tar::Header::new_ustar();
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        match *entry {
            Entry::Folder { path, mode } => {
                header.set_entry_type(tar::EntryType::Directory);
                header.set_mode(mode);
                header.set_size(0);
                archive.append_data(&mut header, format!("{path}/"), std::io::empty())?;
            }
            Entry::File { path, mode, content } => {
                header.set_entry_type(tar::EntryType::Regular);
                header.set_mode(mode);
                header.set_size(content.len() as u64);
                archive.append_data(&mut header, path, content)?;
            }
        }
    }
    archive.into_inner()
}

/// Neither time nor name nor operating system is in the header.
fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_layer_says_nothing_of_the_machine_it_was_packed_on() {
        let entries = [
            Entry::Folder { path: "tmp", mode: 0o1777 },
            Entry::File { path: "bin/program", mode: 0o755, content: b"program" },
        ];
        let layer = Layer::pack("test", &entries).expect("it packs");
        // The ninth byte says that it is packed as small as can be.
        assert_eq!(layer.blob.bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);

        let mut archive = Vec::new();
        flate2::read::GzDecoder::new(&layer.blob.bytes[..]).read_to_end(&mut archive).expect("it unpacks");
        assert_eq!(digest_of(&archive), layer.diff_id);
        let mut seen = Vec::new();
        for entry in tar::Archive::new(&archive[..]).entries().expect("entries") {
            let entry = entry.expect("an entry");
            let header = entry.header();
            seen.push((
                entry.path().expect("a path").display().to_string(),
                header.mode().expect("a mode"),
                (
                    header.uid().expect("an owner"),
                    header.gid().expect("a group"),
                    header.mtime().expect("a time"),
                ),
                header.size().expect("a size"),
            ));
        }
        let root_in_1970 = (0, 0, 0);
        assert_eq!(
            seen,
            [
                ("tmp/".to_owned(), 0o1777, root_in_1970, 0),
                ("bin/program".to_owned(), 0o755, root_in_1970, 7)
            ]
        );
    }
}
