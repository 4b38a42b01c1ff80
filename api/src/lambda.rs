//! The program as a Lambda function: hands each event to a handler, until the runtime ends it.

use anyhow::{Result, anyhow};
use clap::Args;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

/// Whether this is one.
#[derive(Debug, Args)]
pub struct LambdaOptions {
    /// Host and port of Lambda's runtime; Lambda sets it
    #[arg(long, env = "AWS_LAMBDA_RUNTIME_API", hide = true)]
    aws_lambda_runtime_api: Option<String>,
}

impl LambdaOptions {
    /// Whether Lambda runs this program.
    pub fn is_lambda(&self) -> bool {
        self.aws_lambda_runtime_api.as_ref().is_some_and(|address| !address.is_empty())
    }
}

/// Answers events by `handle` for as long as the runtime sends some. A failure is logged and told to Lambda, which
/// tries again as it is configured to.
pub async fn serve<H, F>(handle: H) -> Result<()>
where
    H: Fn(Value) -> F,
    F: Future<Output = Result<Value>>,
{
    let answer = |event: LambdaEvent<Value>| {
        let handled = handle(event.payload);
        let request_id = event.context.request_id;
        async move {
            handled.await.map_err(|error| {
                let error_message = format!("{error:#}");
                tracing::error!(request_id, error = error_message, "the event failed");
                Diagnostic { error_type: "EventFailed".to_owned(), error_message }
            })
        }
    };
    // On the heap: it is large, and so would be every future around it.
    Box::pin(lambda_runtime::run(service_fn(answer)))
        .await
        .map_err(|error| anyhow!("the runtime of Lambda: {error}"))
}
