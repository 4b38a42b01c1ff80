//! A server that has no such database, or takes no such password: each command ends with what to do, and no password
//! shows.

use crate::{
    databases,
    program::{self, Ended},
};

const ORDERS: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel\n\
    O-1,1,C,P,Pen,Office,1,1.00,2024-05-01T00:00:00Z,North,web\n";

#[test]
fn a_database_that_the_server_has_not() {
    for (name, server) in databases::servers() {
        let password =
            server.split('@').next().and_then(|login| login.rsplit_once(':')).expect("a password").1;
        for ended in every_command(&format!("{server}/eap_test_never_made")) {
            assert_refused(
                name,
                &ended,
                "1049 (42000): Unknown database 'eap_test_never_made'",
                "does the database exist, and may this user use it?",
            );
            assert_hidden(name, &ended, password);
        }
    }
}

#[test]
fn a_password_that_the_server_does_not_take() {
    for (name, server) in databases::servers() {
        let (user, place) = without_password(&server);
        for ended in every_command(&format!("{user}:hunter2%20wr%40ng@{place}/mysql")) {
            assert_refused(
                name,
                &ended,
                "1045 (28000): Access denied for user ",
                "check user and password in DATABASE_URL",
            );
            assert_hidden(name, &ended, "hunter2");
        }
    }
}

#[tokio::test]
async fn an_original_that_does_not_take_its_password() {
    let store = databases::sqlite("UTC").await;
    for (name, server) in databases::servers() {
        let (user, place) = without_password(&server);
        let original = format!("{user}@{place}/mysql");
        let mut command = program::command(&store.url, &["import", "--original", &original]);
        command.env("ORIGINAL_DATABASE_PASSWORD", "hunter2 wr@ng");
        let ended = program::ended(command);
        assert_refused(
            name,
            &ended,
            "connect to the original database: error returned from database: 1045 (28000): Access denied for user ",
            "are --original and ORIGINAL_DATABASE_PASSWORD right, and is that server running?",
        );
        assert_hidden(name, &ended, "hunter2");
    }
}

/// What stands before and behind the password of a URL.
fn without_password(url: &str) -> (&str, &str) {
    let (login, place) = url.rsplit_once('@').expect("a user");
    (login.rsplit_once(':').expect("a password").0, place)
}

/// How each command ends that needs the database.
fn every_command(url: &str) -> Vec<Ended> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, ORDERS).expect("write the orders");
    let file = file.to_str().expect("UTF-8");
    let commands: [&[&str]; 4] = [
        &["migrate"],
        &["serve", "--port", "0", "--schema-wait-seconds", "1"],
        &["import", file],
        &["import", file, "--output", "json"],
    ];
    commands.into_iter().map(|arguments| program::run(url, arguments)).collect()
}

fn assert_refused(name: &str, ended: &Ended, message: &str, hint: &str) {
    assert_eq!(ended.code, 1, "{name}: {ended:?}");
    let told: Vec<&str> = ended.stderr.lines().filter(|line| !line.starts_with('{')).collect();
    let [error, advice] = told.as_slice() else { panic!("{name}: an error and a hint, not {ended:?}") };
    assert!(error.starts_with("error: ") && error.contains(message), "{name}: {ended:?}");
    assert_eq!(*advice, format!("hint: {hint}"), "{name}: {ended:?}");
}

fn assert_hidden(name: &str, ended: &Ended, password: &str) {
    let plain = password.replace("%20", " ").replace("%40", "@");
    for text in [&ended.stdout, &ended.stderr] {
        assert!(!text.contains(password) && !text.contains(&plain), "{name}: a password shows: {text}");
    }
}
