//! The lock that keeps two commands from changing the local platform at once. The system frees it when its
//! holder ends, however it ends.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::LocalFolder;
use super::state::whole_seconds;
use crate::failure::{Doing, Failure};

/// A held lock; dropping it frees it.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, never read: closing the file frees the lock")] File);

/// Who holds the lock.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    command: String,
    pid: u32,
    since: Timestamp,
}

/// Takes the lock for `command`; fails at once, naming the holder, when it is taken.
pub fn acquire(folder: &LocalFolder, command: &str) -> Result<Lock, Failure> {
    let path = folder.lock_file();
    loop {
        folder.create()?;
        let mut options = File::options();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .doing(|| format!("open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) if is_at(&file, &path) => {
                name_holder(&mut file, command).doing(|| format!("write {}", path.display()))?;
                return Ok(Lock(file));
            }
            // `destroy --yes` deleted the file between opening and locking it: a lock that nobody else sees.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(folder, &mut file)),
            Err(TryLockError::Error(error)) => {
                return Err(Failure::failed(format!("cannot lock {}: {error}", path.display())));
            }
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let inode = |metadata: std::fs::Metadata| metadata.ino();
    matches!((file.metadata().map(inode), std::fs::metadata(path).map(inode)), (Ok(a), Ok(b)) if a == b)
}

fn name_holder(file: &mut File, command: &str) -> std::io::Result<()> {
    let holder = Holder { command: command.to_owned(), pid: std::process::id(), since: Timestamp::now() };
    file.set_len(0)?;
    file.write_all(serde_json::to_string(&holder)?.as_bytes())
}

fn taken(folder: &LocalFolder, file: &mut File) -> Failure {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let holder = read.ok().and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    let who = holder.map_or_else(
        || "another command".to_owned(),
        |holder| {
            format!("`{}` (process {}, since {})", holder.command, holder.pid, whole_seconds(holder.since))
        },
    );
    let name = folder.path().file_name().unwrap_or_default().to_string_lossy();
    let what =
        if name == "local" { "the local environment".to_owned() } else { format!("{name} on this machine") };
    Failure::locked(format!("{what} is locked by {who}")).hint("try again when it is done")
}
