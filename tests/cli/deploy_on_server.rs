//! `eap deploy --env local --database mysql://…` on real servers: it answers, it is watched, it forgets nothing on the
//! server, and the password shows nowhere.

#![expect(clippy::print_stderr, reason = "a run says what it skips")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{AnyPool, Executor as _, Row as _};

use crate::database::{execute, run};
use crate::environment::{TestEnvironment, Transcript, is_alive};

const SERVERS: [(&str, &str); 2] = [("MySQL", "EAP_TEST_MYSQL_URL"), ("MariaDB", "EAP_TEST_MARIADB_URL")];

/// A test that gives the password as an argument, as the flag wants it, runs beside none that looks for it there.
static ARGUMENTS: Mutex<()> = Mutex::new(());

/// A database of its own on a server.
struct Database {
    url: String,
    /// The password as it is and as it stands in the URL.
    secrets: [String; 2],
}

#[test]
fn on_mysql() {
    let [server, _] = SERVERS;
    deploy_on(server);
}

#[test]
fn on_mariadb() {
    let [_, server] = SERVERS;
    deploy_on(server);
}

#[test]
fn on_mysql_by_the_flag() {
    let [server, _] = SERVERS;
    deploy_by_flag_on(server);
}

#[test]
fn on_mariadb_by_the_flag() {
    let [_, server] = SERVERS;
    deploy_by_flag_on(server);
}

fn deploy_on((name, variable): (&str, &str)) {
    let Ok(server) = std::env::var(variable) else {
        eprintln!("skipped on {name}: {variable} is not set");
        return;
    };
    let database = Database::create(&server);
    let mut environment = TestEnvironment::new();
    environment.set("DATABASE_URL", &database.url);
    let first = deploy_watched(&environment, &database);
    assert_eq!(
        (first.json()["orders"].as_u64(), first.json()["net_revenue"].as_f64()),
        (Some(5_009), Some(2_297_201.07))
    );
    assert!(first.json()["database"].as_str().is_some_and(|shown| shown.contains("mysql://")), "{first}");
    assert_eq!(environment.deploy(&["--output", "json"]).json()["result"], "unchanged");

    let pid = environment.api_pid();
    let row = "A,1,c1,p1,Chair,Furniture,2,10.50,2024-05-01T12:00:00Z,West,online";
    let header = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";
    environment.write("more.csv", &format!("{header}\n{row}\n"));
    let import = environment.run(&["import", "--env", "local", "more.csv", "--output", "json"]);
    assert_eq!(import.json()["inserted"], 1, "{import}");
    let monitor = environment.run(&["monitor", "--env", "local", "--exit-code", "--output", "json"]);
    assert_eq!((monitor.code, monitor.json()["verdict"].as_str()), (0, Some("Healthy")), "{monitor}");
    let rows =
        monitor.json()["checks"].as_array().unwrap().iter().find(|check| check["name"] == "rows").cloned();
    assert_eq!(rows.unwrap()["value"].as_f64(), Some(9_995.0), "{monitor}");
    let logs = environment.run(&["logs", "--env", "local"]);
    assert!(logs.stdout.contains("listening") && logs.stdout.contains("/api/v1/orders"), "{logs}");
    for file in files_below(&environment.path("state")) {
        let content = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        database.assert_hidden(&content, &format!("{}", file.display()));
    }
    for transcript in [&first, &import, &monitor, &logs] {
        database.assert_hidden(&format!("{transcript}"), "the output");
    }

    let destroyed = environment.run(&["destroy", "--env", "local", "--yes"]);
    assert_eq!(destroyed.code, 0, "{destroyed}");
    assert!(destroyed.stderr.contains("are untouched."), "{destroyed}");
    database.assert_hidden(&format!("{destroyed}"), "the output");
    assert!(!is_alive(pid) && !environment.path("state/local").exists());
    assert_eq!(database.count_orders(), 5_010);
    let again = environment.deploy(&["--output", "json"]).json();
    assert_eq!(
        again["orders"], 5_010,
        "what is on the server is used, and the sample is not loaded into it again"
    );
}

