//! A store that is missing, forbidden, locked, full or gone: each is told clearly, harms nothing, and passes.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use eap_api::db::Db;
use tempfile::TempDir;

use crate::{
    databases,
    http::{self, Answer},
    program::{self, Ended, Server},
    proxy::Proxy,
    skipped,
};

const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";
const REPORT: &str = "/api/v1/analytics/sales?start_date=2024-01-01&end_date=2024-12-31";

/// A CSV of orders of one line each, of one unit at 1.00. Each line brings texts of its own, about 1 KB.
fn orders(numbers: std::ops::Range<u32>) -> String {
    let filler = "x".repeat(200);
    let rows =
        numbers.map(|n| format!("o{n},1,c{n}{filler},p{n}{filler},n{n}{filler},k,1,1.00,2024-01-31,r,c\n"));
    rows.fold(format!("{HEADER}\n"), |text, row| text + &row)
}

fn write_orders(folder: &Path, name: &str, numbers: std::ops::Range<u32>) -> String {
    let path = folder.join(name);
    fs::write(&path, orders(numbers)).expect("write the orders");
    path.to_str().expect("UTF-8").to_owned()
}

fn assert_failed(ended: &Ended, message: &str, hint: &str) {
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{ended:?}");
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| !line.starts_with('{')).collect();
    let [error, advice] = lines.as_slice() else { panic!("an error and a hint, not {ended:?}") };
    assert!(error.starts_with("error: ") && error.contains(message), "{ended:?}");
    assert!(advice.starts_with("hint: ") && advice.contains(hint), "{ended:?}");
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (503, "application/problem+json"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(answer.json()["type"], "urn:eap:problem:unavailable");
}

fn landed(address: SocketAddr) -> u64 {
    let report = http::get(address, REPORT);
    assert_eq!(report.status, 200, "{}", report.text());
    report.json()["total_transactions"].as_u64().expect("a number")
}

fn post(address: SocketAddr, numbers: std::ops::Range<u32>) -> Answer {
    http::post(address, "/api/v1/orders", "text/csv", orders(numbers).as_bytes())
}

/// Waits until `/health` answers with `status`.
fn wait_for_health(server: &Server, status: u16) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let health = http::get(server.address, "/health");
        if health.status == status {
            return health;
        }
        assert!(Instant::now() < deadline, "still {}: {}", health.status, health.text());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn an_address_of_no_database_is_refused_without_waiting_for_it() {
    for (url, message) in [
        ("postgres://analytics:dont-tell@db/shop", "the database URL must start with sqlite: or mysql:"),
        ("mysql://analytics:dont-tell@db:port/shop", "the database URL cannot be read"),
    ] {
        for command in ["serve", "migrate"] {
            let ended = program::run(url, &[command]);
            assert_failed(&ended, message, "mysql://USER:PASSWORD@HOST:PORT/NAME");
            assert!(!ended.stderr.contains("trying again"), "{ended:?}");
            assert!(!ended.stderr.contains("dont-tell"), "{ended:?}");
        }
    }
}

#[test]
fn a_folder_that_is_missing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}/none/analytics.db", folder.path().display());
    let file = write_orders(folder.path(), "orders.csv", 0..1);
    for arguments in [
        &["migrate"][..],
        &["import", &file],
        &["seed"],
        &["serve", "--port", "0", "--schema-wait-seconds", "1"],
    ] {
        let ended = program::run(&url, arguments);
        let stdout = if arguments[0] == "serve" { String::new() } else { ended.stdout.clone() };
        assert_failed(
            &Ended { stdout, ..ended },
            "/none/analytics.db: ",
            "the folder of the database file must exist",
        );
    }
    assert!(!folder.path().join("none").exists());
}

#[test]
fn a_schema_that_is_missing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}/analytics.db", folder.path().display());
    let file = write_orders(folder.path(), "orders.csv", 0..1);
    let ended = program::run(&url, &["import", &file]);
    assert_failed(&ended, "the database schema is not ready", "run `eap-api migrate`");
}

