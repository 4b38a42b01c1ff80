//! stub
#[derive(Debug, clap::Args)]
pub struct ImportArguments {}
impl ImportArguments {
    pub async fn run(
        self,
        _c: super::Context<'_>,
    ) -> Result<crate::failure::Outcome, crate::failure::Failure> {
        Ok(crate::failure::Outcome::Unknown)
    }
}