fn deploy_by_flag_on((name, variable): (&str, &str)) {
    let Ok(server) = std::env::var(variable) else {
        eprintln!("skipped on {name}: {variable} is not set");
        return;
    };
    let database = Database::create(&server);
    let mut environment = TestEnvironment::new();
    // The flag is stronger; nobody is at this address.
    environment.set("DATABASE_URL", "mysql://nobody:nothing@127.0.0.1:1/nowhere");
    let _alone = ARGUMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let first = environment.deploy(&["--database", &database.url, "--output", "json"]);
    assert_eq!(first.json()["orders"], 5_009, "{first}");
    let address = environment.state()["database"]["address"].as_str().unwrap().to_owned();
    assert_eq!(first.json()["database"], address.as_str(), "{first}");
    assert!(database.url.ends_with(address.rsplit_once('@').unwrap().1), "{address}");
    assert_eq!(database.count_orders(), 5_009);
    database.assert_hidden(&format!("{first}"), "the output");
    database.assert_hidden(&environment.state().to_string(), "the state");
    let again = environment.deploy(&["--database", &database.url, "--output", "json"]);
    assert_eq!(again.json()["result"], "unchanged", "{again}");

    let back = environment.deploy(&["--database", "embedded", "--output", "json"]);
    let reason = format!("the database changed from {address} to sample.db");
    assert!(back.json()["reasons"].as_array().unwrap().contains(&reason.into()), "{back}");
    assert!(back.json()["database"].as_str().unwrap().ends_with("/state/local/sample.db"), "{back}");
}

/// Deploys with the URL in a variable, and looks at the arguments of its processes all the while.
fn deploy_watched(environment: &TestEnvironment, database: &Database) -> Transcript {
    let _alone = ARGUMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let port = environment.port.to_string();
    let arguments = ["deploy", "--env", "local", "--port", &port, "--output", "json"];
    let mut command = environment.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut seen = 0;
    while child.try_wait().unwrap().is_none() {
        for (program, arguments) in arguments_of_our_programs() {
            seen += usize::from(program.ends_with("eap-api"));
            database.assert_hidden(&arguments, "a process list");
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(seen > 0 || cfg!(not(target_os = "linux")), "no eap-api was seen at work");
    let transcript = environment.transcript(&child.wait_with_output().unwrap());
    assert_eq!(transcript.code, 0, "{transcript}");
    transcript
}

/// Programs of this build that run now, and every `eap-api`, which `eap` may have built elsewhere; with their
/// arguments. Nothing where the system does not tell.
fn arguments_of_our_programs() -> Vec<(PathBuf, String)> {
    let build = Path::new(env!("CARGO_BIN_EXE_eap")).parent().unwrap();
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let paths = processes.flatten().map(|process| process.path());
    let ours = paths.filter_map(|process| {
        let program = std::fs::read_link(process.join("exe")).ok()?;
        if !program.starts_with(build) && !program.ends_with("eap-api") {
            return None;
        }
        let arguments = std::fs::read(process.join("cmdline")).ok()?;
        Some((program, String::from_utf8_lossy(&arguments).into_owned()))
    });
    ours.collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

impl Database {
    fn create(server: &str) -> Self {
        let unique = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let name = format!("eap_test_{unique}_{}", std::process::id());
        execute(&format!("{server}/mysql"), &format!("CREATE DATABASE {name}"));
        let in_url =
            server.split("://").nth(1).unwrap().rsplit_once('@').unwrap().0.split_once(':').unwrap().1;
        Self { url: format!("{server}/{name}"), secrets: [percent_decoded(in_url), in_url.to_owned()] }
    }

    fn count_orders(&self) -> i64 {
        run(async {
            let pool = AnyPool::connect(&self.url).await.unwrap();
            pool.fetch_one("SELECT COUNT(*) FROM orders").await.unwrap().get(0)
        })
    }

    fn assert_hidden(&self, text: &str, place: &str) {
        // The text itself is not repeated: it may be a log of a build.
        assert!(!self.secrets.iter().any(|secret| text.contains(secret)), "the password shows in {place}");
    }
}

fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}
