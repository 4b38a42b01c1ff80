//! `eap config`: shows the configuration in force.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::Context;
use crate::arguments::{Environment, Format};
use crate::config::{self, Config, Origin, Values};
use crate::deployed;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::terraform::tree;

/// Arguments of `eap config`.
#[derive(Debug, Args)]
#[command(
    about = "Show the configuration in force",
    after_long_help = "\
Examples:
  eap config show --env local            every setting
  eap config show --env local --origin   and where each comes from
  eap config tfvars --env staging        what Terraform is told
  eap config schema                      what files may say, for editors"
)]
pub struct ConfigArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Show every setting of an environment
    #[command(
        long_about = "\
Show every setting of an environment.

A flag wins over an environment variable, that over config/<env>.yaml in this folder or above, that over the user \
file (~/.config/eap/config.yaml), and that over the default.",
        after_long_help = "\
Examples:
  eap config show --env local --origin
  eap config show --env local --output json | jq .api.port"
    )]
    Show {
        /// Tell where each value comes from
        #[arg(long)]
        origin: bool,
    },
    /// Print the variables of Terraform for an environment
    #[command(
        long_about = "\
Print the variables of Terraform for an environment, as JSON for `terraform plan -var-file`.

The image is not among them (-var container_image=REPOSITORY@sha256:…), nor is the first API key (the variable \
TF_VAR_api_key, needed when the environment is made).",
        after_long_help = "\
Examples:
  eap config tfvars --env staging > staging.tfvars.json"
    )]
    Tfvars,
    /// Print where Terraform keeps the state of an environment
    #[command(
        long_about = "\
Print where Terraform keeps the state of an environment, for `terraform init -backend-config`. The bootstrap stack, \
which `eap deploy` makes, knows it.",
        after_long_help = "\
Examples:
  eap config backend --env staging > backend.hcl"
    )]
    Backend,
    /// Print the JSON Schema of configuration files
    #[command(
        long_about = "\
Print the JSON Schema of configuration files. Editors complete and check by it: the files in config/ name it in their \
first line.",
        after_long_help = "\
Examples:
  eap config schema > config/schema.json"
    )]
    Schema,
}

impl ConfigArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        match self.command {
            ConfigCommand::Show { origin } => show(context, origin),
            ConfigCommand::Backend => backend(context).await,
            ConfigCommand::Schema => {
                context.output.result_json(&config::schema())?;
                Ok(Outcome::Done)
            }
            ConfigCommand::Tfvars => {
                let config = super::platform_config(context, "config tfvars")?;
                context.output.result_json(&config.terraform_variables())?;
                Ok(Outcome::Done)
            }
        }
    }
}

/// The settings of the backend, for `terraform init -backend-config`.
async fn backend(context: Context<'_>) -> Result<Outcome, Failure> {
    let config = super::platform_config(context, "config backend")?;
    let account = deployed::account(&config).await?;
    let settings = deployed::backend(&config, &account.bootstrap).settings();
    if context.output.format() == Format::Json {
        let settings: Map<String, Value> =
            settings.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        context.output.result_json(&settings)?;
        return Ok(Outcome::Done);
    }
    let lines: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = \"{value}\"\n")).collect();
    context.output.result(&lines.concat())?;
    Ok(Outcome::Done)
}

fn show(context: Context<'_>, with_origin: bool) -> Result<Outcome, Failure> {
    if super::required_environment(context)? != Environment::Local {
        let config = super::platform_config(context, "config show")?;
        let mut settings = config.settings();
        // What files may say and nobody does, Terraform decides.
        let known = config::infrastructure_keys();
        settings.extend(
            tree::defaults()
                .into_iter()
                .filter(|(name, _)| known.contains(name) && !config.infrastructure.contains_key(name))
                .map(|(name, value)| (format!("infrastructure.{name}"), value, &Origin::TerraformDefault)),
        );
        return print(context, settings, with_origin);
    }
    let config = Config::load(Environment::Local, context.options, context.variables, Values::default())?;
    let settings = config.settings().into_iter().map(|(key, value, origin)| (key.to_owned(), value, origin));
    print(context, settings.collect(), with_origin)
}

fn print(
    context: Context<'_>,
    settings: Vec<(String, Value, &Origin)>,
    with_origin: bool,
) -> Result<Outcome, Failure> {
    if context.output.format() == Format::Json {
        let mut document = Map::new();
        for (key, value, origin) in settings {
            let value =
                if with_origin { json!({"value": value, "origin": origin.to_string()}) } else { value };
            insert_nested(&mut document, &key, value);
        }
        context.output.result_json(&document)?;
        return Ok(Outcome::Done);
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    if with_origin {
        let row = |(key, value, origin): &(String, Value, &Origin)| {
            vec![key.clone(), text(value), origin.to_string()]
        };
        let rows: Vec<Vec<String>> = settings.iter().map(row).collect();
        context.output.result(&output::table(&["Setting", "Value", "From"], &rows))?;
    } else {
        let rows: Vec<(&str, String)> =
            settings.iter().map(|(key, value, _)| (key.as_str(), text(value))).collect();
        context.output.result(&output::pairs(&rows))?;
    }
    Ok(Outcome::Done)
}

/// Puts `value` where `section.key` says, as in the files.
fn insert_nested(document: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(document.insert(key.to_owned(), value)),
        Some((section, key)) => {
            if let Value::Object(section) = document.entry(section).or_insert_with(|| json!({})) {
                insert_nested(section, key, value);
            }
        }
    }
}
