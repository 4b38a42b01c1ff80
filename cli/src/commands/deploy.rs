//! `eap deploy`: brings an environment up and says where it answers.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Context, deploy_aws};
use crate::arguments::{Environment, Format};
use crate::config::{ApiValues, Config, Secret, Values};
use crate::failure::{Failure, Outcome};
use crate::local::data::DataRequest;
use crate::local::deploy::{Deployed, Deployment, deploy};
use crate::local::folder::LocalFolder;
use crate::output;

/// Arguments of `eap deploy`.
#[derive(Debug, Args)]
#[command(
    about = "Bring an environment up, or bring it up to date",
    long_about = "\
Bring an environment up, or bring it up to date.

On this machine (--env local): builds `eap-api` when run inside a checkout, migrates an embedded database in the \
state folder, loads a bundled sample of real orders on the first run, starts the API in the background, waits for \
/health, and calls /, sales, customers and products. Run again, it changes nothing, or restarts the API when its \
program, settings or data changed.

Own orders (--data) go into a database of their own and never mix with the sample.

In AWS (--env dev, staging, prod): checks tools and account, makes the bootstrap stack (bucket of the state, key, image \
repository), builds and pushes the image unless one is named, plans with Terraform, shows the plan, applies exactly \
that plan, watches the rollout, tests the API through its gateway, and records the deployment. A version that does not \
serve is taken back: the last good deployment, its image and configuration, is applied again. Every step can be run \
again: after an interruption run the same command. SLACK_WEBHOOK_URL names a channel that is told how it ended.",
    after_long_help = "\
Examples:
  eap deploy --env local                            with a bundled sample of orders, on port 8000
  eap deploy --env local --port 8080                on another port
  eap deploy --env local --data orders.csv          with your own orders
  DATABASE_URL=mysql://shop:password@db:3306/orders eap deploy --env local
                                                    with a MySQL server of yours
  eap deploy --env local --output json | jq -r .url for a script
  eap deploy --env staging --plan-only              what would be done in AWS
  eap deploy --env staging --yes                    for CI
  eap deploy --env prod --image-from staging        what was tried there

Exit codes: 0 it runs, 1 it failed, or it runs without some lines of --data that were rejected, 2 changes present, 4 \
nothing serves, 6 another command is at work, 7 rolled back, 8 not healthy in time, 64 wrong call, 130 interrupted"
)]
pub struct DeployArguments {
    /// Port of the API [default: 8000]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Address the API listens on [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<IpAddr>,
    /// File with your own orders instead of the sample; repeat it for more
    #[arg(long, value_name = "FILE")]
    data: Vec<PathBuf>,
    #[arg(long, value_name = "URL", help = "MySQL or MariaDB server to use [env: DATABASE_URL]")]
    #[arg(long_help = "\
MySQL or MariaDB server to use, or `embedded` to go back to the embedded database [env: DATABASE_URL]

Other users of the machine can see a password in an argument: better set the variable. The password is never stored; \
give it again when the API has to be restarted.")]
    database: Option<String>,
    /// How long to wait for /health, such as 90s or 5m [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = crate::duration::parse)]
    timeout: Option<SignedDuration>,
    #[command(flatten)]
    in_aws: deploy_aws::AwsArguments,
}

impl DeployArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        match super::required_environment(context)? {
            Environment::Local => self.run_locally(context).await,
            // On the heap: the clients of AWS are large.
            environment => Box::pin(self.run_in_aws(context, environment)).await,
        }
    }

    async fn run_in_aws(self, context: Context<'_>, environment: Environment) -> Result<Outcome, Failure> {
        let local = [
            (self.port.is_some(), "--port"),
            (self.listen.is_some(), "--listen"),
            (!self.data.is_empty(), "--data"),
            (self.database.is_some(), "--database"),
        ];
        if let Some((_, flag)) = local.iter().find(|(given, _)| *given) {
            return Err(Failure::usage(format!("{flag} is for --env local")));
        }
        let (request, wish) = self.in_aws.request(environment, self.timeout)?;
        deploy_aws::run(context, environment, &request, wish).await
    }

    async fn run_locally(self, context: Context<'_>) -> Result<Outcome, Failure> {
        if let Some(flag) = self.in_aws.given() {
            return Err(Failure::usage(format!("{flag} is for environments in AWS")));
        }
        let api = ApiValues {
            port: self.port,
            listen: self.listen,
            start_timeout: self.timeout,
            ..ApiValues::default()
        };
        let flags = Values { api, ..Values::default() };
        let config = Config::load(Environment::Local, context.options, context.variables, flags)?;
        let database = match self.database {
            Some(url) => Some(Secret::new(url)),
            None => context.variables.secret("DATABASE_URL")?,
        };
        let request = DataRequest { files: self.data, database };
        let deployment = deploy(context, &config, &request).await?;
        let folder = LocalFolder::locate(context.variables)?;
        match context.output.format() {
            Format::Json => context.output.result_json(&as_json(&deployment, &config, &folder))?,
            Format::Table => print_summary(context, &deployment, &config, &folder)?,
        }
        Ok(if deployment.rejected_lines == 0 { Outcome::Done } else { Outcome::Incomplete })
    }
}

