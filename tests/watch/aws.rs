//! A stand-in for AWS: an account with a deployed `staging`, whose further answers a test gives.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::cbor;
use crate::environment::TestEnvironment;

/// A call as it came.
#[derive(Debug, Clone)]
pub struct Call {
    /// Such as `FilterLogEvents`, or method and path for S3 and the API behind the gateway.
    pub action: String,
    /// The body as JSON; null where it is none.
    pub body: Value,
    /// Whose call it is: the header as it came.
    pub authorization: String,
    /// The body as it came; CBOR has its texts in the open.
    pub text: String,
    /// Whether the answer, which is given as JSON, goes out as CBOR.
    speaks_cbor: bool,
}

/// Status and body.
pub type Answer = (u16, String);

type Handler = Box<dyn Fn(&Call) -> Option<Answer> + Send + Sync>;
/// Answers a call at length, on a connection of its own; false for calls that are not for it.
type Streamer = Box<dyn Fn(&Call, &mut TcpStream) -> bool + Send + Sync>;

/// The stand-in; it ends with the test.
pub struct StandIn {
    /// Its address.
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl StandIn {
    /// Starts one; `handler` answers what it wants to, the rest is an account with nothing wrong in it.
    pub fn start(handler: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self::start_streaming(handler, |_, _| false)
    }

    /// The same, whose `streamer` is asked first.
    pub fn start_streaming(
        handler: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static,
        streamer: impl Fn(&Call, &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let handlers: Arc<(Handler, Streamer)> = Arc::new((Box::new(handler), Box::new(streamer)));
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let kept = Arc::clone(&calls);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (handlers, kept, stream) = (Arc::clone(&handlers), Arc::clone(&kept), stream.unwrap());
                std::thread::spawn(move || serve(stream, &handlers.0, &handlers.1, &kept));
            }
        });
        Self { url, calls }
    }

    /// The calls of an action so far.
    pub fn calls(&self, action: &str) -> Vec<Call> {
        self.calls.lock().unwrap().iter().filter(|call| call.action == action).cloned().collect()
    }

    /// How many calls there were of each action.
    pub fn counted(&self) -> BTreeMap<String, usize> {
        let mut counted = BTreeMap::new();
        for call in self.calls.lock().unwrap().iter() {
            *counted.entry(call.action.clone()).or_default() += 1;
        }
        counted
    }

    /// A machine whose AWS this is.
    pub fn machine(&self) -> TestEnvironment {
        let mut machine = TestEnvironment::without_api();
        for (name, value) in [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ] {
            machine.set(name, value);
        }
        machine
    }
}

fn serve(mut stream: TcpStream, handler: &Handler, streamer: &Streamer, kept: &Mutex<Vec<Call>>) {
    let mut input = BufReader::new(stream.try_clone().unwrap());
    while let Some(call) = read(&mut input) {
        kept.lock().unwrap().push(call.clone());
        if streamer(&call, &mut stream) {
            return;
        }
        let (status, body) = handler(&call).unwrap_or_else(|| sound(&call));
        if status == 0 {
            // A connection that breaks.
            return;
        }
        let kind = match body.get(..1) {
            Some("<") => "content-type: text/xml",
            _ if call.speaks_cbor => "content-type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor",
            _ => "content-type: application/x-amz-json-1.1",
        };
        let body = if call.speaks_cbor {
            cbor::encode(&serde_json::from_str(&body).unwrap())
        } else if call.action.contains(".gz?") {
            compressed(&body)
        } else {
            body.into_bytes()
        };
        let head = format!("HTTP/1.1 {status} X\r\n{kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(&[head.as_bytes(), &body].concat()).is_err() {
            return;
        }
    }
}

fn read(input: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let headers = lines[1..].iter().filter_map(|line| line.split_once(": "));
        headers
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .next()
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    input.read_exact(&mut body).ok()?;
    let text = String::from_utf8_lossy(&body);
    let query = text.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let action = header("x-amz-target").map(|target| target.rsplit('.').next().unwrap().to_owned());
    let action = action.or(query.map(ToOwned::to_owned));
    let path = lines[0].trim_end_matches(" HTTP/1.1");
    let operation = path.split_once("/operation/").map(|(_, operation)| operation.to_owned());
    let speaks_cbor = operation.is_some();
    let action = action.or(operation).unwrap_or_else(|| path.to_owned());
    let body = serde_json::from_str(&text).unwrap_or_default();
    let authorization = header("authorization").unwrap_or_default();
    Some(Call { action, body, authorization, text: text.into_owned(), speaks_cbor })
}

