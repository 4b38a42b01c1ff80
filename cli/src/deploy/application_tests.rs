//! The tests of the application, before it is built for an environment. Those that need a server are skipped here as
//! they are in any run without one.

use std::path::PathBuf;

use crate::commands::Context;
use crate::failure::Failure;
use crate::image::source::Source;
use crate::process::{ChildTalk, Invocation, indented};

/// Of what the tests say, when one fails.
const LINES: usize = 20;

/// Runs them; a test that fails ends the deploy before anything is touched.
pub async fn run(context: Context<'_>, source: &Source) -> Result<(), Failure> {
    let Some(checkout) = source.checkout() else { return Ok(()) };
    let step = context.output.step("Tests of the application");
    let cargo = context.variables.path("CARGO").unwrap_or_else(|| PathBuf::from("cargo"));
    let invocation = Invocation::new(cargo)
        .arguments(["test", "--quiet", "--locked", "-p", "eap-api", "--lib", "--test", "models"])
        .within(checkout);
    let ended = invocation.run_to_end(ChildTalk::Kept).await?;
    if ended.status.success() {
        step.done();
        return Ok(());
    }
    // Cargo talks on its standard error, and the tests on their standard output.
    let said = String::from_utf8_lossy(&ended.stdout);
    let said: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let failure = invocation.failure_of(&ended).detail(indented(&said[said.len().saturating_sub(LINES)..]));
    Err(failure.hint("mend what fails; `--skip-tests` deploys all the same, where they ran elsewhere"))
}
