//! The command line: global flags and the tree of commands. Reads no environment and runs nothing.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    build_push, completions, config, deploy, destroy, doctor, history, import, logs, monitor, rollback,
    unlock,
};

/// Stands up and watches an e-commerce analytics platform.
#[derive(Debug, Parser)]
#[command(
    name = "eap",
    version,
    propagate_version = true,
    max_term_width = 110,
    after_long_help = "\
Examples:
  eap deploy --env local              stand the platform up on this machine
  eap monitor --env local             see whether it is healthy
  eap logs --env local -f             follow its log
  eap import --env local orders.csv   send it orders
  eap destroy --env local             stop it
  eap build-push --env dev            build the image of the API and push it
  eap deploy --env staging            stand the platform up in AWS

Exit codes:
  0 done, 1 failed, 2 changes present, 3 degraded, 4 unhealthy, 5 unknown, 6 locked, 7 rolled back, 8 timed out, 9 scan findings, 64 usage, 130 interrupted"
)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. What each does is said where its arguments are.
#[derive(Debug, Subcommand)]
pub enum Command {
    Deploy(deploy::DeployArguments),
    Destroy(destroy::DestroyArguments),
    Rollback(rollback::RollbackArguments),
    History(history::HistoryArguments),
    Unlock(unlock::UnlockArguments),
    Doctor(doctor::DoctorArguments),
    Monitor(monitor::MonitorArguments),
    Logs(logs::LogsArguments),
    Import(import::ImportArguments),
    BuildPush(build_push::BuildPushArguments),
    Completions(completions::CompletionsArguments),
    Config(config::ConfigArguments),
}

/// Flags of every command.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalOptions {
    /// Environment to work on
    #[arg(long, global = true, value_enum, value_name = "ENV")]
    pub env: Option<Environment>,
    /// AWS region.
    #[arg(long, global = true, help = "AWS region [env: AWS_REGION]")]
    pub region: Option<String>,
    /// AWS profile.
    #[arg(long, global = true, help = "AWS profile [env: AWS_PROFILE]")]
    pub profile: Option<String>,
    /// Name of the project; part of the names of its resources
    #[arg(long, global = true, value_name = "NAME")]
    pub project_name: Option<String>,
    /// Where AWS is called instead of its own endpoints.
    #[arg(long, global = true, value_name = "URL", help = "Called instead of AWS [env: AWS_ENDPOINT_URL]")]
    pub endpoint_url: Option<String>,
    /// Form of the result on standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    pub output: Format,
    /// When to colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    #[arg(help = "Colour; auto means on a terminal, unless NO_COLOR is set or TERM is dumb")]
    pub color: Color,
    /// Say nothing but results and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: what is run, with which settings
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Agree beforehand to what cannot be undone
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
    /// Never ask a question, even on a terminal
    #[arg(long, global = true)]
    pub no_input: bool,
}

/// Where a platform runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// This machine
    Local,
    /// Development, in AWS
    Dev,
    /// Staging, in AWS
    Staging,
    /// Production, in AWS
    Prod,
}

impl Environment {
    /// The name as it is typed and as configuration files are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
        }
    }
}

/// Form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Reads the command line.
pub fn parse() -> Result<Arguments, clap::Error> {
    Arguments::try_parse()
}

/// The command tree, for completions and man pages.
pub fn command_tree() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}
