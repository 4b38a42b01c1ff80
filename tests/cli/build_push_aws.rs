//! `eap build-push` to ECR: whose account, which repository, tokens that expire, scans. AWS is the fake beside the
//! registry; its answers have the shape that AWS documents.

use crate::environment::Transcript;
use crate::image_source::ImageSource;
use crate::registry::{Fault, TestRegistry};

const NAME: &str = "ecommerce-analytics-api";
const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ci</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>";
/// `AWS:first-secret` and `AWS:second-secret`.
const TOKENS: [&str; 2] = ["QVdTOmZpcnN0LXNlY3JldA==", "QVdTOnNlY29uZC1zZWNyZXQ="];
const REPOSITORY: &str = r#"{"repositories":[{"repositoryName":"ecommerce-analytics-api","repositoryUri":"123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api"}]}"#;
const NO_REPOSITORY: &str =
    r#"{"__type":"RepositoryNotFoundException","message":"The repository does not exist"}"#;

fn token(value: &str) -> String {
    format!(
        r#"{{"authorizationData":[{{"authorizationToken":"{value}","expiresAt":1.9e9,"proxyEndpoint":"https://123456789012.dkr.ecr.us-east-1.amazonaws.com"}}]}}"#
    )
}

/// A clone with AWS credentials, and an AWS where the repository exists.
fn in_aws() -> (ImageSource, TestRegistry) {
    let (mut source, registry) = (ImageSource::new(), TestRegistry::start());
    source.environment.set("AWS_ENDPOINT_URL", format!("http://{}", registry.address));
    source.environment.set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
    source.environment.set("AWS_SECRET_ACCESS_KEY", "very-secret-key");
    source.environment.set("EAP_ACCOUNT_ID", "123456789012");
    registry.aws("GetCallerIdentity", &[CALLER]);
    registry.aws("DescribeRepositories", &[REPOSITORY]);
    registry.aws("GetAuthorizationToken", &[&token(TOKENS[0]), &token(TOKENS[1])]);
    let both = TOKENS.map(|token| format!("authorization: Basic {token}"));
    registry.want(&[&both[0], &both[1]], "Basic realm=\"ecr\"");
    (source, registry)
}

fn actions(registry: &TestRegistry) -> Vec<String> {
    let name = |request: crate::registry::Request| {
        let target = request
            .headers
            .iter()
            .find_map(|header| header.strip_prefix("x-amz-target: ").map(str::to_owned));
        target.map(|target| target.rsplit_once('.').unwrap().1.to_owned())
    };
    registry.requests().into_iter().filter_map(name).collect()
}

fn assert_no_secret(transcript: &Transcript) {
    for secret in ["first-secret", "second-secret", "very-secret-key", TOKENS[0], TOKENS[1]] {
        assert!(!transcript.stderr.contains(secret) && !transcript.stdout.contains(secret), "{transcript}");
    }
}

