//! The container registry of AWS: tokens, repositories, scans. Thin functions taking a client.

use std::time::Duration;

pub use aws_sdk_ecr::Client;
use aws_sdk_ecr::error::ProvideErrorMetadata as _;
use aws_sdk_ecr::types::{
    EncryptionConfiguration, EncryptionType, ImageIdentifier, ImageScanningConfiguration, ImageTagMutability,
    ScanStatus, Tag,
};
use tokio::time::Instant;

use super::failure_of;
use crate::config::Secret;
use crate::failure::Failure;

/// Untagged images go after two weeks, and of tagged ones the last hundred stay: room for every rollback.
const LIFECYCLE_POLICY: &str = r#"{"rules":[
{"rulePriority":1,"description":"untagged images","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}},
{"rulePriority":2,"description":"all but the last hundred","selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":100},"action":{"type":"expire"}}
]}"#;
/// Time between two looks at a scan.
const SCAN_INTERVAL: Duration = Duration::from_secs(3);

/// A repository that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `<registry>/<name>`.
    pub uri: String,
    /// Whether this call made it.
    pub created: bool,
}

/// What a scanner found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Such as `CVE-2026-1234`.
    pub id: String,
    /// As the scanner says it: `CRITICAL`, `HIGH`, …
    pub severity: String,
    /// Package and version, when known.
    pub package: String,
    /// Where to read on.
    pub url: String,
}

/// How a scan ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scan {
    /// It found this.
    Complete(Vec<Finding>),
    /// ECR cannot scan such an image; why.
    Unsupported(String),
}

/// User and password of the registry, as the value of a `Basic` header. Good for twelve hours.
pub async fn authorization_token(client: &Client) -> Result<Secret, Failure> {
    let answer = client.get_authorization_token().send().await;
    let answer = answer.map_err(|error| failure_of("ecr:GetAuthorizationToken", &error))?;
    let token = answer.authorization_data.unwrap_or_default().into_iter().next();
    let token = token.and_then(|data| data.authorization_token);
    token.map(Secret::new).ok_or_else(|| Failure::failed("ECR gives no token"))
}

/// The address of the repository `name`, or `None` if there is no such repository.
pub async fn repository(client: &Client, name: &str) -> Result<Option<Repository>, Failure> {
    let answer = client.describe_repositories().repository_names(name).send().await;
    let answer = match answer {
        Err(error) if error.code() == Some("RepositoryNotFoundException") => return Ok(None),
        answer => answer.map_err(|error| failure_of("ecr:DescribeRepositories", &error))?,
    };
    let uri = answer.repositories().first().and_then(|repository| repository.repository_uri());
    Ok(uri.map(|uri| Repository { uri: uri.to_owned(), created: false }))
}

/// The digest of the image that `tag` stands for in the repository `name`; none when there is no such image.
pub async fn digest_of(client: &Client, name: &str, tag: &str) -> Result<Option<String>, Failure> {
    let image = ImageIdentifier::builder().image_tag(tag).build();
    let found = match client.describe_images().repository_name(name).image_ids(image).send().await {
        Err(error) if error.code() == Some("ImageNotFoundException") => return Ok(None),
        found => found.map_err(|error| failure_of("ecr:DescribeImages", &error))?,
    };
    Ok(found.image_details().first().and_then(|image| image.image_digest()).map(ToOwned::to_owned))
}

/// Makes the repository `name`: tags never move, images are scanned as they arrive, old ones go. One that is
/// there already, as that of the bootstrap stack, is left as it is.
pub async fn create_repository(client: &Client, name: &str, project: &str) -> Result<Repository, Failure> {
    if let Some(repository) = repository(client, name).await? {
        return Ok(repository);
    }
    let tag = |key: &str, value: &str| {
        Tag::builder().key(key).value(value).build().map_err(|error| Failure::failed(error.to_string()))
    };
    let encryption = EncryptionConfiguration::builder().encryption_type(EncryptionType::Aes256).build();
    let created = client
        .create_repository()
        .repository_name(name)
        .image_tag_mutability(ImageTagMutability::Immutable)
        .image_scanning_configuration(ImageScanningConfiguration::builder().scan_on_push(true).build())
        .encryption_configuration(encryption.map_err(|error| Failure::failed(error.to_string()))?)
        .tags(tag("Project", project)?)
        .tags(tag("ManagedBy", "eap")?)
        .send()
        .await;
    let created = match created {
        // Somebody else was faster.
        Err(error) if error.code() == Some("RepositoryAlreadyExistsException") => {
            let found = repository(client, name).await?;
            return found.ok_or_else(|| Failure::failed(format!("the repository {name} comes and goes")));
        }
        created => created.map_err(|error| failure_of("ecr:CreateRepository", &error))?,
    };
    let policy = client.put_lifecycle_policy().repository_name(name).lifecycle_policy_text(LIFECYCLE_POLICY);
    policy.send().await.map_err(|error| failure_of("ecr:PutLifecyclePolicy", &error))?;
    let uri = created.repository.and_then(|repository| repository.repository_uri);
    let uri = uri.ok_or_else(|| Failure::failed("ECR does not say where the new repository is"))?;
    Ok(Repository { uri, created: true })
}

