//! `eap logs` of what is there already.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::aws::StandIn;
use crate::environment::{signal, wait_until};
use crate::store::{Store, Stored, now_ms};

fn event(group: &'static str, stream: &str, number: i64, seconds_ago: i64, message: &str) -> Stored {
    let at_ms = now_ms() - seconds_ago * 1000;
    let (stream, message) = (stream.to_owned(), message.to_owned());
    Stored { group, stream, id: number.to_string(), at_ms, there_at_ms: at_ms, message }
}

fn request(level: &str, status: u16) -> String {
    json!({"timestamp": "2026-11-23T10:00:00Z", "level": level, "message": "request", "method": "GET", "route": "/health", "status": status}).to_string()
}

/// An account with a few lines of everything.
fn account() -> StandIn {
    let events = vec![
        event("/ecs/staging", "ecs/api/task-a", 1, 300, &request("INFO", 200)),
        event("/ecs/staging", "ecs/migrate/task-a", 2, 290, "schema is up to date"),
        event("/ecs/staging", "ecs/api/task-b", 3, 280, &request("ERROR", 503)),
        event("/ecs/staging", "ecs/api/task-a", 4, 270, "thread 'main' panicked: no more"),
        event("/ecs/staging", "ecs/api/task-a", 5, 4000, "long ago"),
        event("/gateway/staging", "g", 6, 285, r#"{"requestId":"req-7","status":"503"}"#),
        event("/rds/staging/error", "db", 7, 200, "[Warning] aborted connection"),
    ];
    let store = Store::new(events, 2);
    StandIn::start(move |call| store.answer(call))
}

fn ids(stdout: &str) -> Vec<String> {
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    stdout.lines().map(id).collect()
}

#[test]
fn lanes_are_merged_by_time_and_each_line_comes_once() {
    let account = account();
    let machine = account.machine();
    let json = ["--output", "json"];
    let run = |more: &[&str]| {
        let ran = machine.run(&[&["logs", "--env", "staging"], more, &json].concat());
        assert_eq!(ran.code, 0, "{ran}");
        ids(&ran.stdout)
    };
    assert_eq!(run(&[]), ["1", "2", "3", "4"], "of ten minutes");
    assert_eq!(run(&["--since", "2h"]), ["5", "1", "2", "3", "4"]);
    assert_eq!(run(&["--since", "1d"]), ["5", "1", "2", "3", "4"]);
    assert_eq!(run(&["--filter", "panicked"]), ["4"]);
    assert_eq!(run(&["-n", "2"]), ["3", "4"]);
    assert_eq!(run(&["--source", "api,gateway"]), ["1", "6", "3", "4"]);
    assert_eq!(run(&["--source", "database"]), ["7"]);
    assert_eq!(
        run(&["--level", "warn", "--source", "api"]),
        ["3", "4"],
        "a panic tells no level and is kept"
    );
    assert_eq!(run(&["--grep", "50[0-9]"]), ["3"]);
    assert_eq!(run(&["--exclude", "request|panic"]), ["2"]);
    assert_eq!(run(&["--task", "task-b"]), ["3"]);
    assert_eq!(run(&["--until", "285s"]), ["1", "2"]);
    assert_eq!(run(&["--request-id", "req-7"]), ["6"]);
    let patterns =
        account.calls("FilterLogEvents").into_iter().map(|call| call.body["filterPattern"].clone());
    let patterns: Vec<Value> = patterns.collect();
    assert!(patterns.iter().any(|pattern| pattern == "\"req-7\""), "AWS is to filter: {patterns:?}");
    assert!(patterns.iter().any(|pattern| pattern == "panicked"), "{patterns:?}");
}

#[test]
fn each_page_is_asked_for_once_and_a_token_that_is_none_misleads_nobody() {
    let at_ms = now_ms() - 60_000;
    let event = |number: i64, message: &str| json!({"eventId": number.to_string(), "timestamp": at_ms + number, "logStreamName": "ecs/api/a", "message": message});
    // The next page's token stands behind, before, in escapes, and last of all below another one.
    let pages = [
        json!({"events": [event(1, "one")], "nextToken": "t/1", "searchedLogStreams": []}).to_string(),
        format!(r#"{{"nextToken": "t\/2", "events": [{}]}}"#, event(2, r#"{"nextToken":"t/9"}"#)),
        format!(r#"{{"next\u0054oken":"t\u002f3","events":[{}]}}"#, event(3, "nextToken")),
        format!(r#"{{"nextToken":"t/4","events":[{}],"more":{{"nextToken":"t/8"}}}}"#, event(4, "four")),
        json!({"events": [event(4, "four"), event(5, r#""nextToken":"t/7""#)], "nextToken": null})
            .to_string(),
    ];
    let account = StandIn::start(move |call| {
        let token = call.body["nextToken"].as_str().unwrap_or("t/0");
        let page = pages.get(token[2..].parse::<usize>().unwrap());
        let gone =
            json!({"__type": "InvalidParameterException", "message": "The specified nextToken is invalid."});
        let answer = page.map_or_else(|| (400, gone.to_string()), |page| (200, page.clone()));
        (call.action == "FilterLogEvents").then_some(answer)
    });
    let shown = account.machine().run(&["logs", "--env", "staging", "--source", "api", "--output", "json"]);
    assert_eq!(
        (shown.code, ids(&shown.stdout), shown.stderr.as_str()),
        (0, ["1", "2", "3", "4", "5"].map(str::to_owned).to_vec(), ""),
        "{shown}"
    );
    let mut asked: Vec<Value> =
        account.calls("FilterLogEvents").into_iter().map(|call| call.body["nextToken"].clone()).collect();
    // Asked for early, and not waited for.
    asked.retain(|token| token != "t/8");
    assert_eq!(asked, [json!(null), json!("t/1"), json!("t/2"), json!("t/3"), json!("t/4")]);
}

const LOG: &str = "alb/AWSLogs/123456789012/elasticloadbalancing/us-east-1/";

/// A line of a load balancer's access log.
fn access(at: Timestamp, status: u16) -> String {
    format!(
        "http {at} app/staging/9 10.2.0.9:40000 10.2.0.4:8000 0.000 0.012 0.000 {status} {status} 99 366 \
         \"GET http://10.2.0.7:80/health HTTP/1.1\" \"curl/8.1\" - - arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/api/1"
    )
}

/// An account whose load balancer has two nodes; one wrote twice. Objects lie in the folder of the day of `ends`.
fn account_with_access_log(now: Timestamp) -> StandIn {
    let ago = |seconds: i64| now - jiff::SignedDuration::from_secs(seconds);
    let object = |end: Timestamp, node: &str, lines: &[String]| {
        let (day, end) = (end.strftime("%Y/%m/%d"), end.strftime("%Y%m%dT%H%MZ"));
        let file = format!("123456789012_elasticloadbalancing_us-east-1_app.staging.9_{end}_{node}_x.log.gz");
        (format!("{LOG}{day}/{file}"), lines.join("\n"))
    };
    let objects = [
        object(ago(540), "10.2.0.7", &[access(ago(700), 200), access(ago(650), 502), access(ago(550), 200)]),
        object(ago(540), "10.2.1.7", &[access(ago(690), 201), access(ago(560), 503)]),
        object(ago(240), "10.2.0.7", &[access(ago(300), 204)]),
        object(ago(7200), "10.2.0.7", &[access(ago(7300), 418)]),
    ];
    StandIn::start(move |call| {
        let target = call.action.strip_prefix("GET /access-logs")?;
        if let Some((name, _)) = target.trim_start_matches('/').split_once("?x-id=GetObject") {
            let (_, content) = objects.iter().find(|(known, _)| known == name)?;
            return Some((200, content.clone()));
        }
        let prefix = target.split('&').find_map(|pair| pair.strip_prefix("prefix="))?.replace("%2F", "/");
        let found = objects.iter().filter(|(name, _)| name.starts_with(&prefix));
        let contents: Vec<String> =
            found.map(|(name, _)| format!("<Contents><Key>{name}</Key></Contents>")).collect();
        let contents = contents.concat();
        Some((
            200,
            format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"),
        ))
    })
}

#[test]
fn access_logs_are_read_from_their_bucket() {
    let account = account_with_access_log(Timestamp::now());
    let machine = account.machine();
    let run = |more: &[&str]| {
        let ran = machine.run(&[&["logs", "--env", "staging", "--source", "alb"], more].concat());
        assert_eq!(ran.code, 0, "{ran}");
        ran.stdout
    };
    let statuses = |stdout: &str| -> Vec<String> {
        stdout.lines().map(|line| line.split(" 0.012 0.000 ").nth(1).unwrap()[..3].to_owned()).collect()
    };
    let an_hour = run(&["--since", "1h"]);
    assert_eq!(statuses(&an_hour), ["200", "201", "502", "503", "200", "204"], "{an_hour}");
    assert!(an_hour.lines().nth(1).unwrap().starts_with("alb 10.2.1.7 20"), "{an_hour}");
    assert_eq!(statuses(&run(&["--since", "675s", "--until", "400s"])), ["502", "503", "200"]);
    assert_eq!(statuses(&run(&["--since", "3h", "--grep", " 418 "])), ["418"]);

    for refused in [vec!["--insights", "fields @message"], vec!["--filter", "503"]] {
        let told = machine.run(&[&["logs", "--env", "staging", "--source", "alb"], &refused[..]].concat());
        assert_eq!(told.code, 64, "{told}");
        assert!(told.stderr.contains("is for groups of CloudWatch Logs, not for alb"), "{told}");
    }
}

#[test]
fn lines_for_people_say_whose_they_are() {
    let machine = account().machine();
    let shown = machine.run(&["logs", "--env", "staging", "--source", "api"]);
    let lines: Vec<&str> = shown.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "api task-a 2026-11-23 10:00:00.000Z INFO  request method=GET route=/health status=200"
    );
    assert!(
        lines[2].starts_with("api task-a 20") && lines[2].ends_with("thread 'main' panicked: no more"),
        "{shown}"
    );
    let full =
        machine.run(&["logs", "--env", "staging", "--task", "task-b", "--source", "api", "--look", "full"]);
    assert!(full.stdout.starts_with("api ecs/api/task-b 2026-11-23 10:00:00.000Z ERROR request"), "{full}");
    let colored =
        ["logs", "--env", "staging", "--source", "api", "--color", "always", "--highlight", "pi|503"];
    let colored = machine.run(&colored).stdout.replace('\u{1b}', "^");
    let lines: Vec<&str> = colored.lines().collect();
    let (first, second) = (lines[0].split_once('a').unwrap().0, lines[1].split_once('a').unwrap().0);
    assert_ne!(first, second, "tasks have colours of their own: {colored}");
    assert_eq!(first, lines[2].split_once('a').unwrap().0, "and each task has the same: {colored}");
    assert!(lines[1].contains("a^[0m^[1m^[7mpi^[0m"), "{colored}");
    assert!(lines[1].contains("^[2mstatus=^[0m^[0m^[1m^[7m503^[0m"), "{colored}");
    let raw = machine.run(&["logs", "--env", "staging", "--source", "migrate", "--look", "raw"]);
    assert_eq!(raw.stdout, "schema is up to date\n");
    let stats = machine.run(&["logs", "--env", "staging", "--stats", "--output", "json"]).json();
    assert_eq!(stats["stats"]["by_level"], json!({"ERROR": 1, "INFO": 1, "PLAIN": 2}));
    assert_eq!(
        stats["stats"]["by_route"]["GET /health"],
        json!({
            "requests": 2, "per_minute": 0.2, "refused": 0, "refused_percent": 0.0, "failed": 1, "failed_percent": 50.0,
        }),
        "in ten minutes"
    );
    let stats = machine.run(&["logs", "--env", "staging", "--stats"]);
    assert!(stats.stdout.contains("ERROR  1      0.1         25 %\n"), "{stats}");
    assert!(stats.stdout.contains("GET /health  2         0.2         0 (0 %)  1 (50 %)\n"), "{stats}");
}

#[test]
fn what_is_wrong_is_told_at_once() {
    let account = StandIn::start(|call| {
        let missing = json!({"__type": "ResourceNotFoundException", "message": "The specified log group does not exist."});
        (call.action == "FilterLogEvents").then(|| (400, missing.to_string()))
    });
    let machine = account.machine();
    let missing = machine.run(&["logs", "--env", "staging"]);
    assert_eq!(missing.code, 1, "{missing}");
    assert!(
        missing.stderr.contains("AWS refuses logs:FilterLogEvents: The specified log group does not"),
        "{missing}"
    );
    let none = machine.run(&["logs", "--env", "staging", "--source", "lambda"]);
    assert_eq!(none.code, 64, "{none}");
    let never = machine.run(&["logs", "--env", "dev"]);
    assert_eq!(never.code, 1, "{never}");
    let local = machine.run(&["logs", "--env", "local", "--previous"]);
    assert_eq!(local.code, 64, "{local}");
}

#[test]
fn insights_tells_what_it_found_and_what_it_scanned() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let account = StandIn::start(move |call| match call.action.as_str() {
        "StartQuery" => Some((200, json!({"queryId": "q"}).to_string())),
        "GetQueryResults" => {
            let first = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            let row = json!([{"field": "status", "value": "503"}, {"field": "n", "value": "12"}, {"field": "@ptr", "value": "x"}]);
            // Rows lack what their events lack.
            let other = json!([{"field": "n", "value": "3"}, {"field": "route", "value": "/health"}]);
            let statistics =
                json!({"recordsMatched": 12.0, "recordsScanned": 4000.0, "bytesScanned": 123_456.0});
            let status = if first { "Running" } else { "Complete" };
            let results = if first { json!([]) } else { json!([row, other]) };
            Some((200, json!({"status": status, "results": results, "statistics": statistics}).to_string()))
        }
        _ => None,
    });
    let machine = account.machine();
    let asked = machine.run(&[
        "logs",
        "--env",
        "staging",
        "--since",
        "1h",
        "--source",
        "migrate,gateway,api",
        "--insights",
        "stats count(*) as n by status",
    ]);
    let table = "status  n   route\n503     12\n        3   /health\n";
    let shown: Vec<&str> = asked.stdout.lines().map(str::trim_end).collect();
    assert_eq!((asked.code, shown), (0, table.lines().collect()), "{asked}");
    assert!(asked.stderr.contains("123456 bytes were scanned, in 4000 events."), "{asked}");
    let sent = &account.calls("StartQuery")[0].body;
    assert_eq!(sent["logGroupNames"], json!(["/ecs/staging", "/gateway/staging"]), "each once");
    assert_eq!(sent["endTime"].as_i64().unwrap() - sent["startTime"].as_i64().unwrap(), 3600);
}

#[test]
fn a_query_that_is_interrupted_is_stopped() {
    let account = StandIn::start(move |call| match call.action.as_str() {
        "StartQuery" => Some((200, json!({"queryId": "q-9"}).to_string())),
        "GetQueryResults" => Some((200, json!({"status": "Running", "results": []}).to_string())),
        "StopQuery" => Some((200, json!({"success": true}).to_string())),
        _ => None,
    });
    let machine = account.machine();
    let mut asking = machine.command(&["logs", "--env", "staging", "--insights", "fields @message"]);
    let asking = asking.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the query", || account.calls("GetQueryResults").len() > 1);
    signal(asking.id(), "-INT");
    let ended = asking.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", String::from_utf8_lossy(&ended.stderr));
    let stopped: Vec<Value> = account.calls("StopQuery").into_iter().map(|call| call.body).collect();
    assert_eq!(stopped, [json!({"queryId": "q-9"})], "it would scan on, and cost");
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let now = now_ms();
    let events = (0..20_000).map(|number| {
        let (stream, message) = ("ecs/api/a".to_owned(), format!("{number} {}", "x".repeat(100)));
        let at_ms = now - 100_000 + number;
        Stored { group: "/ecs/staging", stream, id: number.to_string(), at_ms, there_at_ms: 0, message }
    });
    let store = Store::new(events.collect(), 1_000);
    let account = StandIn::start(move |call| store.answer(call));
    let machine = account.machine();
    let mut command = machine.command(&["logs", "--env", "staging", "--source", "api", "--look", "raw"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("0 xxx"), "{first}");
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn flags_that_do_not_go_together_are_refused_by_name() {
    let machine = StandIn::start(|_| None).machine();
    for (given, named) in [
        (vec!["-f", "--until", "5m"], "--until"),
        (vec!["-f", "--stats"], "--stats"),
        (vec!["-f", "--insights", "fields @message"], "--insights"),
        (vec!["-f", "--previous"], "--previous"),
        (vec!["--previous", "--filter", "x"], "--filter"),
        (vec!["--insights", "fields @message", "--grep", "x"], "--grep"),
        (vec!["--interval", "5s"], "--follow"),
        (vec!["--since", "5m", "--until", "10m"], "--until"),
        (vec!["--since", "1mo"], "give days"),
    ] {
        let refused = machine.run(&[&["logs", "--env", "staging"], &given[..]].concat());
        assert_eq!(refused.code, 64, "{given:?}: {refused}");
        assert!(refused.stderr.contains(named), "{given:?}: {refused}");
    }
}
