//! The pages of a group one after the other: while one is read, the next one is on its way. No more than that one is asked
//! for before it is wanted.

use tokio::task::JoinSet;

use super::history::{Extent, Logs};
use super::source::Group;
use crate::aws::log_events::{Answer, Page, Range, Trouble, answer};

/// Pages of a group.
pub struct Pages {
    client: Logs,
    group: Group,
    extent: Extent,
    ahead: Option<Ahead>,
}

/// A call under way; it ends with this.
struct Ahead {
    token: String,
    call: JoinSet<Result<Answer, Trouble>>,
}

impl Pages {
    /// Those of `extent`.
    pub fn new(client: Logs, group: Group, extent: Extent) -> Self {
        Self { client, group, extent, ahead: None }
    }

    /// The page at `token`; none is that of the first one.
    pub async fn at(&mut self, token: Option<String>) -> Result<Page, Trouble> {
        // What was asked for may be another one: a token at a glance is only likely.
        let ahead = self.ahead.take().filter(|ahead| token.as_ref() == Some(&ahead.token));
        let answer = match ahead {
            Some(mut ahead) => ahead.call.join_next().await.and_then(Result::ok),
            None => None,
        };
        let answer = match answer {
            Some(answer) => answer?,
            None => ask(self.client.clone(), self.group.clone(), self.extent.clone(), token).await?,
        };
        self.ahead = answer.likely_next().map(|token| {
            let mut call = JoinSet::new();
            let next = Some(token.clone());
            call.spawn(ask(self.client.clone(), self.group.clone(), self.extent.clone(), next));
            Ahead { token, call }
        });
        answer.read()
    }
}

async fn ask(client: Logs, group: Group, extent: Extent, token: Option<String>) -> Result<Answer, Trouble> {
    let range = Range {
        group: &group.name,
        stream_prefix: group.stream_prefix.as_deref(),
        from_ms: extent.from_ms,
        until_ms: extent.until_ms,
        pattern: extent.pattern.as_deref(),
    };
    answer(&client, range, token).await
}
