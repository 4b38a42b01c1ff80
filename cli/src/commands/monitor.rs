//! stub
#[derive(Debug, clap::Args)]
pub struct MonitorArguments {}
impl MonitorArguments {
    pub async fn run(
        self,
        _c: super::Context<'_>,
    ) -> Result<crate::failure::Outcome, crate::failure::Failure> {
        Ok(crate::failure::Outcome::Unknown)
    }
}
