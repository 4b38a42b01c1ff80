//! Figures that checks need at each look: what is asked of CloudWatch, with one call, and what its answers say. Judges
//! nothing.

use aws_config::SdkConfig;

use super::detail;
use super::fresh::Fresh;
use crate::aws::functions::{self, Runs};
use crate::aws::metrics::{self, Answers, Query, Window};
use crate::failure::Failure;
use crate::terraform::outputs::StackOutputs;

/// Length of a period in seconds, and how many there are: what a check says is about the last quarter of an hour.
const PERIOD: i32 = 300;
const PERIODS: usize = 3;

/// Metrics of the database: id, CloudWatch's name, statistic.
const OF_THE_DATABASE: [(&str, &str, &str); 3] = [
    ("database_connections", "DatabaseConnections", "Maximum"),
    ("database_storage_free", "FreeStorageSpace", "Minimum"),
    ("replica_lag", "AuroraReplicaLagMaximum", "Maximum"),
];

/// The latest answers.
#[derive(Debug, Default)]
pub struct Vitals(Fresh<Figures>);

/// What the answers say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Connections to the database.
    pub connections: Option<f64>,
    /// Storage that the database has left, in bytes.
    pub storage_free_bytes: Option<f64>,
    /// How far copies of the database are behind, in milliseconds.
    pub replica_lag_ms: Option<f64>,
    /// Requests at the gateway in the last quarter of an hour, and those of them that it answered with 5xx.
    pub gateway: (f64, f64),
    /// The latest runs of functions.
    pub runs: Vec<Runs>,
}

impl Vitals {
    /// The figures at `now`, in seconds since 1970.
    pub async fn figures(
        &self,
        config: &SdkConfig,
        outputs: &StackOutputs,
        now: i64,
    ) -> Result<Figures, Failure> {
        let asking = async { Ok(Figures::of(&metrics::series(config, &queries(outputs, now)).await?, now)) };
        self.0.or(asking).await
    }
}

fn queries(outputs: &StackOutputs, now: i64) -> Vec<Query> {
    let window = Window::before(now, PERIOD, PERIODS);
    let mut queries = functions::queries(&outputs.lambda_function_names, now);
    let database = &outputs.database_identifier;
    for (id, metric, statistic) in OF_THE_DATABASE {
        for (id, dimension) in
            [(id.to_owned(), "DBInstanceIdentifier"), (format!("cluster_{id}"), "DBClusterIdentifier")]
        {
            let dimensions = vec![(dimension, database.clone())];
            queries.push(Query { id, namespace: "AWS/RDS", metric, dimensions, statistic, window });
        }
    }
    if let Some(gateway) = gateway_id(outputs) {
        for (id, metric) in [("gateway_requests", "Count"), ("gateway_failed", "5xx")] {
            let (id, dimensions) = (id.to_owned(), vec![("ApiId", gateway.to_owned())]);
            let namespace = "AWS/ApiGateway";
            queries.push(Query { id, namespace, metric, dimensions, statistic: "Sum", window });
        }
    }
    queries
}

/// The gateway's id is the first label of the address that AWS gave it.
fn gateway_id(outputs: &StackOutputs) -> Option<&str> {
    let host = outputs.api_gateway_url.as_deref()?.split("://").nth(1)?;
    host.split('.').next()
}

impl Figures {
    fn of(answers: &Answers, now: i64) -> Self {
        let latest = |id: &str| detail::answer(answers, id)?.iter().flatten().last().copied();
        let sum = |id: &str| answers.get(id).map_or(0.0, |series| series.iter().flatten().sum());
        Self {
            connections: latest("database_connections"),
            storage_free_bytes: latest("database_storage_free"),
            replica_lag_ms: latest("replica_lag"),
            gateway: (sum("gateway_requests"), sum("gateway_failed")),
            runs: functions::latest(answers, now),
        }
    }
}
