//! `eap deploy` on this machine, with the real API and with programs that misbehave.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::environment::{TestEnvironment, assert_transcript, is_alive, signal, wait_until};
use crate::fake_program;

#[test]
fn a_first_deploy_answers_for_the_sample() {
    let environment = TestEnvironment::new();
    assert_transcript("deploy_first", &environment.deploy(&[]));
    assert!(is_alive(environment.api_pid()));
    let shown = environment.deploy(&["--output", "json"]).json();
    assert_eq!(shown["orders"], 5009);
    assert_eq!(shown["net_revenue"], serde_json::json!(2_297_201.07));
    assert_eq!(shown["url"], format!("http://127.0.0.1:{}", environment.port));
}

#[test]
fn a_second_deploy_does_nothing_and_says_so() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let pid = environment.api_pid();
    assert_transcript("deploy_again", &environment.deploy(&[]));
    assert_eq!(environment.api_pid(), pid);
    assert_eq!(environment.deploy(&["--quiet"]).stderr, "");
}

#[test]
fn listening_for_others_is_warned_of() {
    let environment = TestEnvironment::with_api(std::path::Path::new("/bin/true"));
    let port = environment.port.to_string();
    let transcript =
        environment.run(&["deploy", "--env", "local", "--port", &port, "--listen", "0.0.0.0", "-q"]);
    let warning =
        format!("warning: 0.0.0.0:{port} can be reached from other machines, and keys are off in local\n");
    assert!(transcript.stderr.starts_with(&warning), "{transcript}");
    let elsewhere = ["deploy", "--env", "local", "--port", &port, "--listen", "192.0.2.1"];
    assert_transcript("deploy_not_an_address_here", &environment.run(&elsewhere));
}

#[test]
fn own_orders_stay_apart_from_the_sample() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let header = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";
    let row = |order: &str, price: &str| {
        format!("{order},1,c1,p1,Chair,Furniture,2,{price},2024-05-01T12:00:00Z,West,online\n")
    };
    environment.write("own.csv", &format!("{header}\n{}", row("A", "10.50")));
    let shown = environment.deploy(&["--data", "own.csv", "--output", "json"]).json();
    assert_eq!((shown["orders"].as_u64(), shown["net_revenue"].as_f64()), (Some(1), Some(21.0)));
    assert_eq!(environment.deploy(&["--data", "own.csv", "--output", "json"]).json()["result"], "unchanged");
    environment.write("own.csv", &format!("{header}\n{}{}", row("A", "10.50"), row("B", "1.25")));
    let shown = environment.deploy(&["--data", "own.csv", "--output", "json"]).json();
    assert_eq!(shown["result"], "restarted");
    assert_eq!((shown["orders"].as_u64(), shown["net_revenue"].as_f64()), (Some(2), Some(23.5)));
    let shown = environment.deploy(&["--output", "json"]).json();
    assert_eq!((shown["result"].clone(), shown["orders"].clone()), ("unchanged".into(), 2.into()));
    environment.write("own.csv", &format!("{header}\n{}{}", row("C", "1.25"), row("D", "cheap")));
    let port = environment.port.to_string();
    let partly = environment.run(&["deploy", "--env", "local", "--port", &port, "--data", "own.csv"]);
    assert_eq!(partly.code, 1, "{partly}");
    assert!(partly.stderr.contains("work/own.csv were rejected\n  | line 3: unit_price: "), "{partly}");
    assert!(partly.stdout.contains("\nOrders:        3\n"), "the good line landed: {partly}");
    let missing = environment.run(&["deploy", "--env", "local", "--data", "none.csv"]);
    assert_eq!(missing.code, 64, "{missing}");
}

#[test]
fn a_taken_port_names_its_holder() {
    let environment = TestEnvironment::with_api(std::path::Path::new("/bin/true"));
    let _holder = TcpListener::bind(("127.0.0.1", environment.port)).unwrap();
    let port = environment.port.to_string();
    let transcript = environment.run(&["deploy", "--env", "local", "--port", &port]);
    assert_eq!(transcript.code, 1, "{transcript}");
    if cfg!(target_os = "linux") {
        let holder = format!("(process {})", std::process::id());
        assert!(transcript.stderr.contains(&holder), "{transcript}");
    }
    assert!(transcript.stderr.starts_with(&format!("error: port {port} is taken by ")), "{transcript}");
}

#[test]
fn an_api_that_crashes_at_its_start_is_noticed_at_once() {
    let environment = TestEnvironment::without_api();
    let script =
        "[ \"$1\" = serve ] || exit 0\necho '{\"level\":\"ERROR\",\"message\":\"no such column\"}'\nexit 3";
    let program = fake_program::write(&environment.path("bin"), "eap-api", script);
    let mut environment = environment;
    environment.set("EAP_API_BIN", program);
    let port = environment.port.to_string();
    let started = std::time::Instant::now();
    let transcript = environment.run(&["deploy", "--env", "local", "--port", &port]);
    assert!(started.elapsed().as_secs() < 10, "it waited for the deadline");
    assert_transcript("deploy_crash", &transcript);
}

