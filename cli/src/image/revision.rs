//! Which commit an image is of, asked of git. Changes nothing in the checkout.

use std::path::Path;

use jiff::Timestamp;

use crate::failure::{Doing, Failure};
use crate::process::{ChildTalk, Invocation};

/// The state of the checkout.
#[derive(Debug, Clone)]
pub struct Revision {
    /// The commit, forty hexadecimal digits.
    pub commit: String,
    /// When it was committed.
    pub time: Timestamp,
    /// Whether files differ from the commit.
    pub dirty: bool,
}

impl Revision {
    /// Asks git about `checkout`.
    pub async fn of(checkout: &Path) -> Result<Self, Failure> {
        let head = git(checkout, &["log", "-1", "--no-show-signature", "--format=%H %ct"]).await?;
        let status = git(checkout, &["status", "--porcelain", "--untracked-files=normal"]).await?;
        let (commit, seconds) = head.trim().split_once(' ').unwrap_or_default();
        let second = seconds.parse().doing(|| "read the time of the commit".to_owned())?;
        let time = Timestamp::from_second(second).doing(|| "read the time of the commit".to_owned())?;
        Ok(Self { commit: commit.to_owned(), time, dirty: !status.trim().is_empty() })
    }

    /// The commit, and whether the files differ from it.
    pub fn name(&self) -> String {
        if self.dirty { format!("{}-dirty", self.commit) } else { self.commit.clone() }
    }
}

async fn git(checkout: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let invocation = Invocation::new("git").arguments(arguments).within(checkout);
    let said = invocation.run(ChildTalk::Kept).await.map_err(|failure| {
        failure.hint("the image is tagged with the git commit: git must be installed, and this be a clone")
    })?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}
