//! The bootstrap stack of `CloudFormation`: what has to be there before Terraform can run. One per account and region.

mod events;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{Capability, Parameter, Stack, StackStatus, Tag};
use sha2::{Digest as _, Sha256};

use super::failure_of;
use crate::failure::Failure;

const TEMPLATE: &str = include_str!("bootstrap.yaml");
/// Tag of the stack that says which template made it.
const TEMPLATE_TAG: &str = "eap-template";
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// What the stack holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrap {
    /// Bucket of states and records.
    pub state_bucket: String,
    /// Key that they are encrypted with.
    pub key_arn: String,
    /// Role that workflows on GitHub deploy as, where one is wanted.
    pub deploy_role_arn: Option<String>,
}

/// A wish for the stack.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Name of the stack.
    pub stack: &'a str,
    /// Name of the image repository.
    pub repository: &'a str,
    /// What is there before the stack is made.
    pub found: &'a Found,
    /// Name of the project, for tags and for what the deploy role may touch.
    pub project: &'a str,
    /// Who may deploy from GitHub. Nothing leaves it as it is: other environments share the stack.
    pub github: Option<&'a GitHub>,
}

/// A repository on GitHub whose workflows may deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitHub {
    /// owner/name; empty takes the role away.
    pub repository: String,
    /// The account's identity provider of GitHub; empty makes it.
    pub provider_arn: String,
}

/// What a former stack, or somebody else, has left behind. A stack that is there already keeps to what it was made with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Whether a repository of the wanted name is there.
    pub repository: bool,
    /// A bucket with states in it: what was deployed is known nowhere else.
    pub state_bucket: Option<String>,
}

/// What was done to the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It was as wanted.
    Nothing,
    /// It was made.
    Created,
    /// It was changed.
    Updated,
}

/// The stack's own client.
pub fn client(config: &SdkConfig) -> Client {
    Client::new(config)
}

/// What is there; nothing when there is no sound stack.
pub async fn find(client: &Client, stack: &str) -> Result<Option<Bootstrap>, Failure> {
    Ok(describe(client, stack).await?.as_ref().and_then(outputs))
}

/// Waits until nobody is at work on the stack. True when it has to be made: there is none, or one that no update mends.
pub async fn settle(client: &Client, stack: &str, mut on_event: impl FnMut(&str)) -> Result<bool, Failure> {
    let mut found = describe(client, stack).await?;
    if let Some(busy) = found.as_ref().filter(|found| is_busy(found)) {
        on_event(&format!("the stack is {}: waiting for whoever is at work", status_of(busy)));
        found = Some(wait(client, stack, None, &mut on_event).await?);
    }
    Ok(found.as_ref().is_none_or(is_ruined))
}

/// How the names begin that `CloudFormation` gives to the stack's bucket.
pub fn bucket_prefix(stack: &str) -> String {
    format!("{}-statebucket-", stack.to_lowercase())
}

/// Makes or updates a stack that has settled, and repairs one whose creation failed. `on_event` gets each event in words.
pub async fn ensure(
    client: &Client,
    wish: Wish<'_>,
    mut on_event: impl FnMut(&str),
) -> Result<(Bootstrap, Done), Failure> {
    let mut found = describe(client, wish.stack).await?;
    if let Some(stack) = found.as_ref().filter(|stack| is_ruined(stack)) {
        on_event(&format!(
            "no update mends a stack that is {}: it is deleted and made anew",
            status_of(stack)
        ));
        delete(client, wish.stack, &mut on_event).await?;
        found = None;
    }
    // What happened before is nobody's news.
    let mut told = None;
    let done = match &found {
        Some(stack) if is_as_wanted(stack, wish) => Done::Nothing,
        Some(stack) => {
            told = events::newest(client, wish.stack).await?;
            update(client, wish, stack).await?
        }
        None => create(client, wish).await?,
    };
    let stack = match (done, found) {
        (Done::Nothing, Some(stack)) => stack,
        _ => wait(client, wish.stack, told, &mut on_event).await?,
    };
    let sound =
        matches!(stack.stack_status(), Some(StackStatus::CreateComplete | StackStatus::UpdateComplete));
    if !sound && done != Done::Nothing {
        return Err(broken(client, &stack, wish.stack).await);
    }
    outputs(&stack).map(|bootstrap| (bootstrap, done)).ok_or_else(|| {
        Failure::failed(format!("the stack {} is {} and has no outputs", wish.stack, status_of(&stack)))
            .hint("look at it in the console of CloudFormation")
    })
}

