//! Whether a tree is prepared: `terraform init` hashes a provider of 700 MB and asks the backend, for the same answer as
//! long as neither the tree nor the backend nor Terraform is another. A note beside what it made says what it was for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::tree::LOCK_FILE;
use crate::aws::hexadecimal;
use crate::failure::{Doing, Failure};
use crate::local::folder::write_atomically;

/// Below the folder that Terraform makes, so that both go together.
const NOTE: &str = ".terraform/eap-init.sha256";

/// What else `init` leaves, beside providers: what it knows of backend and modules.
const LEFT: [&str; 2] = [".terraform/terraform.tfstate", ".terraform/modules/modules.json"];

/// What a tree would be prepared for now.
#[derive(Debug)]
pub struct Preparation {
    folder: PathBuf,
    digest: String,
}

impl Preparation {
    /// The tree in `folder`, by a Terraform of this version with these arguments.
    pub fn of(folder: &Path, version: &str, arguments: &[String]) -> Result<Self, Failure> {
        let mut hash = Sha256::new();
        for text in [version].into_iter().chain(arguments.iter().map(String::as_str)) {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hash_sources(folder, &mut hash).doing(|| format!("read {}", folder.display()))?;
        Ok(Self { folder: folder.to_owned(), digest: hexadecimal(&hash.finalize()) })
    }

    /// Whether that was done, and what it made is there.
    pub fn is_done(&self) -> bool {
        fs::read_to_string(self.folder.join(NOTE)).is_ok_and(|noted| noted == self.digest)
            && LEFT.iter().all(|file| self.folder.join(file).is_file())
            && has_providers(&self.folder.join(".terraform/providers")).unwrap_or(false)
    }

    /// Before it is done again: who is cut short leaves no note.
    pub fn forget(&self) -> Result<(), Failure> {
        match fs::remove_file(self.folder.join(NOTE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
        .doing(|| format!("delete {NOTE}"))
    }

    /// Notes that it was done.
    pub fn note(&self) -> Result<(), Failure> {
        write_atomically(&self.folder.join(NOTE), self.digest.as_bytes())
    }
}

/// Name and content of every file that Terraform reads, in order of their names.
fn hash_sources(folder: &Path, hash: &mut Sha256) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let is_source = path.extension().is_some_and(|it| it == "tf") || name == LOCK_FILE;
        if is_source {
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update([0]);
            hash.update(Sha256::digest(fs::read(&path)?));
        } else if path.is_dir() && name != ".terraform" {
            hash_sources(&path, hash)?;
        }
    }
    Ok(())
}

/// Whether there are programs of providers below. They may be links into a cache, which somebody may have emptied: an error.
fn has_providers(folder: &Path) -> io::Result<bool> {
    let mut found = false;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if fs::metadata(&path)?.is_dir() {
            found |= has_providers(&path)?;
        } else {
            found |= entry.file_name().to_string_lossy().starts_with("terraform-provider-");
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree as `init` leaves it, with its provider in a cache.
    fn prepared() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let home = tempfile::tempdir().expect("a folder");
        let (folder, cache) = (home.path().join("tree"), home.path().join("cache"));
        fs::create_dir_all(folder.join("modules/service")).expect("made");
        fs::create_dir_all(folder.join(".terraform/providers/example")).expect("made");
        fs::create_dir_all(folder.join(".terraform/modules")).expect("made");
        fs::create_dir_all(&cache).expect("made");
        let sources = ["main.tf", "modules/service/main.tf", LOCK_FILE, "notes.txt"];
        for file in sources.iter().chain(&LEFT) {
            fs::write(folder.join(file), file).expect("written");
        }
        fs::write(cache.join("terraform-provider-aws_v5"), "a program").expect("written");
        std::os::unix::fs::symlink(&cache, folder.join(".terraform/providers/example/5")).expect("linked");
        (home, folder, cache)
    }

    fn preparation(folder: &Path, version: &str, bucket: &str) -> Preparation {
        Preparation::of(folder, version, &["init".to_owned(), bucket.to_owned()]).expect("read")
    }

    #[test]
    fn it_is_done_until_the_tree_the_backend_or_terraform_changes() {
        let (_home, folder, _) = prepared();
        let first = preparation(&folder, "1.11.4", "a");
        assert!(!first.is_done(), "nothing is noted yet");
        first.note().expect("noted");
        let is_done = |version: &str, bucket: &str| preparation(&folder, version, bucket).is_done();
        assert!(is_done("1.11.4", "a"));
        assert!(!is_done("1.12.0", "a") && !is_done("1.11.4", "b"));
        fs::write(folder.join("notes.txt"), "of no account").expect("written");
        assert!(is_done("1.11.4", "a"));
        for file in ["modules/service/main.tf", LOCK_FILE] {
            fs::write(folder.join(file), "changed").expect("written");
            assert!(!is_done("1.11.4", "a"), "{file}");
            fs::write(folder.join(file), file).expect("written");
            assert!(is_done("1.11.4", "a"), "{file}");
        }
        first.forget().expect("forgotten");
        assert!(!is_done("1.11.4", "a"));
    }

    #[test]
    fn it_is_not_done_when_something_of_it_is_gone() {
        let (_home, folder, cache) = prepared();
        let done = preparation(&folder, "1.11.4", "a");
        done.note().expect("noted");
        for file in LEFT {
            fs::remove_file(folder.join(file)).expect("removed");
            assert!(!done.is_done(), "{file}");
            fs::write(folder.join(file), "again").expect("written");
        }
        assert!(done.is_done());
        fs::remove_file(cache.join("terraform-provider-aws_v5")).expect("removed");
        assert!(!done.is_done(), "its folder is empty");
        fs::remove_dir(&cache).expect("removed");
        assert!(!done.is_done(), "the link leads nowhere");
    }
}
