//! An environment from an empty account to its end.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::account::{ACCOUNT, Account};
use crate::environment::{TestEnvironment, api_binary, free_port};

#[test]
fn staging_from_an_empty_account_and_back() {
    let Some(account) = Account::empty() else { return };
    let machine = account.machine();
    let (first, second) = (image('1'), image('2'));
    let deploy = |image: &str, more: &[&str]| {
        machine.run(
            &[&["deploy", "--env", "staging", "--image", image, "--yes", "--output", "json"], more].concat(),
        )
    };

    let (deployed, _api) = std::thread::scope(|scope| {
        let api = scope.spawn(|| serve_behind(&account, &machine));
        let deployed = deploy(&first, &[]);
        (deployed, api.join().unwrap())
    });
    assert_eq!(deployed.code, 0, "{deployed}");
    let told = deployed.json();
    assert_eq!(
        (&told["result"], &told["deployment"], &told["image"]),
        (&json!("deployed"), &json!(1), &json!(first))
    );
    assert!(told["plan"]["create"].as_u64().unwrap() > 80, "{told}");
    let called: Vec<&str> =
        told["smoke_test"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(called, ["root", "sales", "customers", "products"]);
    let key = account.secret("ecommerce-analytics-staging-api-key").unwrap();
    assert!(!format!("{deployed}").contains(&key) && !is_below(&machine, &key), "the key shows");

    let again = deploy(&first, &[]);
    assert_eq!((again.code, &again.json()["result"]), (0, &json!("unchanged")), "{again}");

    // A version that crashes: ECS takes it back, and the cause is on the screen.
    account.steer(
        "rollouts",
        &json!({"outcome": "crashes", "exit_code": 137, "log": ["ran out of memory at dawn"]}),
    );
    let crashed = deploy(&second, &[]);
    assert_eq!(crashed.code, 7, "{crashed}");
    assert!(
        crashed.stderr.contains("exit code 137") && crashed.stderr.contains("ran out of memory at dawn"),
        "{crashed}"
    );
    account.steer("rollouts", &json!({"outcome": "completes"}));

    let history = machine.run(&["history", "--env", "staging", "--output", "json"]).json();
    let rows: Vec<(&Value, &Value, &Value)> = history["deployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (&d["number"], &d["result"], &d["image"]))
        .collect();
    let expected = [(json!(2), json!("failed"), json!(second)), (json!(1), json!("succeeded"), json!(first))];
    assert_eq!(rows, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());

    let destroyed = machine.run(&["destroy", "--env", "staging", "--yes", "--output", "json"]);
    assert_eq!(destroyed.code, 0, "{destroyed}");
    assert!(destroyed.json()["destroyed"].as_u64().unwrap() > 80, "{destroyed}");
    let state = machine.run(&["config", "backend", "--env", "staging", "--output", "json"]).json();
    account.assert_nothing_left_but(state["bucket"].as_str().unwrap());
    let nothing = machine.run(&["destroy", "--env", "staging", "--yes"]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (0, "There was nothing to destroy.\n"), "{nothing}");
}

/// An image by a digest that nothing pulls.
pub(crate) fn image(digit: char) -> String {
    let digest = digit.to_string().repeat(64);
    format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:{digest}")
}

/// As soon as the first key is in Secrets Manager: an API that takes it in, behind the gateway. Kills it when dropped.
struct Api(Child);

impl Drop for Api {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve_behind(account: &Account, machine: &TestEnvironment) -> Api {
    let deadline = Instant::now() + Duration::from_mins(5);
    let key = loop {
        if let Some(key) = account.secret("ecommerce-analytics-staging-api-key") {
            break key;
        }
        assert!(Instant::now() < deadline, "no key was made");
        std::thread::sleep(Duration::from_millis(500));
    };
    let port = free_port();
    let command = |subcommand: &str| {
        let mut command = Command::new(api_binary());
        let database = format!("sqlite:{}", machine.path("deployed.db").display());
        command.env_clear().arg(subcommand).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.envs([("ENVIRONMENT", "staging"), ("DATABASE_URL", &database), ("HOST", "127.0.0.1")]);
        command.env("PORT", port.to_string()).env("EAP_API_KEY", &key);
        command
    };
    assert!(command("migrate").status().unwrap().success());
    let api = Api(command("serve").spawn().unwrap());
    account.steer("gateway", &json!({"forward_to": format!("http://127.0.0.1:{port}")}));
    api
}

/// Whether a file below the machine's state holds `text`.
fn is_below(machine: &TestEnvironment, text: &str) -> bool {
    let mut folders = vec![machine.path("state")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            // Providers are large, and not ours.
            if path.is_symlink() || path.ends_with("providers") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(text) {
                return true;
            }
        }
    }
    false
}