#[test]
fn a_folder_that_must_not_be_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}/analytics.db", folder.path().display());
    let Some(as_nobody) = as_someone_who_may_not_write(folder.path()) else {
        skipped::say(
            "a folder that must not be written: neither a user without rights, nor setpriv to become one",
        );
        return;
    };
    let ended = program::ended(as_nobody(&url, &["migrate"]));
    assert_failed(&ended, "/analytics.db: ", "this user must be allowed to write there");
    // A file that is there and must not be written.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
    assert_eq!(program::run(&url, &["migrate"]).code, 0);
    let file = folder.path().join("analytics.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).expect("permissions");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).expect("permissions");
    let ended = program::ended(as_nobody(&url, &["seed"]));
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{ended:?}");
    assert!(ended.stderr.contains("\nhint: "), "{ended:?}");
}

type Starter = fn(&str, &[&str]) -> Command;

/// A way to start the program without the right to write into `folder`.
fn as_someone_who_may_not_write(folder: &Path) -> Option<Starter> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).expect("permissions");
    if fs::write(folder.join("probe"), "").is_err() {
        return Some(program::command);
    }
    fs::remove_file(folder.join("probe")).expect("remove the probe");
    // Root may write everywhere; nobody may not.
    let as_nobody: Starter = |url, arguments| {
        let mut command = Command::new("setpriv");
        program::prepare(&mut command, url);
        // A program that counts what is executed could not write that down as nobody, and would complain.
        command.env("LLVM_PROFILE_FILE", "/dev/null");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_eap-api")]);
        command.args(arguments);
        command
    };
    let works = as_nobody("", &["--version"]).output().is_ok_and(|output| output.status.success());
    works.then_some(as_nobody)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_program_holds_locked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}/analytics.db", folder.path().display());
    assert_eq!(program::run(&url, &["migrate"]).code, 0);
    let server = Server::start(&url, &[]);
    let db = Db::connect(&url, 1).await.expect("connect");

    // Those that wait too long are told so, and nothing of theirs landed.
    let lock = db.pool.begin_with("BEGIN EXCLUSIVE").await.expect("lock");
    let started = Instant::now();
    let import = |numbers, name: &str| {
        let (url, file) = (url.clone(), write_orders(folder.path(), name, numbers));
        std::thread::spawn(move || program::run(&url, &["import", &file]))
    };
    let impatient = import(10..20, "impatient.csv");
    let address = server.address;
    let refused = std::thread::spawn(move || post(address, 20..30));
    tokio::time::sleep(Duration::from_secs(18)).await;
    // One that waits longer than a statement does (10 s), but not so long that it gives up, lands late.
    let patient = import(0..10, "patient.csv");
    assert_eq!(landed(address), 0, "reports are answered meanwhile, without what waits");
    assert_unavailable(&refused.join().expect("the posting thread"));
    let impatient = impatient.join().expect("the importing thread");
    assert_failed(&impatient, "database is locked", "another program holds the database file locked");
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
    lock.rollback().await.expect("unlock");
    let patient = patient.join().expect("the importing thread");
    assert!(patient.code == 0 && patient.stdout.contains("10 inserted"), "{patient:?}");
    assert_eq!(landed(address), 10);
    assert_eq!(post(address, 20..30).json()["inserted"], 10);
}

/// A database on a file system of three megabytes, in a mount namespace of its own.
struct SmallDisk {
    folder: TempDir,
    server: Server,
}

impl SmallDisk {
    /// `None` where this user may not mount.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}/analytics.db", folder.path().display());
        let script =
            "mount -t tmpfs -o size=3m tmpfs \"$1\" || exit 77; \"$2\" migrate && exec \"$2\" serve --port 0";
        let start = |script: &str| {
            let mut command = Command::new("unshare");
            program::prepare(&mut command, &url);
            command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
            command.arg(folder.path()).arg(env!("CARGO_BIN_EXE_eap-api"));
            command
        };
        let may_mount = start("mount -t tmpfs -o size=3m tmpfs \"$1\"").output();
        if !may_mount.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let server = Server::spawn(start(script));
        Some(Self { folder, server })
    }

    /// A file on the small disk, as seen from here.
    fn path(&self, name: &str) -> PathBuf {
        let inside = self.folder.path().join(name);
        Path::new(&format!("/proc/{}/root", self.server.id()))
            .join(inside.strip_prefix("/").expect("absolute"))
    }
}

