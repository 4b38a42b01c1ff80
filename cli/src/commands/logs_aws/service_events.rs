//! What the service does while its log is followed: new tasks, deployments, what fails.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use crate::aws::ecs::{self, ServiceName};
use crate::terraform::outputs::StackOutputs;

/// What takes longer is asked for again.
const DEADLINE: Duration = Duration::from_secs(10);
/// Between two looks at the service.
const INTERVAL: Duration = Duration::from_secs(5);
/// Events of the service can be seen only some time after they happened, and our clock may be ahead.
const SLACK_MS: i64 = 10_000;

/// Tells what the service does from now on, until nobody listens any more. The log is what matters: trouble here is told by
/// nobody.
pub async fn tell(client: ecs::Client, outputs: StackOutputs, sender: Sender<String>) {
    let began_ms = Timestamp::now().as_millisecond();
    let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
    // What the first answer has was there before; without a first answer, its time tells.
    let mut told: Option<BTreeSet<String>> = None;
    loop {
        if let Ok(Ok(events)) = tokio::time::timeout(DEADLINE, ecs::events(&client, name)).await {
            for event in &events {
                let is_new = match &told {
                    Some(told) => !told.contains(&event.id) && event.at_ms >= began_ms - SLACK_MS,
                    None => event.at_ms >= began_ms,
                };
                if is_new && sender.send(event.message.clone()).await.is_err() {
                    return;
                }
            }
            // Those that are not among the latest any more do not come back.
            told = Some(events.into_iter().map(|event| event.id).collect());
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
