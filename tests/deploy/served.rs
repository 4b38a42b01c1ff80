//! The API of an emulated environment: the real program, behind the emulated gateway.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::account::Account;
use crate::environment::{TestEnvironment, Transcript, api_binary};
use crate::ports::free_port;

/// An API; killed when dropped.
pub struct Api {
    process: Child,
    url: String,
}

impl Api {
    fn is_live(&self, account: &Account) -> bool {
        let answer = account.client.get(format!("{}/health/live", self.url)).send();
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// The gateway leads to it from now on, or to nothing.
    pub fn is_reached(&self, account: &Account, is: bool) {
        account.steer("gateway", &json!({"forward_to": is.then_some(&self.url)}));
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Deploys; the API serves as soon as its key is there, in the middle of that.
pub fn deploy_served(
    account: &Account,
    machine: &TestEnvironment,
    environment: &str,
    arguments: &[&str],
) -> (Transcript, Api) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let api = scope.spawn(|| serve_once_keyed(account, machine, environment, &over));
        let deployed = machine.run(arguments);
        over.store(true, Ordering::Relaxed);
        assert_eq!(deployed.code, 0, "{deployed}");
        (deployed, api.join().unwrap().expect("no key was made"))
    })
}

/// Serves as soon as the first key is there; nothing when it is not there by the time that it is `over`.
pub fn serve_once_keyed(
    account: &Account,
    machine: &TestEnvironment,
    environment: &str,
    over: &AtomicBool,
) -> Option<Api> {
    while first_key(account, environment).is_none() && !over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(500));
    }
    first_key(account, environment).map(|_| serve_behind(account, machine, environment))
}

fn first_key(account: &Account, environment: &str) -> Option<String> {
    account.secret(&format!("ecommerce-analytics-{environment}-api-key"))
}

/// Serves behind the gateway of `environment` with the first key, which is in Secrets Manager.
pub fn serve_behind(account: &Account, machine: &TestEnvironment, environment: &str) -> Api {
    let key = first_key(account, environment).expect("no key was made");
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
    let mut api = Api { process: command("serve").spawn().unwrap(), url: format!("http://127.0.0.1:{port}") };
    let deadline = Instant::now() + Duration::from_mins(1);
    while !api.is_live(account) {
        assert!(api.process.try_wait().unwrap().is_none(), "the API ended by itself");
        assert!(Instant::now() < deadline, "the API does not start");
        std::thread::sleep(Duration::from_millis(100));
    }
    api.is_reached(account, true);
    api
}

/// Whether a file below the machine's state holds `text`.
pub fn is_below(machine: &TestEnvironment, text: &str) -> bool {
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