async fn describe(client: &Client, stack: &str) -> Result<Option<Stack>, Failure> {
    match client.describe_stacks().stack_name(stack).send().await {
        Ok(found) => {
            let stack = found.stacks.unwrap_or_default().into_iter().next();
            Ok(stack.filter(|stack| stack.stack_status() != Some(&StackStatus::DeleteComplete)))
        }
        Err(error) => match error.as_service_error() {
            Some(service) if service.meta().message().is_some_and(|said| said.contains("does not exist")) => {
                Ok(None)
            }
            _ => Err(failure_of("cloudformation:DescribeStacks", &error)),
        },
    }
}

async fn create(client: &Client, wish: Wish<'_>) -> Result<Done, Failure> {
    let owns = if wish.found.repository { "no" } else { "yes" };
    let bucket = wish.found.state_bucket.as_deref().unwrap_or_default();
    let mut parameters = wanted_parameters(wish);
    parameters.extend([
        ("RepositoryName", wish.repository),
        ("OwnsRepository", owns),
        ("StateBucketName", bucket),
    ]);
    let created = client
        .create_stack()
        .stack_name(wish.stack)
        .template_body(TEMPLATE)
        .set_parameters(Some(parameters.into_iter().map(|(name, value)| parameter(name, value)).collect()))
        .capabilities(Capability::CapabilityIam)
        .set_tags(Some(tags(wish.project)))
        .enable_termination_protection(true)
        .send()
        .await;
    created.map(|_| Done::Created).map_err(|error| failure_of("cloudformation:CreateStack", &error))
}

async fn update(client: &Client, wish: Wish<'_>, stack: &Stack) -> Result<Done, Failure> {
    let wanted = wanted_parameters(wish);
    let kept = stack.parameters().iter().filter_map(Parameter::parameter_key);
    let kept = kept.filter(|name| wanted.iter().all(|(other, _)| other != name));
    let kept = kept.map(|name| Parameter::builder().parameter_key(name).use_previous_value(true).build());
    let wanted = wanted.iter().map(|(name, value)| parameter(name, value));
    let updated = client
        .update_stack()
        .stack_name(wish.stack)
        .template_body(TEMPLATE)
        .set_parameters(Some(wanted.chain(kept).collect()))
        .capabilities(Capability::CapabilityIam)
        .set_tags(Some(tags(wish.project)))
        .send()
        .await;
    match updated {
        Ok(_) => Ok(Done::Updated),
        Err(error) => match error.as_service_error() {
            Some(service) if service.meta().message().is_some_and(|said| said.contains("No updates")) => {
                Ok(Done::Nothing)
            }
            _ => Err(failure_of("cloudformation:UpdateStack", &error)),
        },
    }
}