/// Waits for the findings of an image, at most `patience`; `waiting` is told the state of the scan.
pub async fn scan_findings(
    client: &Client,
    name: &str,
    digest: &str,
    patience: Duration,
    waiting: impl Fn(&str),
) -> Result<Scan, Failure> {
    let deadline = Instant::now() + patience;
    start_scan(client, name, digest).await?;
    loop {
        let state = match scan_status(client, name, digest).await? {
            State::Ready => return all_findings(client, name, digest).await.map(Scan::Complete),
            State::Never(why) => return Ok(Scan::Unsupported(why)),
            State::Later(state) => state,
        };
        if Instant::now() + SCAN_INTERVAL > deadline {
            let message =
                format!("no findings of the scan after {} s; its last state is {state}", patience.as_secs());
            return Err(Failure::timed_out(message)
                .hint("the image is pushed; the same command with --scan asks for its findings again"));
        }
        waiting(&state);
        tokio::time::sleep(SCAN_INTERVAL).await;
    }
}

enum State {
    Ready,
    Later(String),
    Never(String),
}

/// Where images are scanned as they arrive, or by Inspector, there is nothing to start: AWS says so.
async fn start_scan(client: &Client, name: &str, digest: &str) -> Result<(), Failure> {
    let image = ImageIdentifier::builder().image_digest(digest).build();
    let started = client.start_image_scan().repository_name(name).image_id(image).send().await;
    match started {
        Err(error)
            if matches!(
                error.code(),
                Some("LimitExceededException" | "ValidationException" | "UnsupportedImageTypeException")
            ) =>
        {
            Ok(())
        }
        started => started.map(|_| ()).map_err(|error| failure_of("ecr:StartImageScan", &error)),
    }
}

async fn scan_status(client: &Client, name: &str, digest: &str) -> Result<State, Failure> {
    let image = ImageIdentifier::builder().image_digest(digest).build();
    let answer = client.describe_image_scan_findings().repository_name(name).image_id(image).send().await;
    let answer = match answer {
        Err(error) if error.code() == Some("ScanNotFoundException") => {
            return Ok(State::Later("not begun".to_owned()));
        }
        answer => answer.map_err(|error| failure_of("ecr:DescribeImageScanFindings", &error))?,
    };
    let Some(status) = answer.image_scan_status else { return Ok(State::Later("unknown".to_owned())) };
    let why = status.description.unwrap_or_default();
    Ok(match status.status {
        Some(ScanStatus::Complete | ScanStatus::Active) => State::Ready,
        Some(ScanStatus::UnsupportedImage | ScanStatus::FindingsUnavailable | ScanStatus::Failed) => {
            State::Never(why)
        }
        other => State::Later(other.map_or_else(|| "unknown".to_owned(), |state| state.as_str().to_owned())),
    })
}

async fn all_findings(client: &Client, name: &str, digest: &str) -> Result<Vec<Finding>, Failure> {
    let image = ImageIdentifier::builder().image_digest(digest).build();
    let request = client.describe_image_scan_findings().repository_name(name).image_id(image);
    let mut pages = request.into_paginator().page_size(1000).send();
    let mut findings = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure_of("ecr:DescribeImageScanFindings", &error))?;
        let Some(found) = page.image_scan_findings else { continue };
        findings.extend(found.findings.unwrap_or_default().into_iter().map(basic));
        findings.extend(found.enhanced_findings.unwrap_or_default().into_iter().map(enhanced));
    }
    Ok(findings)
}

fn basic(finding: aws_sdk_ecr::types::ImageScanFinding) -> Finding {
    let attribute = |key: &str| {
        let found = finding.attributes().iter().find(|attribute| attribute.key() == key);
        found.and_then(|attribute| attribute.value()).unwrap_or_default().to_owned()
    };
    let package = format!("{} {}", attribute("package_name"), attribute("package_version"));
    Finding {
        package: package.trim().to_owned(),
        severity: finding.severity().map(|severity| severity.as_str().to_owned()).unwrap_or_default(),
        id: finding.name.unwrap_or_default(),
        url: finding.uri.unwrap_or_default(),
    }
}

fn enhanced(finding: aws_sdk_ecr::types::EnhancedImageScanFinding) -> Finding {
    let details = finding.package_vulnerability_details;
    let packages = details.as_ref().map(|details| {
        let named = details.vulnerable_packages().iter().map(|package| {
            format!("{} {}", package.name().unwrap_or_default(), package.version().unwrap_or_default())
        });
        named.collect::<Vec<_>>().join(", ")
    });
    let id = details.as_ref().and_then(|details| details.vulnerability_id().map(ToOwned::to_owned));
    Finding {
        id: id.or(finding.title).unwrap_or_default(),
        severity: finding.severity.unwrap_or_default(),
        package: packages.unwrap_or_default(),
        url: details.and_then(|details| details.source_url).unwrap_or_default(),
    }
}
