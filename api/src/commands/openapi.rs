//! `eap-api openapi`: the document that `/openapi.json` answers, for those who make clients of it.

use std::process::ExitCode;

use anyhow::Result;

use super::output;
use crate::openapi;

pub(super) fn run() -> Result<ExitCode> {
    output::answer_json(openapi::document())?;
    Ok(ExitCode::SUCCESS)
}