async fn delete(client: &Client, stack: &str, on_event: &mut impl FnMut(&str)) -> Result<(), Failure> {
    let unlocked =
        client.update_termination_protection().stack_name(stack).enable_termination_protection(false);
    unlocked
        .send()
        .await
        .map_err(|error| failure_of("cloudformation:UpdateTerminationProtection", &error))?;
    let deleted = client.delete_stack().stack_name(stack).send().await;
    deleted.map_err(|error| failure_of("cloudformation:DeleteStack", &error))?;
    let deadline = Instant::now() + LONGEST_WAIT;
    while let Some(found) = describe(client, stack).await? {
        let status = status_of(&found);
        if !is_busy(&found) || Instant::now() > deadline {
            return Err(Failure::failed(format!("the stack {stack} cannot be deleted: it is {status}"))
                .hint("delete it in the console of CloudFormation, and deploy again"));
        }
        on_event(&format!("the stack is {status}"));
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    Ok(())
}

/// Waits until nobody is at work on the stack; tells each event after the one of id `told`.
async fn wait(
    client: &Client,
    stack: &str,
    mut told: Option<String>,
    on_event: &mut impl FnMut(&str),
) -> Result<Stack, Failure> {
    let deadline = Instant::now() + LONGEST_WAIT;
    loop {
        let found = describe(client, stack).await?;
        let found = found.ok_or_else(|| Failure::failed(format!("the stack {stack} went away meanwhile")))?;
        for event in events::since(client, stack, told.as_deref()).await? {
            on_event(&event.words);
            told = Some(event.id);
        }
        if !is_busy(&found) {
            return Ok(found);
        }
        if Instant::now() > deadline {
            let waited = LONGEST_WAIT.as_secs() / 60;
            let message = format!("the stack {stack} is still {} after {waited} minutes", status_of(&found));
            return Err(Failure::timed_out(message).hint("deploy again: it waits for it"));
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

async fn broken(client: &Client, stack: &Stack, name: &str) -> Failure {
    let events = events::since(client, name, None).await.unwrap_or_default();
    let words = events.into_iter().map(|event| event.words);
    let failed: Vec<String> = words.filter(|event| event.contains("_FAILED")).collect();
    Failure::failed(format!("the stack {name} is {}", status_of(stack)))
        .detail(crate::process::indented(&failed))
        .hint("remove the cause and deploy again: a stack that was never finished is made anew")
}

fn outputs(stack: &Stack) -> Option<Bootstrap> {
    let outputs: BTreeMap<&str, &str> = stack
        .outputs()
        .iter()
        .filter_map(|output| Some((output.output_key()?, output.output_value()?)))
        .collect();
    Some(Bootstrap {
        state_bucket: (*outputs.get("StateBucket")?).to_owned(),
        key_arn: (*outputs.get("KeyArn")?).to_owned(),
        deploy_role_arn: outputs.get("DeployRoleArn").map(|arn| (*arn).to_owned()),
    })
}

fn is_busy(stack: &Stack) -> bool {
    status_of(stack).ends_with("_IN_PROGRESS")
}

/// States that no update leads out of.
fn is_ruined(stack: &Stack) -> bool {
    let status = stack.stack_status();
    matches!(
        status,
        Some(
            StackStatus::RollbackComplete
                | StackStatus::RollbackFailed
                | StackStatus::CreateFailed
                | StackStatus::DeleteFailed
                | StackStatus::ReviewInProgress
        )
    )
}

fn status_of(stack: &Stack) -> String {
    stack.stack_status().map_or("in an unknown state", StackStatus::as_str).to_owned()
}

/// Parameters whose values the configuration decides, each time.
fn wanted_parameters(wish: Wish<'_>) -> Vec<(&'static str, &str)> {
    let mut wanted = vec![("ProjectName", wish.project)];
    if let Some(github) = wish.github {
        wanted.push(("GitHubRepository", &github.repository));
        wanted.push(("GitHubProviderArn", &github.provider_arn));
    }
    wanted
}

fn is_as_wanted(stack: &Stack, wish: Wish<'_>) -> bool {
    let has = |(name, value): &(&str, &str)| {
        let found = stack.parameters().iter().find(|parameter| parameter.parameter_key() == Some(name));
        found.and_then(Parameter::parameter_value).unwrap_or_default() == *value
    };
    template_of(stack) == Some(&digest()) && wanted_parameters(wish).iter().all(has)
}

fn template_of(stack: &Stack) -> Option<&str> {
    stack.tags().iter().find(|tag| tag.key() == Some(TEMPLATE_TAG)).and_then(Tag::value)
}

fn tags(project: &str) -> Vec<Tag> {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    vec![tag("Project", project), tag("ManagedBy", "eap"), tag(TEMPLATE_TAG, &digest())]
}

fn parameter(name: &str, value: &str) -> Parameter {
    Parameter::builder().parameter_key(name).parameter_value(value).build()
}

/// The first 16 hexadecimal digits of the template's SHA-256.
fn digest() -> String {
    super::hexadecimal(&Sha256::digest(TEMPLATE.as_bytes())[..8])
}
