//! Figures of CloudWatch, which has new ones once in two minutes and takes money for each metric that is asked for: until
//! then the latest ones are as good. Knows nothing of what they are about.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::failure::Failure;

/// Answers are as good as new for so long.
pub const FRESH: Duration = Duration::from_mins(2);

/// The latest answer, and when it came.
#[derive(Debug)]
pub struct Fresh<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Fresh<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Fresh<T> {
    /// The latest answer, while it is as good as new; else what `asking` brings. A failure is not kept.
    pub async fn or(&self, asking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let mut kept = self.0.lock().await;
        if let Some((at, answer)) = &*kept
            && at.elapsed() < FRESH
        {
            return Ok(answer.clone());
        }
        let answer = asking.await?;
        *kept = Some((Instant::now(), answer.clone()));
        Ok(answer)
    }
}
