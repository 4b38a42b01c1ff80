//! Shows how an upload goes on: a bar on a terminal, lines elsewhere.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::manifest::Blob;
use super::registry::Sent;
use crate::output::{Bar, Output};

const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// The uploads of one image.
#[derive(Debug)]
pub struct Progress<'a> {
    output: &'a Output,
    uploads: Mutex<Option<(Bar, Sent)>>,
}

impl<'a> Progress<'a> {
    /// Nothing is shown before something is missing.
    pub fn new(output: &'a Output) -> Self {
        Self { output, uploads: Mutex::new(None) }
    }

    /// Uploads of `missing` begin; `sent` counts their bytes.
    pub fn begin(&self, missing: &[&Blob], sent: &Sent) {
        let total = missing.iter().map(|blob| blob.descriptor.size).sum();
        if !missing.is_empty() && !self.output.animated() {
            self.output.say(&format!("Uploading {} parts, {}", missing.len(), size(total)));
        }
        *self.uploads() = Some((self.output.bar(total, 0), sent.clone()));
    }

    /// An upload waits.
    pub fn wait(&self, why: &str) {
        if let Some((bar, _)) = &*self.uploads() {
            bar.note(why.to_owned());
        }
        if !self.output.animated() {
            self.output.say(why);
        }
    }

    /// Runs `work`, and looks now and then how many bytes have left.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            match tokio::time::timeout(LOOK_INTERVAL, &mut work).await {
                Ok(done) => return done,
                Err(_) => self.look(),
            }
        }
    }

    fn look(&self) {
        if let Some((bar, sent)) = &*self.uploads() {
            bar.advance_to(sent.bytes());
        }
    }

    /// A thread that panicked with the lock leaves nothing broken behind.
    fn uploads(&self) -> MutexGuard<'_, Option<(Bar, Sent)>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    if bytes < 1_000_000 { format!("{} kB", tenths(1_000)) } else { format!("{} MB", tenths(1_000_000)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_cut_to_a_tenth() {
        let sizes = [0, 999, 999_999, 1_000_000, 9_160_000].map(size);
        assert_eq!(sizes, ["0.0 kB", "0.9 kB", "999.9 kB", "1.0 MB", "9.1 MB"]);
    }
}