/// An object as its name says that it is.
fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// What a sound account answers.
fn sound(call: &Call) -> Answer {
    let done = |text: String| (200, text);
    match call.action.as_str() {
        "GetCallerIdentity" => done(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ann</Arn>\
             <UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
                .to_owned(),
        ),
        "DescribeStacks" => done(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>ecommerce-analytics-bootstrap\
             </StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
             <Outputs><member><OutputKey>StateBucket</OutputKey><OutputValue>states</OutputValue></member>\
             <member><OutputKey>KeyArn</OutputKey><OutputValue>arn:aws:kms:us-east-1:123456789012:key/1</OutputValue>\
             </member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
                .to_owned(),
        ),
        "DescribeClusters" => done(json!({"clusters": [{"status": "ACTIVE"}]}).to_string()),
        "FilterLogEvents" => done(json!({"events": []}).to_string()),
        "GET /states/staging/terraform.tfstate?x-id=GetObject" => done(state().to_string()),
        "GET /health" => done(json!({"status": "healthy"}).to_string()),
        "DescribeServices" => done(json!({"services": [service()], "failures": []}).to_string()),
        "DescribeTaskDefinition" => {
            let containers = json!([{"name": "migrate", "image": IMAGE}, {"name": "api", "image": IMAGE}]);
            done(json!({"taskDefinition": {"containerDefinitions": containers}}).to_string())
        }
        "GetMetricData" if call.text.contains("AWS/Lambda") => done(runs_of_fit(0)),
        "DescribeBudget" => {
            let usd = |amount: &str| json!({"Amount": amount, "Unit": "USD"});
            let spend = json!({"ActualSpend": usd("41.2"), "ForecastedSpend": usd("96.1")});
            let budget = json!({
                "BudgetName": "ecommerce-analytics-staging", "BudgetType": "COST", "TimeUnit": "MONTHLY",
                "BudgetLimit": usd("200"), "CalculatedSpend": spend,
            });
            done(json!({"Budget": budget}).to_string())
        }
        "ListTasks" => done(json!({"taskArns": []}).to_string()),
        "DescribeTargetHealth" => done(targets(&[("10.2.0.4", "healthy", ""), ("10.2.1.4", "healthy", "")])),
        "DescribeDBInstances" => done(database("available")),
        "DescribeAlarms" => done(
            json!({"MetricAlarms": [{"AlarmName": "ecommerce-analytics-staging-5xx", "StateValue": "OK"}]}).to_string(),
        ),
        list if list.starts_with("GET /states") && list.contains("list-type=2") => done(
            "<ListBucketResult><Name>states</Name><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>\
             <Contents><Key>staging/deployments/7.json</Key><Size>1</Size></Contents></ListBucketResult>"
                .to_owned(),
        ),
        "GET /states/staging/deployments/7.json?x-id=GetObject" => done(
            json!({
                "schema_version": 1, "number": 7, "environment": "staging", "command": "deploy",
                "began_at": "2026-11-23T10:00:00Z", "seconds": 60, "by": "arn:aws:iam::123456789012:user/ann",
                "image": IMAGE, "variables": {}, "plan_sha256": "0", "changes": 1, "result": "succeeded", "error": null,
            })
            .to_string(),
        ),
        action => around(action).map_or_else(
            || (400, json!({"__type": "InvalidAction", "message": format!("no {action}")}).to_string()),
            |text| (200, text.to_owned()),
        ),
    }
}

/// What is around the service, of which nothing is wrong either.
fn around(action: &str) -> Option<&'static str> {
    Some(match action {
        "ListStacks" => {
            "<ListStacksResponse><ListStacksResult><StackSummaries><member><StackName>another</StackName>\
             <StackStatus>CREATE_FAILED</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member><member>\
             <StackName>ecommerce-analytics-bootstrap</StackName><StackStatus>CREATE_COMPLETE</StackStatus>\
             <CreationTime>2026-01-01T00:00:00Z</CreationTime><DriftInformation><StackDriftStatus>NOT_CHECKED\
             </StackDriftStatus></DriftInformation></member></StackSummaries></ListStacksResult></ListStacksResponse>"
        }
        "DescribeTargetGroups" => {
            "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups><member><LoadBalancerArns><member>\
             arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/staging/9</member></LoadBalancerArns>\
             </member></TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>"
        }
        "DescribeLoadBalancers" => {
            "<DescribeLoadBalancersResponse><DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerName>staging\
             </LoadBalancerName><State><Code>active</Code></State></member></LoadBalancers>\
             </DescribeLoadBalancersResult></DescribeLoadBalancersResponse>"
        }
        "DescribePendingMaintenanceActions" => {
            "<DescribePendingMaintenanceActionsResponse><DescribePendingMaintenanceActionsResult>\
             <PendingMaintenanceActions/></DescribePendingMaintenanceActionsResult>\
             </DescribePendingMaintenanceActionsResponse>"
        }
        _ => return None,
    })
}