#[test]
fn the_account_is_asked_first_and_told() {
    let (source, registry) = in_aws();
    let transcript = source.run(&["--env", "prod", "--verbose"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    let told = "Account 123456789012, region us-east-1, as arn:aws:iam::123456789012:user/ci\n";
    assert!(transcript.stderr.starts_with(told), "{transcript}");
    assert!(transcript.stdout.starts_with(&format!("{}/{NAME}@sha256:", registry.address)), "{transcript}");
    assert_eq!(actions(&registry), ["DescribeRepositories", "GetAuthorizationToken"]);
    assert_no_secret(&transcript);
}

#[test]
fn nothing_is_sent_to_another_account_or_region() {
    let (mut source, registry) = in_aws();
    source.environment.set("EAP_ACCOUNT_ID", "210987654321");
    let account = source.run(&["--env", "prod"]);
    assert_eq!(account.code, 64, "{account}");
    assert!(
        account.stderr.contains("are of account 123456789012, but `prod` belongs to 210987654321"),
        "{account}"
    );
    assert!(account.stderr.contains("hint: name a profile of that account with --profile"), "{account}");

    source.environment.set("EAP_ACCOUNT_ID", "123456789012");
    source.environment.write("config/prod.yaml", "region: eu-central-1\n");
    source.commit();
    source.environment.set("AWS_REGION", "us-west-2");
    let region = source.run(&["--env", "prod"]);
    assert_eq!(region.code, 64, "{region}");
    let says = "the region is us-west-2 (from variable AWS_REGION), but the files of `prod` say eu-central-1";
    assert!(region.stderr.contains(says), "{region}");
    assert_eq!(actions(&registry), [""; 0], "no call but that for the identity");
    assert!(registry.requests().iter().all(|request| request.line == "POST /"));
}

#[test]
fn a_token_that_expires_midway_is_renewed_once() {
    let (source, registry) = in_aws();
    let lines = TOKENS.map(|token| format!("authorization: Basic {token}"));
    registry.want(&[&lines[0]], "Basic realm=\"ecr\"");
    // The questions for what is missing come at once, and are refused at once.
    registry.expire_at("HEAD ", &lines[1]);
    let transcript = source.run(&["--env", "dev"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    let tokens = actions(&registry).into_iter().filter(|action| action == "GetAuthorizationToken").count();
    assert_eq!(tokens, 2, "one at the start, one after the refusals");
    assert_no_secret(&transcript);

    let (source, registry) = in_aws();
    let content = format!("PATCH /v2/{NAME}/");
    registry.fail(&content, Fault::Say(401, "www-authenticate: Basic realm=\"ecr\"\r\n", ""));
    let transcript = source.run(&["--env", "dev"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    assert!(transcript.stderr.contains("the token has expired; trying again"), "{transcript}");
    assert!(registry.manifest(&format!("{NAME}/{}", source.head())).is_some());
}

#[test]
fn a_missing_repository_is_created_when_asked() {
    let (source, registry) = in_aws();
    registry.aws("DescribeRepositories", &[NO_REPOSITORY]);
    let refused = source.run(&["--env", "dev"]);
    assert_eq!(refused.code, 1, "{refused}");
    assert!(refused.stderr.contains("hint: add --create-repository"), "{refused}");

    registry.aws(
        "CreateRepository",
        &[r#"{"repository":{"repositoryUri":"123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api"}}"#],
    );
    registry.aws("PutLifecyclePolicy", &["{}"]);
    let created = source.run(&["--env", "dev", "--create-repository"]);
    assert_eq!(created.code, 0, "{created}");
    let asked = registry
        .requests()
        .into_iter()
        .find(|request| request.headers.iter().any(|header| header.ends_with(".CreateRepository")));
    let asked: serde_json::Value = serde_json::from_slice(&asked.unwrap().body).unwrap();
    assert_eq!(asked["imageTagMutability"], "IMMUTABLE");
    assert_eq!(asked["imageScanningConfiguration"]["scanOnPush"], true);
    assert_eq!(asked["encryptionConfiguration"]["encryptionType"], "AES256");

    // One that the bootstrap stack owns is left alone.
    let (source, registry) = in_aws();
    let there = source.run(&["--env", "dev", "--create-repository"]);
    assert_eq!(there.code, 0, "{there}");
    assert_eq!(actions(&registry), ["DescribeRepositories", "GetAuthorizationToken"]);
}

#[test]
fn refusals_of_aws_name_the_permission() {
    let (source, registry) = in_aws();
    let denied = r#"{"__type":"AccessDeniedException","message":"User is not authorized to perform: ecr:DescribeRepositories"}"#;
    registry.aws("DescribeRepositories", &[denied]);
    let transcript = source.run(&["--env", "dev"]);
    assert_eq!(transcript.code, 1, "{transcript}");
    assert!(transcript.stderr.contains("AWS refuses ecr:DescribeRepositories: User is not"), "{transcript}");
    assert!(
        transcript.stderr.contains("hint: these credentials need the permission ecr:Desc"),
        "{transcript}"
    );

    let (mut source, _registry) = in_aws();
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        source.environment.set(name, "");
    }
    source.environment.set("AWS_EC2_METADATA_DISABLED", "true");
    let transcript = source.run(&["--env", "dev"]);
    assert_eq!(transcript.code, 1, "{transcript}");
    assert!(transcript.stderr.contains("hint: AWS credentials are missing"), "{transcript}");
}

const FINDINGS: &str = r#"{"imageScanStatus":{"status":"COMPLETE"},"imageScanFindings":{"findings":[
    {"name":"CVE-2026-0001","severity":"HIGH","uri":"https://x/1","attributes":[{"key":"package_name","value":"zlib"},{"key":"package_version","value":"1.2"}]},
    {"name":"CVE-2026-0002","severity":"LOW","uri":"https://x/2"}]}}"#;
const IN_PROGRESS: &str = r#"{"imageScanStatus":{"status":"IN_PROGRESS"}}"#;

#[test]
fn findings_of_ecr_fail_the_command_with_9() {
    let (source, registry) = in_aws();
    registry.aws("StartImageScan", &["{}"]);
    registry.aws("DescribeImageScanFindings", &[IN_PROGRESS, FINDINGS]);
    let transcript = source.run(&["--env", "dev", "--scan"]);
    assert_eq!(transcript.code, 9, "{transcript}");
    for row in ["high      1", "low       1", "high      CVE-2026-0001  zlib 1.2  https://x/1"] {
        assert!(transcript.stderr.contains(row), "{row} is not in {transcript}");
    }
    assert!(transcript.stdout.contains("@sha256:"), "it is published, and told: {transcript}");

    let passes = source.run(&["--env", "dev", "--scan", "--fail-on", "critical", "--output", "json"]);
    assert_eq!(passes.code, 0, "{passes}");
    assert_eq!(passes.json()["scan"]["counts"], serde_json::json!({"high": 1, "low": 1}));

    let config = |until: &str| {
        format!(
            "image:\n  scan:\n    ignore:\n      - {{id: CVE-2026-0001, until: {until}, reason: not reached}}\n"
        )
    };
    source.environment.write("config/dev.yaml", &config("2999-12-31"));
    let ignored = source.run(&["--env", "dev", "--scan"]);
    assert_eq!(ignored.code, 0, "{ignored}");
    source.environment.write("config/dev.yaml", &config("2026-01-01"));
    let expired = source.run(&["--env", "dev", "--scan"]);
    assert_eq!(expired.code, 9, "{expired}");
    assert!(expired.stderr.contains("warning: CVE-2026-0001 counts again since 2026-01-01"), "{expired}");
}

#[test]
fn an_image_that_nobody_can_scan_is_no_success() {
    let (source, registry) = in_aws();
    registry.aws("StartImageScan", &["{}"]);
    let unsupported =
        r#"{"imageScanStatus":{"status":"UNSUPPORTED_IMAGE","description":"no operating system"}}"#;
    registry.aws("DescribeImageScanFindings", &[unsupported]);
    let transcript = source.run(&["--env", "dev", "--scan"]);
    assert_eq!(transcript.code, 1, "{transcript}");
    let says =
        "nobody could scan the image: ECR does not scan it: no operating system; Trivy is not installed";
    assert!(transcript.stderr.contains(says), "{transcript}");
    assert!(transcript.stderr.contains("hint: install trivy"), "{transcript}");
    assert!(transcript.stdout.contains("@sha256:"), "it is published, and told: {transcript}");
}
