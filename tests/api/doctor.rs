//! `eap-api doctor` on real servers: it says what is there, and where it breaks off it says why.

use serde_json::Value;

use crate::{databases, program};

/// What it found, by check: state and detail.
fn examined(url: &str, variables: &[(&str, &str)]) -> (i32, Vec<(String, String, String)>) {
    let mut command = program::command(url, &["doctor", "--output", "json"]);
    command.envs(variables.iter().copied());
    let ended = program::ended(command);
    let found: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
    assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let findings = found["findings"].as_array().expect("findings");
    let row = |finding: &Value| (text(finding, "check"), text(finding, "state"), text(finding, "detail"));
    (ended.code, findings.iter().map(row).collect())
}

fn found<'a>(findings: &'a [(String, String, String)], check: &str) -> (&'a str, &'a str) {
    let found = findings.iter().find(|(name, ..)| name == check);
    found.map_or_else(
        || panic!("{check} is not in {findings:?}"),
        |(_, state, detail)| (state.as_str(), detail.as_str()),
    )
}

#[tokio::test]
async fn a_sound_store_is_good_all_over() {
    for store in databases::stores("Europe/Berlin").await {
        let zone = ("STORE_TIME_ZONE", "Europe/Berlin");
        let (code, findings) = examined(&store.url, &[zone]);
        assert_eq!(code, 0, "{findings:?}");
        assert!(findings.iter().all(|(_, state, _)| state == "good"), "{}: {findings:?}", store.name);
        assert_eq!(found(&findings, "orders").1, "0 lines", "{}", store.name);
        let server = found(&findings, "server").1.to_lowercase();
        assert!(server.starts_with(store.name), "{server}");
        if store.name == "mysql" {
            assert!(found(&findings, "encryption").1.contains("AES"), "{findings:?}");
        }

        let (code, findings) = examined(&store.url, &[]);
        assert_eq!((code, found(&findings, "time zone")), (0, ("warning", "Europe/Berlin")));
    }
}

#[tokio::test]
async fn it_says_where_it_breaks_off() {
    let (code, findings) = examined("mysql://u:hunter2@127.0.0.1:1/shop", &[]);
    assert_eq!((code, findings.len()), (1, 2));
    let (state, detail) = found(&findings, "address");
    assert!(state == "bad" && detail.contains("connect to 127.0.0.1:1"), "{detail}");

    let (code, findings) = examined("mysql://u:hunter2@nowhere.invalid/shop", &[]);
    assert_eq!(code, 1);
    assert!(found(&findings, "address").1.contains("look nowhere.invalid up"), "{findings:?}");

    for (_, server) in databases::servers() {
        let empty = databases::empty_database(&server).await;
        let (code, findings) =
            examined(&empty, &[("DATABASE_SSL_MODE", "disabled"), ("ENVIRONMENT", "staging")]);
        assert_eq!((code, found(&findings, "encryption")), (1, ("warning", "none")));
        assert_eq!(found(&findings, "schema").0, "bad");
        assert_eq!(found(&findings, "writing"), ("good", "allowed"));

        let address = databases::address(&server);
        let (code, findings) = examined(&format!("mysql://nobody:hunter2@{address}/shop"), &[]);
        assert_eq!((code, found(&findings, "login").0), (1, "bad"));
    }
}