#[test]
fn a_failed_migration_shows_what_the_program_said() {
    let mut environment = TestEnvironment::without_api();
    let script = "echo \"cannot reach $DATABASE_URL\" >&2\nexit 7";
    let program = fake_program::write(&environment.path("bin"), "eap-api", script);
    environment.set("EAP_API_BIN", program);
    environment.set("DATABASE_URL", "mysql://shop:hunter2@127.0.0.1:1/orders");
    let port = environment.port.to_string();
    let transcript = environment.run(&["deploy", "--env", "local", "--port", &port, "-v"]);
    assert!(!format!("{transcript}").contains("hunter2"), "{transcript}");
    assert_transcript("deploy_migration_fails", &transcript);
}

#[test]
fn a_password_is_neither_stored_nor_shown() {
    let mut environment = TestEnvironment::without_api();
    let script = "[ \"$1\" = serve ] && exec sleep 60\nexit 0";
    let program = fake_program::write(&environment.path("bin"), "eap-api", script);
    environment.set("EAP_API_BIN", program);
    let port = environment.port.to_string();
    let url = "mysql://shop:hunter2@127.0.0.1:1/orders";
    let arguments = ["deploy", "--env", "local", "--port", &port, "--timeout", "1s", "--database", url];
    let transcript = environment.run(&arguments);
    assert_eq!(transcript.code, 8, "{transcript}");
    assert_transcript("deploy_times_out", &transcript);
    let state_file = environment.path("state/local/state.json");
    let state = std::fs::read_to_string(&state_file).unwrap();
    assert!(state.contains("mysql://shop@127.0.0.1:1/orders"), "{state}");
    assert!(!state.contains("hunter2"), "{state}");
    assert_eq!(std::fs::metadata(&state_file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!is_alive(environment.api_pid()), "a failed start leaves no process behind");
    let again = environment.run(&["deploy", "--env", "local", "--port", &port]);
    assert_eq!(again.code, 64, "{again}");
    assert_transcript("deploy_needs_the_url_again", &again);
}

#[test]
fn a_second_command_at_once_ends_with_6() {
    let mut environment = TestEnvironment::without_api();
    let script = "[ \"$1\" = migrate ] && exec sleep 30\nexit 0";
    let program = fake_program::write(&environment.path("bin"), "eap-api", script);
    environment.set("EAP_API_BIN", program);
    let port = environment.port.to_string();
    let arguments = ["deploy", "--env", "local", "--port", &port];
    let mut first = environment.command(&arguments).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the lock", || {
        std::fs::read_to_string(environment.path("state/local/lock"))
            .is_ok_and(|text| text.contains("deploy"))
    });
    let second = environment.run(&arguments);
    assert_eq!(second.code, 6, "{second}");
    assert!(second.stderr.contains(&format!("(process {}", first.id())), "{second}");
    assert_transcript("deploy_locked", &second);
    signal(first.id(), "-INT");
    assert_eq!(first.wait().unwrap().code(), Some(130));
}

#[test]
fn an_interruption_leaves_no_process_behind() {
    let mut environment = TestEnvironment::without_api();
    let pid_file = environment.path("pid");
    let script = format!("[ \"$1\" = serve ] || exit 0\necho $$ > {}\nexec sleep 60", pid_file.display());
    let program = fake_program::write(&environment.path("bin"), "eap-api", &script);
    environment.set("EAP_API_BIN", program);
    let port = environment.port.to_string();
    for name in ["-INT", "-TERM"] {
        let _ = std::fs::remove_file(&pid_file);
        let mut deploy = environment
            .command(&["deploy", "--env", "local", "--port", &port])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let read = || std::fs::read_to_string(&pid_file).ok()?.trim().parse::<u32>().ok();
        wait_until("the start of the API", || read().is_some());
        let pid = read().unwrap();
        assert!(is_alive(pid));
        signal(deploy.id(), name);
        assert_eq!(deploy.wait().unwrap().code(), Some(130));
        wait_until("the end of the API", || !is_alive(pid));
    }
}

#[test]
fn a_crash_since_the_last_deploy_is_told() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let pid = environment.api_pid();
    signal(pid, "-KILL");
    wait_until("the end of the API", || !is_alive(pid));
    let transcript = environment.deploy(&[]);
    let told = format!("warning: the API (process {pid}) was not running any more; its log ended with\n  | ");
    assert!(transcript.stderr.starts_with(&told), "{transcript}");
}
