//! Why AWS refused what Terraform asked of it, and what to do about it. Pure: reads what the provider says, which comes
//! from AWS word for word.

use crate::failure::Failure;

/// Words of a refusal; the first list that has one of what was said is the cause.
const NO_PERMISSION: &[&str] =
    &["AccessDenied", "UnauthorizedOperation", "AuthorizationError", "is not authorized to perform"];
const EXPIRED: &[&str] = &["ExpiredToken", "RequestExpired", "token included in the request is expired"];
const UNKNOWN: &[&str] =
    &["InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "No valid credential"];
const QUOTA: &[&str] = &["LimitExceeded", "QuotaExceeded", "Quota exceeded", "TooMany", "maximum number of"];
const BUSY: &[&str] = &[
    "Throttling",
    "Rate exceeded",
    "TooManyRequests",
    "RequestLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
];
const UNREACHABLE: &[&str] =
    &["no such host", "connection refused", "i/o timeout", "request send failed", "network is unreachable"];
const PROTECTED: &[&str] = &["disable deletion protection", "deletion protection is enabled"];

/// What S3 says of a bucket that something has reached after it was emptied.
pub const FULL_AGAIN: &str = "BucketNotEmpty";
/// The state could not be written at the end.
const NOT_SAVED: &str = "errored.tfstate";

/// Adds what can be done about the causes that `said` names.
pub fn explained(mut failure: Failure, said: &str, environment: &str) -> Failure {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(NO_PERMISSION) {
        let action = action_in(said).map_or_else(|| "what is named above".to_owned(), ToOwned::to_owned);
        failure = failure.hint(format!(
            "these credentials need the permission {action}; `eap doctor --env {environment}` says whose they are"
        ));
    }
    if has(EXPIRED) {
        failure = failure.hint("the AWS credentials have expired: log in again");
    }
    if has(UNKNOWN) {
        failure = failure
            .hint("AWS does not know these credentials: check AWS_PROFILE, AWS_ACCESS_KEY_ID and the clock");
    }
    // Both call it a limit; being asked too often is no quota that anybody raises.
    if has(BUSY) {
        failure = failure.hint("AWS is busy with this account: wait a minute");
    } else if has(QUOTA) {
        failure = failure.hint(
            "a quota of this account is used up: delete what nobody needs, or have it raised in the console of \
             Service Quotas",
        );
    }
    if has(UNREACHABLE) {
        failure = failure.hint("is AWS, or the address of --endpoint-url, reachable from here?");
    }
    if has(PROTECTED) {
        failure = failure.hint(format!(
            "a deploy replaces nothing that is protected: deploy once with db_deletion_protection (or, of the load balancer, \
             deletion_protection) false in config/{environment}.yaml, then this again"
        ));
    }
    if said.contains(FULL_AGAIN) {
        failure = failure
            .hint("something writes into the bucket yet: run the same command again when that has ended");
    }
    if said.contains(NOT_SAVED) {
        failure =
            failure.hint("the state could not be written: the next run of the same command writes it first");
    }
    failure
}

/// The action in `… is not authorized to perform: ecs:CreateService on resource …`.
fn action_in(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("not authorized to perform: ")?;
    let action = rest.split_whitespace().next()?;
    action.contains(':').then_some(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(said: &str) -> Vec<String> {
        explained(Failure::failed("it failed"), said, "staging").hints().to_vec()
    }

    #[test]
    fn each_cause_has_its_own_way_out() {
        let denied = "creating ECS Service: operation error ECS: CreateService, https response error StatusCode: 400, \
            api error AccessDeniedException: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: \
            ecs:CreateService on resource: arn:aws:ecs:…";
        assert!(hints(denied)[0].contains("the permission ecs:CreateService;"), "{:?}", hints(denied));
        for (said, part) in [
            (
                "api error ExpiredTokenException: The security token included in the request is expired",
                "log in",
            ),
            ("api error VpcLimitExceeded: The maximum number of VPCs has been reached.", "Service Quotas"),
            ("api error ThrottlingException: Rate exceeded", "busy"),
            ("api error LimitExceededException: too many requests; Rate exceeded", "busy"),
            ("dial tcp 10.0.0.1:443: i/o timeout", "reachable"),
            (
                "Cannot delete protected DB Instance, please disable deletion protection and try again.",
                "false in config/staging.yaml",
            ),
            ("api error BucketNotEmpty: The bucket you tried to delete is not empty", "when that has ended"),
        ] {
            let hints = hints(said);
            assert!(hints.len() == 1 && hints[0].contains(part), "{said}: {hints:?}");
        }
        assert_eq!(hints("api error InvalidParameterException: no such thing"), Vec::<String>::new());
    }
}
