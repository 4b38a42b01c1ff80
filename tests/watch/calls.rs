//! The calls of a look, and what AWS takes of them in a second: as `docs/monitor.md` says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use regex::Regex;
use serde_json::{Value, json};

use crate::aws::{Answer, Call, IMAGE, StandIn, state};
use crate::environment::Transcript;
use crate::tasks;

const DOCUMENT: &str = include_str!("../../docs/monitor.md");

/// How many calls there are of each action.
type Calls = BTreeMap<String, usize>;

/// A row of the document's table: calls that AWS counts together.
struct Row {
    /// Of a look.
    look: Calls,
    /// Of a look at 2,000 tasks, where they are others.
    many_tasks: Calls,
    /// Of the last hour's figures.
    figures: Calls,
    /// How many AWS takes in a second, in the region that takes fewest; none where it does not say.
    rate: Option<usize>,
}

fn table() -> Vec<Row> {
    let call = Regex::new(r"`([A-Za-z0-9/]+)` (\d+)").unwrap();
    let number = Regex::new(r"^ ([\d,]+)").unwrap();
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('|').collect();
        let calls = |cell: &str| {
            let found = call.captures_iter(cell).map(|found| found.extract::<2>().1);
            found.map(|[name, count]| (name.to_owned(), count.parse().unwrap())).collect::<Calls>()
        };
        let rate = number.captures(columns[5]).map(|found| found[1].replace(',', "").parse().unwrap());
        Row { look: calls(columns[2]), many_tasks: calls(columns[3]), figures: calls(columns[4]), rate }
    };
    let lines = DOCUMENT.lines().skip_while(|line| !line.starts_with("| calls to"));
    lines.skip(2).take_while(|line| line.starts_with('|')).map(row).collect()
}

/// An account as busy as the document says: pages of the log without end, many records, as many rules as fit one call.
fn busy(call: &Call, running: usize) -> Option<Answer> {
    let action = call.action.as_str();
    let rules: Vec<String> = (1..=25).map(|number| format!("rule-{number}")).collect();
    let body = match action {
        "GET /states/staging/terraform.tfstate?x-id=GetObject" => {
            let mut state = state();
            state["outputs"]["config_rule_names"] = json!({"value": rules, "type": ["list", "string"]});
            state
        }
        "FilterLogEvents" => json!({"events": [], "nextToken": "more"}),
        // What is refused would be asked for again.
        "GetMetricData" if !call.text.contains("AWS/Lambda") => json!({"MetricDataResults": []}),
        "DescribeConfigurationRecorderStatus" => {
            json!({"ConfigurationRecordersStatus": [{"name": "default", "recording": true}]})
        }
        "DescribeComplianceByConfigRule" => {
            let rule = |name| json!({"ConfigRuleName": name, "Compliance": {"ComplianceType": "COMPLIANT"}});
            json!({"ComplianceByConfigRules": rules.iter().map(rule).collect::<Vec<Value>>()})
        }
        _ if action.contains("list-type=2") => {
            let keys = (1..=12).map(|number| {
                format!("<Contents><Key>staging/deployments/{number}.json</Key><Size>1</Size></Contents>")
            });
            let keys: String = keys.collect();
            let list = format!(
                "<ListBucketResult><Name>states</Name><KeyCount>12</KeyCount><IsTruncated>false</IsTruncated>{keys}\
                 </ListBucketResult>"
            );
            return Some((200, list));
        }
        _ if action.starts_with("GET /states/staging/deployments/") => json!({
            "schema_version": 1, "number": 1, "environment": "staging", "command": "deploy",
            "began_at": "2026-11-23T10:00:00Z", "seconds": 60, "by": "arn:aws:iam::123456789012:user/ann",
            "image": IMAGE, "variables": {}, "plan_sha256": "0", "changes": 1, "result": "succeeded", "error": null,
        }),
        _ => return tasks::many(call, running, tasks::PAGE),
    };
    Some((200, body.to_string()))
}