fn print_summary(
    context: Context<'_>,
    deployment: &Deployment,
    config: &Config,
    folder: &LocalFolder,
) -> Result<(), Failure> {
    context.output.say(&match &deployment.deployed {
        Deployed::Started => "The platform is up.".to_owned(),
        Deployed::Restarted(reasons) => format!("The API was restarted: {}.", reasons.join("; ")),
        Deployed::Unchanged => "Nothing to do: the platform runs as wanted.".to_owned(),
    });
    let api = &deployment.api;
    let database = &deployment.state.database;
    let loads = deployment.state.loads_of(database);
    let data = if loads.is_empty() {
        "as it was".to_owned()
    } else {
        loads.iter().map(crate::local::state::Load::describe).collect::<Vec<_>>().join(", ")
    };
    let currency = &config.api.currency.value;
    let rows = [
        ("Environment", "local".to_owned()),
        ("API", api.url.clone()),
        ("Health", format!("{}/health", api.url)),
        ("Documentation", format!("{}/docs", api.url)),
        ("Sales", url_of(deployment, "sales")),
        ("Customers", url_of(deployment, "customers")),
        ("Products", url_of(deployment, "products")),
        ("Orders", answer_of(deployment, "sales", "total_transactions").to_string()),
        ("Net revenue", format!("{} {currency}", answer_of(deployment, "sales", "total_revenue"))),
        ("Data", data),
        ("Database", database.describe(folder)),
        ("Process", api.pid.to_string()),
        ("Log", folder.log_file().display().to_string()),
    ];
    context.output.result(&output::pairs(&rows))?;
    context.output.hint("`eap monitor --env local` watches it, `eap destroy --env local` stops it");
    Ok(())
}

fn as_json(deployment: &Deployment, config: &Config, folder: &LocalFolder) -> Value {
    let (result, reasons) = match &deployment.deployed {
        Deployed::Started => ("started", Vec::new()),
        Deployed::Restarted(reasons) => ("restarted", reasons.clone()),
        Deployed::Unchanged => ("unchanged", Vec::new()),
    };
    let api = &deployment.api;
    json!({
        "schema_version": 1,
        "environment": "local",
        "result": result,
        "reasons": reasons,
        "url": api.url,
        "health_url": format!("{}/health", api.url),
        "docs_url": format!("{}/docs", api.url),
        "pid": api.pid,
        "started_at": api.started_at.to_string(),
        "database": deployment.state.database.describe(folder),
        "loads": deployment.state.loads_of(&deployment.state.database),
        "rejected_lines": deployment.rejected_lines,
        "orders": answer_of(deployment, "sales", "total_transactions"),
        "net_revenue": answer_of(deployment, "sales", "total_revenue"),
        "currency": config.api.currency.value,
        "log": folder.log_file(),
        "smoke_test": deployment.smoke_test,
    })
}

fn url_of(deployment: &Deployment, name: &str) -> String {
    deployment
        .smoke_test
        .iter()
        .find(|passed| passed.name == name)
        .map_or_else(String::new, |passed| passed.url.clone())
}

fn answer_of(deployment: &Deployment, name: &str, field: &str) -> Value {
    let passed = deployment.smoke_test.iter().find(|passed| passed.name == name);
    passed.and_then(|passed| passed.answer.get(field)).cloned().unwrap_or(Value::Null)
}
