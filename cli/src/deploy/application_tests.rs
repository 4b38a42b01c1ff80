//! The tests of the application, before it is built for an environment. Those that need a server are skipped here as
//! they are in any run without one.

use crate::commands::Context;
use crate::failure::Failure;
use crate::image::source::Source;
use crate::process::{ChildTalk, Invocation};

/// Runs them; a test that fails ends the deploy before anything is touched.
pub async fn run(context: Context<'_>, source: &Source) -> Result<(), Failure> {
    let Some(checkout) = source.checkout() else { return Ok(()) };
    let step = context.output.step("Tests of the application");
    let invocation = Invocation::new("cargo")
        .arguments(["test", "--quiet", "--locked", "-p", "eap-api", "--lib", "--test", "models"])
        .within(checkout);
    invocation.run(ChildTalk::Kept).await.map_err(|failure| {
        failure.hint("mend what fails; `--skip-tests` deploys all the same, where they ran elsewhere")
    })?;
    step.done();
    Ok(())
}
