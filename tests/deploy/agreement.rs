//! Agreement to a plan, typed at a real terminal, which tmux is.

use std::ffi::OsString;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::account::{ACCOUNT, Account};
use crate::environment::TestEnvironment;
use crate::life::image;

const PATIENCE: Duration = Duration::from_mins(10);

#[test]
fn production_is_agreed_to_by_its_name_and_an_interruption_is_no_agreement() {
    let Some(account) = Account::empty() else { return };
    let Some(tmux) = std::env::var_os("EAP_TEST_TMUX").filter(|program| !program.is_empty()) else {
        return eprintln!("skipped: EAP_TEST_TMUX names no tmux");
    };
    let mut machine = account.machine();
    machine.set("EAP_ACCOUNT_ID", ACCOUNT);
    let terminal = || Terminal::of(tmux.clone(), &machine);
    let question = "Type `prod` to deploy prod:";

    let first = terminal();
    first.wait_for(question);
    first.keys(&["y", "Enter"]);
    let refused = first.wait_for("exit code");
    assert!(refused.contains("exit code 1"), "{refused}");
    assert!(refused.contains("deploy was not agreed to; nothing was changed"), "{refused}");

    let second = terminal();
    second.wait_for(question);
    second.keys(&["C-c"]);
    let interrupted = second.wait_for("exit code");
    assert!(interrupted.contains("exit code 130"), "{interrupted}");
    // Nothing of production is there, and both are remembered.
    assert_eq!(account.things(), 1, "the bucket of the state");
    let history = machine.run(&["history", "--env", "prod", "--output", "json"]).json();
    let told: Vec<(&str, bool)> = history["deployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["result"].as_str().unwrap(), it["applied"].as_bool().unwrap()))
        .collect();
    assert_eq!(told, [("interrupted", false), ("failed", false)], "{history}");

    // The name is the agreement. What follows is other tests' business.
    let third = terminal();
    third.wait_for(question);
    third.keys(&["prod", "Enter"]);
    // One that is interrupted before it has begun ends at once.
    third.wait_for("Terraform: apply");
    third.wait_for("module.");
    third.keys(&["C-c"]);
    let interrupted = third.wait_for("exit code");
    assert!(interrupted.contains("Interrupted: waiting for Terraform"), "{interrupted}");
    assert!(interrupted.contains("exit code 130"), "{interrupted}");
}

/// A terminal of its own server: one that is being ended would take the next one down with it.
struct Terminal {
    tmux: OsString,
    socket: String,
}

impl Terminal {
    fn of(tmux: OsString, machine: &TestEnvironment) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let terminal = Self { tmux, socket: format!("eap-agreement-{}-{number}", std::process::id()) };
        terminal.deploy(machine);
        terminal
    }

    fn deploy(&self, machine: &TestEnvironment) {
        let image = image('1');
        let eap = machine.command(&["deploy", "--env", "prod", "--image", &image]);
        let mut tmux = self.command();
        tmux.env_clear();
        for (name, value) in eap.get_envs() {
            if let Some(value) = value {
                tmux.env(name, value);
            }
        }
        let folder = machine.path("work");
        tmux.env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color").current_dir(&folder);
        tmux.args(["-f", "/dev/null", "new-session", "-d", "-x", "200", "-y", "60", "-c"]).arg(&folder);
        let words = std::iter::once(eap.get_program()).chain(eap.get_args());
        let line: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        tmux.arg(format!("{}; echo \"exit code $?\"; sleep 600", line.join(" ")));
        let started = tmux.output().unwrap();
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    }

    fn keys(&self, keys: &[&str]) {
        assert!(self.command().arg("send-keys").args(keys).status().unwrap().success());
    }

    fn wait_for(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let captured = self.command().args(["capture-pane", "-p"]).output().unwrap();
            let seen = String::from_utf8(captured.stdout).unwrap();
            if seen.contains(text) {
                return seen;
            }
            assert!(Instant::now() < deadline, "{text:?} did not come: {seen}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn command(&self) -> Command {
        let mut tmux = Command::new(&self.tmux);
        tmux.args(["-u", "-L", &self.socket]);
        tmux
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.command().arg("kill-server").output();
    }
}