#[test]
fn a_disk_that_is_full() {
    let Some(disk) = SmallDisk::start() else {
        skipped::say("a full disk below a running server: this user may not mount a small file system");
        return;
    };
    let (server, address) = (&disk.server, disk.server.address);
    let first = post(address, 0..100);
    assert_eq!(first.json()["inserted"], 100, "{} {}", first.text(), server.log());
    let ballast = disk.path("ballast");
    // As much as there is room for.
    let _ = fs::write(&ballast, vec![1; 3 << 20]);
    let refused = post(address, 100..3_000);
    assert_unavailable(&refused);
    server.wait_for_log("database or disk is full");
    assert_eq!(landed(address), 100, "what had landed is there, and nothing of the rest");
    assert_eq!(http::get(server.address, "/health").status, 200, "reports can be answered");

    fs::remove_file(&ballast).expect("make room");
    let again = post(address, 100..200);
    assert_eq!(again.json()["inserted"], 100, "{} {}", again.text(), server.log());
    assert_eq!(landed(address), 200);
}

#[test]
fn a_file_that_must_not_grow() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}/analytics.db", folder.path().display());
    assert_eq!(program::run(&url, &["migrate"]).code, 0);
    let file = write_orders(folder.path(), "orders.csv", 0..3_000);
    let import = |limit: &str| {
        let mut command = Command::new("sh");
        program::prepare(&mut command, &url);
        // Ignored, so that a write beyond the limit is an error and not the end.
        command.args(["-c", &format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\""), "sh"]);
        command.args([env!("CARGO_BIN_EXE_eap-api"), "import", &file]);
        program::ended(command)
    };
    assert_failed(&import("1000"), "import ", "is there space left on the disk");
    let imported = import("unlimited");
    assert_eq!(imported.code, 0, "{imported:?}");
    assert!(
        imported.stdout.contains("3000 inserted, 0 replaced, 0 unchanged"),
        "nothing had landed: {imported:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_and_comes_back() {
    let mut tests = Vec::new();
    for (name, server) in databases::servers() {
        let database = databases::empty_database(&server).await;
        tests.push(std::thread::spawn(move || go_and_come_back(name, &database)));
    }
    for test in tests {
        test.join().expect("it goes and comes back");
    }
}

fn go_and_come_back(name: &str, database: &str) {
    let mut proxy = Proxy::to(databases::address(database));
    let url = database.replace(databases::address(database), &proxy.address().to_string());
    assert_eq!(program::run(&url, &["migrate"]).code, 0, "{name}");
    let mut server = Server::start(&url, &[]);
    let address = server.address;
    assert_eq!(post(address, 0..10).json()["inserted"], 10, "{name}");

    proxy.close();
    let health = wait_for_health(&server, 503);
    assert_eq!(health.json()["database_status"], "disconnected", "{name}");
    assert_eq!(http::get(address, "/health/live").status, 200, "{name}");
    let posted = std::thread::spawn(move || post(address, 10..20));
    assert_unavailable(&http::get(address, REPORT));
    assert_unavailable(&posted.join().expect("the posting thread"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = write_orders(folder.path(), "orders.csv", 0..10);
    assert_failed(
        &program::run(&url, &["import", &file]),
        "Connection refused",
        "is the database server running",
    );

    proxy.open();
    wait_for_health(&server, 200);
    assert_eq!(landed(address), 10, "{name}");
    assert_eq!(post(address, 0..20).json()["inserted"], 10, "{name}");
    assert!(!server.log().contains("eap-test"), "the password shows: {}", server.log());
    server.kill();

    // A service that starts while the database is away waits for it.
    proxy.close();
    let waiting = std::thread::spawn(move || Server::start(&url, &[]));
    std::thread::sleep(Duration::from_secs(2));
    proxy.open();
    assert_eq!(landed(waiting.join().expect("the waiting thread").address), 20, "{name}");
}
