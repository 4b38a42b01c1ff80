//! The one place that starts programs: this program again, for work whose memory is to go when it ends. What the child
//! logs goes into our log. Secrets travel in variables, never in arguments.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};

use crate::{config::Secret, telemetry};

/// Lines of a failed child's talk that are shown.
const LAST_LINES: usize = 5;

/// This program, to be run once more.
#[derive(Debug, Clone)]
pub struct Itself {
    program: PathBuf,
}

/// How a child ended that did what it should.
#[derive(Debug)]
pub struct Done {
    /// What it wrote to standard output.
    pub answer: String,
    /// Its process id.
    pub process: u32,
}

impl Itself {
    /// Looks up where the program is, which has to happen before its file is replaced by another build.
    pub fn find() -> Result<Self> {
        Ok(Self { program: std::env::current_exe().context("find the file of this program")? })
    }

    /// Runs it with `arguments`, our own variables and `variables` over them. It is killed after `patience`, and when
    /// nobody waits for this any more.
    pub async fn run(
        &self,
        arguments: &[&str],
        variables: &[(&'static str, Secret)],
        patience: Duration,
    ) -> Result<Done> {
        let shown = format!("{} {}", self.program.display(), arguments.join(" "));
        #[expect(clippy::disallowed_methods, reason = "programs are started here and nowhere else")]
        let mut command = tokio::process::Command::new(&self.program);
        command.args(arguments).envs(variables.iter().map(|(name, value)| (name, value.expose())));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("start {shown}"))?;
        let process = child.id().unwrap_or_default();
        let Ok(output) = tokio::time::timeout(patience, child.wait_with_output()).await else {
            bail!("{shown} was killed: it had not ended after {} s", patience.as_secs());
        };
        let output = output.with_context(|| format!("wait for {shown}"))?;
        let talk = String::from_utf8_lossy(&output.stderr);
        let (logged, said): (Vec<&str>, Vec<&str>) = talk.lines().partition(|line| line.starts_with('{'));
        logged.into_iter().for_each(telemetry::log_line);
        if !output.status.success() {
            let last = said[said.len().saturating_sub(LAST_LINES)..].join("; ");
            bail!("{shown} failed ({}): {last}", output.status);
        }
        let answer =
            String::from_utf8(output.stdout).with_context(|| format!("read the answer of {shown}"))?;
        Ok(Done { answer, process })
    }
}
