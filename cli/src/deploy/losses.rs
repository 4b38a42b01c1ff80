//! What a plan would destroy for good, and what AWS would not let it destroy: told before anything is changed, instead of
//! halfway through. Never destroys anything itself.

use super::platform::Platform;
use super::protection::{self, Guard};
use super::request::Losses;
use super::{record, rollback, version};
use crate::aws::bootstrap::Bootstrap;
use crate::failure::Failure;
use crate::process::indented;
use crate::terraform::plan::{Change, Plan, addresses};

/// Refuses what nobody allowed, and what is protected. Answers the guards of what may go all the same: what was
/// interrupted while it was made holds nothing yet, as long as nothing ever served here.
pub async fn weigh(
    platform: &Platform<'_>,
    bootstrap: &Bootstrap,
    plan: &Plan,
    losses: Losses,
) -> Result<Vec<Guard>, Failure> {
    let mut lost = plan.losses();
    let mut guarded = protection::in_the_way(plan);
    if lost.is_empty() && guarded.is_empty() {
        return Ok(Vec::new());
    }
    let records = record::latest(platform, bootstrap, version::RECORDS).await?;
    let unfinished = if rollback::serving(&records).is_none() {
        lost.retain(|change| !change.unfinished);
        guarded.extract_if(.., |(change, _)| change.unfinished).map(|(_, guard)| guard).collect()
    } else {
        Vec::new()
    };
    if losses == Losses::Refused && !lost.is_empty() {
        return Err(Failure::usage("this plan destroys what cannot be made again")
            .detail(indented(&addresses(lost)))
            .hint("nothing was changed; when it is meant, add --allow-destroy"));
    }
    if !guarded.is_empty() {
        let environment = platform.config.environment.name();
        return Err(Failure::usage("this plan destroys what is protected")
            .detail(indented(&addresses(guarded.iter().map(|(change, _)| *change))))
            .hint(format!(
                "nothing was changed; when it is meant, deploy once with deletion_protection (of the database: \
                 db_deletion_protection) false in config/{environment}.yaml and nothing else changed, then this again"
            )));
    }
    Ok(unfinished)
}

/// What a deploy refuses to destroy or replace, because it is protected. What was interrupted while it was made may go.
pub fn refused(plan: &Plan) -> Vec<&Change> {
    let guarded = protection::in_the_way(plan).into_iter().map(|(change, _)| change);
    guarded.filter(|change| !change.unfinished).collect()
}