/// The calls of a run, without those that find the environment once.
fn made(account: &StandIn) -> Calls {
    let mut made = Calls::new();
    for (action, count) in account.counted() {
        let name = match action.as_str() {
            "GetCallerIdentity" | "DescribeStacks" => {
                assert_eq!(count, 1, "{action}");
                continue;
            }
            "GET /health" => "/health",
            _ if action.contains("list-type=2") => "ListObjectsV2",
            _ if action.ends_with("x-id=GetObject") => "GetObject",
            _ => &action,
        };
        *made.entry(name.to_owned()).or_default() += count;
    }
    made
}

fn look(running: usize, arguments: &[&str]) -> (Calls, Transcript) {
    let account = StandIn::start(move |call| busy(call, running));
    let call = [&["monitor", "--env", "staging", "--output", "json"], arguments].concat();
    let seen = account.machine().run(&call);
    assert_eq!(seen.code, 0, "{seen}");
    (made(&account), seen)
}

/// The calls of a watch that ends with its third look.
fn in_three_looks(arguments: &[&str]) -> Calls {
    let looks = AtomicUsize::new(0);
    let account = StandIn::start(move |call| {
        let third = call.action == "GET /health" && looks.fetch_add(1, Ordering::SeqCst) == 2;
        if third { Some((503, "{}".to_owned())) } else { busy(call, tasks::PAGE) }
    });
    let watch = ["monitor", "--env", "staging", "--until", "unhealthy", "--interval", "1ms"];
    let seen = account.machine().run(&[&watch, arguments].concat());
    assert_eq!(seen.code, 0, "{seen}");
    made(&account)
}

/// All calls of a column.
fn column(table: &[Row], of: impl Fn(&Row) -> &Calls) -> Calls {
    table.iter().flat_map(|row| of(row).clone()).collect()
}

#[test]
fn the_document_counts_the_calls_of_a_look() {
    let table = table();
    let expected = column(&table, |row| &row.look);
    assert!(expected.len() > 15, "the table is read: {expected:?}");

    let mut with_figures = expected.clone();
    for (name, count) in column(&table, |row| &row.figures) {
        *with_figures.get_mut(&name).unwrap() += count;
    }
    // CloudWatch's figures are as good as new for two minutes, and what is asked for with them.
    let third_look = |once: &Calls| -> Calls {
        let more = |(name, count): (&String, &usize)| {
            let again = if name == "GetMetricData" { 0 } else { 2 * expected[name] };
            (name.clone(), count + again)
        };
        once.iter().map(more).collect()
    };
    assert_eq!(in_three_looks(&[]), third_look(&expected));
    assert_eq!(in_three_looks(&["--detailed"]), third_look(&with_figures));

    let (once, _) = look(tasks::PAGE, &[]);
    assert_eq!(once, expected);
    let (closely, _) = look(tasks::PAGE, &["--detailed"]);
    assert_eq!(closely, with_figures);

    // A page of tasks is asked about at once, and each of them is found.
    let (many, seen) = look(2_000, &[]);
    let mut of_many = expected;
    of_many.extend(column(&table, |row| &row.many_tasks));
    assert_eq!(many, of_many);
    let seen = seen.json();
    let tasks = seen["inventory"]["tasks"].as_array().unwrap();
    assert_eq!(tasks.iter().filter(|task| task["status"] == "RUNNING").count(), 2_000);
}

#[test]
fn the_document_says_how_much_of_what_aws_takes_a_watch_uses() {
    let table = table();
    let most = |seconds: usize, of: &dyn Fn(&Row) -> usize| {
        let percent = |row: &Row| row.rate.map(|rate| (of(row) * 100).div_ceil(rate * seconds));
        table.iter().filter_map(percent).max().unwrap()
    };
    let look = |row: &Row| row.look.values().sum::<usize>();
    let many = |row: &Row| if row.many_tasks.is_empty() { look(row) } else { row.many_tasks.values().sum() };
    let [shortest, usual] = [5, 30].map(|seconds| [most(seconds, &look), most(seconds, &many)]);
    let words = format!(
        "5 s apart take at most {} %, with 2,000 tasks {} %; at the default of 30 s {} % and {} %",
        shortest[0], shortest[1], usual[0], usual[1]
    );
    let document = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(document.contains(&words), "the document lacks `{words}`");
}
