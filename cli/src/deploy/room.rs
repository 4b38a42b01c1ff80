//! Whether the account has room for what a plan makes, asked only of plans that make such things. A quota that nobody may
//! see is in nobody's way.

use aws_config::SdkConfig;

use crate::aws::quotas::{self, Quota};
use crate::failure::Failure;
use crate::output::Output;
use crate::terraform::plan::{Action, Plan};

/// Fails when AWS would refuse, after a quarter of an hour, what the plan begins with.
pub async fn check(output: &Output, sdk: &SdkConfig, plan: &Plan) -> Result<(), Failure> {
    let databases = made(plan, &["aws_db_instance", "aws_rds_cluster_instance"]);
    let balancers = made(plan, &["aws_lb"]);
    let seen = tokio::join!(
        async { if databases > 0 { quotas::db_instances(sdk).await } else { Ok(None) } },
        async { if balancers > 0 { quotas::load_balancers(sdk).await } else { Ok(None) } },
    );
    let mut short = Vec::new();
    for (quota, wanted) in [(seen.0, databases), (seen.1, balancers)] {
        match quota {
            Ok(quota) => short.extend(quota.and_then(|quota| shortage(quota, wanted))),
            Err(failure) => output.detail(&format!("  a quota cannot be seen: {failure}")),
        }
    }
    if short.is_empty() {
        return Ok(());
    }
    let region = sdk.region().map_or("this region", |region| region.as_ref());
    Err(Failure::failed(format!("the account has no room in {region} for what the plan makes"))
        .detail(crate::process::indented(&short))
        .hint("nothing was changed; ask for more in the console of Service Quotas, or delete what is not needed"))
}

fn made(plan: &Plan, kinds: &[&str]) -> usize {
    let made = plan.changes.iter().filter(|change| change.action == Action::Create);
    made.filter(|change| kinds.contains(&change.kind.as_str())).count()
}

fn shortage(quota: Quota, wanted: usize) -> Option<String> {
    let Quota { name, used, most } = quota;
    (used + wanted > most).then(|| format!("{name}: {used} of {most} are taken, the plan makes {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_still_fits() {
        let quota = |used| Quota { name: "DB instances", used, most: 40 };
        assert_eq!(shortage(quota(38), 2), None);
        let short = shortage(quota(39), 2).unwrap();
        assert_eq!(short, "DB instances: 39 of 40 are taken, the plan makes 2");
    }
}