/// What CloudWatch has of what each look asks for: one run of the function `fit` in the hour before the last one, of
/// which so many failed, and a database with much room.
pub fn runs_of_fit(failed: u32) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let metric = |id: &str, at: u64, value: f64| json!({"Id": id, "StatusCode": "Complete", "Timestamps": [at], "Values": [value]});
    let (hour, latest) = ((now / 3600 - 1) * 3600, (now / 300 - 1) * 300);
    json!({"MetricDataResults": [
        metric("fit_runs", hour, 1.0),
        metric("fit_errors", hour, f64::from(failed)),
        metric("database_connections", latest, 12.0),
        metric("database_storage_free", latest, 9_663_676_416.0),
        metric("gateway_requests", latest, 200.0),
        metric("gateway_failed", latest, 1.0),
    ]})
    .to_string()
}

/// What runs, and is recorded.
pub const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:\
                         1111111111111111111111111111111111111111111111111111111111111111";

/// Targets: address, state, why.
pub fn targets(targets: &[(&str, &str, &str)]) -> String {
    let target = |(address, state, why): &(&str, &str, &str)| {
        let why = if why.is_empty() { String::new() } else { format!("<Description>{why}</Description>") };
        format!(
            "<member><Target><Id>{address}</Id><Port>8000</Port></Target><TargetHealth><State>{state}</State>{why}\
             </TargetHealth></member>"
        )
    };
    let members: String = targets.iter().map(target).collect();
    format!(
        "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions>{members}\
         </TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>"
    )
}

/// The database, in this state.
pub fn database(status: &str) -> String {
    format!(
        "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>\
         <DBInstanceIdentifier>ecommerce-analytics-staging</DBInstanceIdentifier>\
         <DBInstanceStatus>{status}</DBInstanceStatus><Engine>mysql</Engine><EngineVersion>8.4.6</EngineVersion>\
         <MultiAZ>false</MultiAZ><StorageEncrypted>true</StorageEncrypted><PendingModifiedValues/>\
         <AllocatedStorage>20</AllocatedStorage><LatestRestorableTime>2126-01-01T00:00:00Z</LatestRestorableTime>\
         </DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>"
    )
}

/// The service, serving.
pub fn service() -> Value {
    let definition = "arn:aws:ecs:us-east-1:123456789012:task-definition/ecommerce-analytics-staging-api:7";
    json!({
        "serviceName": "ecommerce-analytics-staging-api-service",
        "status": "ACTIVE",
        "desiredCount": 2,
        "runningCount": 2,
        "pendingCount": 0,
        "taskDefinition": definition,
        "networkConfiguration": {"awsvpcConfiguration": {
            "subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED",
        }},
        "deployments": [{
            "id": "ecs-svc/1",
            "status": "PRIMARY",
            "taskDefinition": definition,
            "desiredCount": 2,
            "runningCount": 2,
            "pendingCount": 0,
            "failedTasks": 0,
            "rolloutState": "COMPLETED",
        }],
        "events": [],
    })
}

/// Terraform's state of `staging`.
pub fn state() -> Value {
    let outputs = json!({
        "api_url": "https://abc.execute-api.us-east-1.amazonaws.com",
        "api_gateway_url": "https://abc.execute-api.us-east-1.amazonaws.com",
        "ecs_cluster_name": "ecommerce-analytics-staging-cluster",
        "ecs_service_name": "ecommerce-analytics-staging-api-service",
        "task_definition_arn": "arn:aws:ecs:us-east-1:123456789012:task-definition/ecommerce-analytics-staging-api:7",
        "one_off_task_definition_arn": "arn:aws:ecs:us-east-1:123456789012:task-definition/ecommerce-analytics-staging-once:7",
        "load_balancer_arn_suffix": "app/staging/9",
        "target_group_arn_suffix": "targetgroup/api/1",
        "target_group_arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/api/1",
        "log_groups": {
            "api": "/ecs/staging",
            "gateway": "/gateway/staging",
            "database_error": "/rds/staging/error",
            "database_slowquery": "/rds/staging/slowquery",
        },
        "api_key_secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:key",
        "slack_webhook_secret_arn": null,
        "database_identifier": "ecommerce-analytics-staging",
        "alarm_names": ["ecommerce-analytics-staging-5xx"],
        "lambda_function_names": {"alert_relay": "staging-alert-relay", "fit": "staging-fit"},
        "budget_name": "ecommerce-analytics-staging",
        "access_log_bucket": "access-logs",
    });
    let outputs: serde_json::Map<String, Value> = outputs
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), json!({"value": value, "type": "string"})))
        .collect();
    json!({"version": 4, "serial": 3, "outputs": outputs, "resources": []})
}
