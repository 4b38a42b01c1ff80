//! `eap deploy`, refused by AWS or by this machine before Terraform runs: each time what, why, and what to do.

use std::sync::Mutex;

use crate::aws::{Answer, Call, IMAGE, StandIn};
use crate::doctor::machine;
use crate::environment::{TestEnvironment, Transcript};

const DEPLOY: [&str; 6] = ["deploy", "--env", "staging", "--image", IMAGE, "--yes"];

fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    (status, format!("<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"))
}

/// A deploy in an account where the calls of one action are refused.
fn refused(action: &'static str, answer: Answer) -> (StandIn, Transcript) {
    let account = StandIn::start(move |call| {
        (call.action == action).then(|| answer.clone()).or_else(|| nothing_deployed(call))
    });
    let transcript = machine(&account).run(&DEPLOY);
    (account, transcript)
}

/// An account with nothing in it.
fn nothing_deployed(call: &Call) -> Option<Answer> {
    match call.action.as_str() {
        "DescribeStacks" => Some(missing_stack()),
        "DescribeRepositories" => {
            Some((400, r#"{"__type": "RepositoryNotFoundException", "message": "none"}"#.to_owned()))
        }
        action if action.contains("x-id=ListBuckets") => Some(buckets(&[])),
        _ => None,
    }
}

fn missing_stack() -> Answer {
    refusal(400, "ValidationError", "Stack with id ecommerce-analytics-bootstrap does not exist")
}

fn buckets(names: &[&str]) -> Answer {
    let members: Vec<String> =
        names.iter().map(|name| format!("<Bucket><Name>{name}</Name></Bucket>")).collect();
    let members = members.concat();
    (200, format!("<ListAllMyBucketsResult><Buckets>{members}</Buckets></ListAllMyBucketsResult>"))
}

fn assert_told(transcript: &Transcript, code: i32, words: &[&str]) {
    assert_eq!(transcript.code, code, "{transcript}");
    for word in words {
        assert!(transcript.stderr.contains(word), "without `{word}`: {transcript}");
    }
}

#[test]
fn expired_credentials() {
    let expired = refusal(403, "ExpiredToken", "The security token included in the request is expired");
    let (account, told) = refused("GetCallerIdentity", expired);
    let words =
        ["AWS refuses sts:GetCallerIdentity: The security token", "hint: the AWS credentials have expired"];
    assert_told(&told, 1, &words);
    assert_eq!(account.calls("CreateStack").len(), 0);
}

#[test]
fn a_missing_permission() {
    let (_, told) = refused("CreateStack", refusal(403, "AccessDenied", "User ann is not authorized"));
    let words = [
        "AWS refuses cloudformation:CreateStack: User ann is not authorized",
        "hint: these credentials need the permission cloudformation:CreateStack",
    ];
    assert_told(&told, 1, &words);
}

#[test]
fn throttling_that_lasts_and_throttling_that_passes() {
    let busy = refusal(400, "Throttling", "Rate exceeded");
    let (account, told) = refused("DescribeStacks", busy.clone());
    assert_told(&told, 1, &["AWS refuses cloudformation:DescribeStacks: Rate exceeded", "hint: AWS is busy"]);
    // Three tries of the deploy, and three of its record, which looks for the bucket to be put into.
    assert_eq!(account.calls("DescribeStacks").len(), 6);

    let left = Mutex::new(2);
    let account = StandIn::start(move |call| {
        let mut left = left.lock().unwrap();
        if call.action == "DescribeStacks" && *left > 0 {
            *left -= 1;
            return Some(busy.clone());
        }
        // The next step, so that this is where the deploy ends.
        (call.action == "CreateStack")
            .then(|| refusal(400, "LimitExceededException", "Too many stacks"))
            .or_else(|| nothing_deployed(call))
    });
    assert_told(&machine(&account).run(&DEPLOY), 1, &["cloudformation:CreateStack: Too many stacks"]);
}

#[test]
fn nobody_answers() {
    let account = StandIn::start(|_| None);
    let mut machine = machine(&account);
    machine.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let words =
        ["cannot call sts:GetCallerIdentity", "hint: is AWS, or the address of --endpoint-url, reachable"];
    assert_told(&machine.run(&DEPLOY), 1, &words);
}

#[test]
fn a_folder_that_cannot_be_made() {
    let account = StandIn::start(|_| None);
    let mut machine = machine(&account);
    let taken = machine.write("taken", "a file");
    machine.set("EAP_STATE_DIR", &taken);
    let told = machine.run(&DEPLOY);
    assert_told(&told, 1, &["taken", "hint: "]);
    assert_eq!(account.calls("DescribeStacks").len(), 0);
}

/// Somebody's creation is being rolled back when the deploy begins: what there is shows only afterwards.
#[test]
fn a_stack_that_somebody_is_at_work_on() {
    let asked = Mutex::new(0);
    let deleted = Mutex::new(false);
    let account = StandIn::start(move |call| match call.action.as_str() {
        "DescribeStacks" if *deleted.lock().unwrap() => Some(missing_stack()),
        "DescribeStacks" => {
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            Some(described(if *asked < 3 { "ROLLBACK_IN_PROGRESS" } else { "ROLLBACK_COMPLETE" }))
        }
        "DeleteStack" => {
            *deleted.lock().unwrap() = true;
            Some((200, "<DeleteStackResponse/>".to_owned()))
        }
        "UpdateTerminationProtection" | "DescribeStackEvents" => {
            Some((200, format!("<{0}Response><{0}Result/></{0}Response>", call.action)))
        }
        "DescribeRepositories" => Some((200, r#"{"repositories": [{"repositoryUri": "x/y"}]}"#.to_owned())),
        "CreateStack" => Some(refusal(400, "LimitExceededException", "Too many stacks")),
        _ => nothing_deployed(call),
    });
    let words =
        ["the stack is ROLLBACK_IN_PROGRESS: waiting", "is ROLLBACK_COMPLETE: it is deleted and made anew"];
    assert_told(&machine(&account).run(&DEPLOY), 1, &words);
    let made = &account.calls("CreateStack")[0].text;
    let (_, after) = made.split_once("ParameterKey=OwnsRepository&").expect("a parameter");
    assert_eq!(after.split(['=', '&']).nth(1), Some("no"));
}

/// Half of a stack, which is deleted and made anew; what it left stays in use.
#[test]
fn states_that_a_former_stack_left_are_used_again() {
    let (account, machine) = account_with_half_a_stack(&["ecommerce-analytics-bootstrap-statebucket-1x"]);
    let told = machine.run(&DEPLOY);
    assert!(told.stderr.contains("no update mends a stack that is DELETE_FAILED: it is deleted"), "{told}");
    assert!(
        told.stderr.contains("left in ecommerce-analytics-bootstrap-statebucket-1x are used again"),
        "{told}"
    );
    let made = &account.calls("CreateStack")[0].text;
    for (name, value) in [
        ("OwnsRepository", "no"),
        ("StateBucketName", "ecommerce-analytics-bootstrap-statebucket-1x"),
        ("RepositoryName", "ecommerce-analytics-api"),
    ] {
        let wanted = format!("ParameterKey={name}&");
        let at = made.find(&wanted).unwrap_or_else(|| panic!("no {name} in {made}"));
        let rest = made[at + wanted.len()..].split_once("ParameterValue=").unwrap().1;
        assert!(rest.starts_with(&format!("{value}&")), "{name} in {made}");
    }
}

#[test]
fn nobody_guesses_which_state_is_the_right_one() {
    let (account, machine) = account_with_half_a_stack(&[
        "ecommerce-analytics-bootstrap-statebucket-1x",
        "ecommerce-analytics-bootstrap-statebucket-2y",
    ]);
    let words = ["several buckets hold states of former stacks", "1x", "2y", "hint: which one is right?"];
    assert_told(&machine.run(&DEPLOY), 1, &words);
    assert_eq!(account.calls("DeleteStack").len() + account.calls("CreateStack").len(), 0);
}

fn account_with_half_a_stack(names: &'static [&str]) -> (StandIn, TestEnvironment) {
    let status = Mutex::new(Some("DELETE_FAILED"));
    let account = StandIn::start(move |call| {
        let mut status = status.lock().unwrap();
        match call.action.as_str() {
            "DescribeStacks" => {
                // One that is complete is what the stand-in answers itself.
                return (*status != Some("CREATE_COMPLETE"))
                    .then(|| status.map_or_else(missing_stack, described));
            }
            "DeleteStack" => *status = None,
            "CreateStack" => *status = Some("CREATE_COMPLETE"),
            "UpdateTerminationProtection" | "DescribeStackEvents" => {}
            "DescribeRepositories" => {
                let uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api";
                return Some((200, format!(r#"{{"repositories": [{{"repositoryUri": "{uri}"}}]}}"#)));
            }
            action if action.contains("x-id=ListBuckets") => return Some(buckets(names)),
            action if action.starts_with("GET /ecommerce-analytics-bootstrap-statebucket-") => {
                let object = "<Contents><Key>staging/terraform.tfstate</Key><Size>1</Size></Contents>";
                return Some((200, format!("<ListBucketResult>{object}</ListBucketResult>")));
            }
            _ => return None,
        }
        Some((200, format!("<{0}Response><{0}Result/></{0}Response>", call.action)))
    });
    let machine = machine(&account);
    (account, machine)
}

fn described(status: &str) -> Answer {
    let stack = format!(
        "<StackName>ecommerce-analytics-bootstrap</StackName><StackStatus>{status}</StackStatus>\
         <CreationTime>2026-01-01T00:00:00Z</CreationTime>"
    );
    let stacks = format!("<Stacks><member>{stack}</member></Stacks>");
    (
        200,
        format!(
            "<DescribeStacksResponse><DescribeStacksResult>{stacks}</DescribeStacksResult></DescribeStacksResponse>"
        ),
    )
}
