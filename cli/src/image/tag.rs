//! The tag of an image: the commit, and for a dirty checkout its content too, so that no tag means two images.

use super::revision::Revision;
use crate::arguments::Environment;
use crate::failure::Failure;

/// Hexadecimal digits of the digest in the tag of a dirty checkout.
const DIGITS: usize = 12;

/// Whether a dirty checkout may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirtyCheckout {
    /// Only where nothing depends on it.
    RefusedForReleases,
    /// Anywhere: the user asked for it.
    Allowed,
}

/// Refuses a dirty checkout for environments that customers see or rehearse on.
pub fn check_clean(
    revision: &Revision,
    environment: Option<Environment>,
    dirty: DirtyCheckout,
) -> Result<(), Failure> {
    let release = matches!(environment, Some(Environment::Staging | Environment::Prod));
    if !revision.dirty || !release || dirty == DirtyCheckout::Allowed {
        return Ok(());
    }
    let name = environment.map_or("a release", Environment::name);
    Err(Failure::usage(format!("the checkout differs from commit {}: not for {name}", revision.commit))
        .hint("commit the changes, or stash them; `git status` lists them")
        .hint("--allow-dirty publishes it all the same, with -dirty in its tag"))
}

/// The tag of an image with this digest.
pub fn tag_of(revision: &Revision, digest: &str) -> String {
    if !revision.dirty {
        return revision.commit.clone();
    }
    let digits: String = digest.trim_start_matches("sha256:").chars().take(DIGITS).collect();
    format!("{}-dirty-{digits}", revision.commit)
}

/// Refuses tags that registries refuse, and `latest`, which moves.
pub fn check_given(tag: &str) -> Result<(), Failure> {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let later = |c: char| first(c) || c == '.' || c == '-';
    if tag == "latest" {
        return Err(Failure::usage("`latest` moves, so nobody could say what runs")
            .hint("leave --tag away to use the git commit"));
    }
    if tag.len() > 128 || !tag.starts_with(first) || !tag.chars().all(later) {
        return Err(Failure::usage(format!("`{tag}` is no tag"))
            .hint("letters, digits, `_`, `.` and `-`, at most 128 of them"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(dirty: bool) -> Revision {
        Revision { commit: "c0ffee".into(), time: jiff::Timestamp::UNIX_EPOCH, dirty }
    }

    #[test]
    fn a_dirty_tag_names_its_content() {
        assert_eq!(tag_of(&revision(false), "sha256:0123456789abcdef"), "c0ffee");
        assert_eq!(tag_of(&revision(true), "sha256:0123456789abcdef"), "c0ffee-dirty-0123456789ab");
    }

    #[test]
    fn releases_are_clean_unless_asked() {
        let check = |dirty, environment, allowed| check_clean(&revision(dirty), environment, allowed).is_ok();
        let refused = DirtyCheckout::RefusedForReleases;
        for environment in [Environment::Staging, Environment::Prod] {
            assert!(!check(true, Some(environment), refused));
            assert!(check(true, Some(environment), DirtyCheckout::Allowed));
            assert!(check(false, Some(environment), refused));
        }
        assert!(check(true, Some(Environment::Dev), refused));
        assert!(check(true, None, refused));
    }

    #[test]
    fn tags_are_what_registries_take() {
        for good in ["v1.2.3", "_x", "A-b_c.d"] {
            assert!(check_given(good).is_ok(), "{good}");
        }
        for bad in ["", "latest", ".x", "-x", "a/b", "a:b", "é", &"x".repeat(129)] {
            assert!(check_given(bad).is_err(), "{bad}");
        }
    }
}
