//! A real terminal: tmux draws it, presses keys, and says what is seen.

use std::path::Path;
use std::process::Command;

use crate::environment::{TestEnvironment, wait_until};

/// A terminal with a program in it; both end with the test.
pub struct Terminal {
    socket: String,
}

impl Terminal {
    /// Starts `eap` in a terminal of this size. None where there is no tmux to be had.
    pub fn start(machine: &TestEnvironment, size: (u16, u16), arguments: &[&str]) -> Option<Self> {
        let terminal = Self { socket: format!("eap-{}-{}x{}", std::process::id(), size.0, size.1) };
        let eap = machine.command(arguments);
        let mut tmux = terminal.tmux()?;
        tmux.env_clear();
        for (name, value) in eap.get_envs() {
            if let Some(value) = value {
                tmux.env(name, value);
            }
        }
        tmux.env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color");
        tmux.args(["-f", "/dev/null", "new-session", "-d", "-x"])
            .arg(size.0.to_string())
            .arg("-y")
            .arg(size.1.to_string());
        let words = std::iter::once(eap.get_program()).chain(eap.get_args());
        let line: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        // What the program leaves behind is to be seen too.
        tmux.arg(format!("{}; echo \"exit code $?\"; sleep 60", line.join(" ")));
        let started = tmux.output().unwrap();
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        Some(terminal)
    }

    /// The tmux of the test set-up, else that of the machine.
    fn tmux(&self) -> Option<Command> {
        let program = std::env::var("EAP_TEST_TMUX").ok().filter(|program| !program.is_empty());
        let Some(program) = program else {
            eprintln!("skipped: EAP_TEST_TMUX names no tmux");
            return None;
        };
        let mut tmux = Command::new(program);
        tmux.args(["-u", "-L", &self.socket]);
        Some(tmux)
    }

    /// Presses keys.
    pub fn keys(&self, keys: &[&str]) {
        let pressed = self.tmux().unwrap().arg("send-keys").args(keys).output().unwrap();
        assert!(pressed.status.success(), "{}", String::from_utf8_lossy(&pressed.stderr));
    }

    /// Closes what lies over the panes. A key right behind Escape would be read as one with Alt.
    pub fn close(&self) {
        self.keys(&["Escape"]);
        wait_until("closed", || !self.seen().contains("Esc closes"));
    }

    /// Gives it another size.
    pub fn resize(&self, size: (u16, u16)) {
        let mut tmux = self.tmux().unwrap();
        tmux.arg("resize-window").args(["-x", &size.0.to_string(), "-y", &size.1.to_string()]);
        assert!(tmux.status().unwrap().success());
    }

    /// Keeps all that the program writes to its terminal from now on in a file.
    pub fn record(&self, file: &Path) {
        let mut tmux = self.tmux().unwrap();
        tmux.args(["pipe-pane", "-O", &format!("cat > '{}'", file.display())]);
        assert!(tmux.status().unwrap().success());
    }

    /// What is on the screen.
    pub fn seen(&self) -> String {
        let captured = self.tmux().unwrap().args(["capture-pane", "-p"]).output().unwrap();
        String::from_utf8(captured.stdout).unwrap()
    }

    /// Whether the bell has rung.
    pub fn rang(&self) -> bool {
        let asked =
            self.tmux().unwrap().args(["display-message", "-p", "#{window_bell_flag}"]).output().unwrap();
        String::from_utf8(asked.stdout).unwrap().trim() == "1"
    }

    /// What is seen with its colours, as escape sequences.
    pub fn painted(&self) -> String {
        let captured = self.tmux().unwrap().args(["capture-pane", "-p", "-e"]).output().unwrap();
        String::from_utf8(captured.stdout).unwrap()
    }

    /// Waits until `text` is on the screen, and answers all of it.
    pub fn wait_for(&self, text: &str) -> String {
        wait_until(&format!("`{text}` on the screen, which shows\n{}", self.seen()), || {
            self.seen().contains(text)
        });
        self.seen()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(mut tmux) = self.tmux() {
            let _ = tmux.arg("kill-server").output();
        }
    }
}
