//! `eap completions`: prints completions for a shell, or writes the files that packages carry.

use std::path::{Path, PathBuf};

use clap::{Args, Command, ValueEnum as _};
use clap_complete::Shell;
use clap_mangen::Man;
use serde_json::json;

use super::Context;
use crate::arguments::{Format, command_tree};
use crate::failure::{Doing, Failure, Outcome};

/// Arguments of `eap completions`.
#[derive(Debug, Args)]
#[command(
    about = "Print shell completions, or write them with the man pages to a folder",
    after_long_help = "\
Examples:
  eap completions bash > ~/.local/share/bash-completion/completions/eap
  eap completions zsh > ~/.zfunc/_eap      with `fpath+=~/.zfunc` before compinit in ~/.zshrc
  eap completions fish > ~/.config/fish/completions/eap.fish
  eap completions powershell >> $PROFILE
  eap completions elvish > ~/.config/elvish/lib/eap.elv
  eap completions --write completions      all of them and the man pages, for packages and for this repository"
)]
pub struct CompletionsArguments {
    /// Shell to complete for
    #[arg(value_enum, required_unless_present = "write")]
    shell: Option<Shell>,
    /// Write the completions of every shell, and man pages in its folder `man`, to this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "shell")]
    write: Option<PathBuf>,
}

impl CompletionsArguments {
    /// Runs the command.
    pub fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        if let Some(shell) = self.shell {
            print(context, shell)?;
        }
        if let Some(folder) = self.write {
            let written = write_all(&folder)?;
            context.output.say(&format!("Wrote completions and man pages to {}.", folder.display()));
            if context.output.format() == Format::Json {
                let written: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
                context.output.result_json(&json!({"schema_version": 1, "written": written}))?;
            }
        }
        Ok(Outcome::Done)
    }
}

fn print(context: Context<'_>, shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command_tree(), "eap", &mut script);
    match context.output.format() {
        Format::Table => context.output.result_bytes(&script),
        Format::Json => context.output.result_json(&json!({
            "schema_version": 1,
            "shell": shell.to_string(),
            "script": String::from_utf8_lossy(&script),
        })),
    }
}

/// Answers with the files that it has written.
fn write_all(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let pages = folder.join("man");
    std::fs::create_dir_all(&pages).doing(|| format!("create {}", pages.display()))?;
    let mut written = Vec::new();
    for shell in Shell::value_variants() {
        let script = clap_complete::generate_to(*shell, &mut command_tree(), "eap", folder);
        written.push(script.doing(|| format!("write the completions for {shell}"))?);
    }
    let mut command = command_tree().disable_help_subcommand(true);
    command.build();
    write_pages(&command, &pages, &mut written).doing(|| "write the man pages".to_owned())?;
    Ok(written)
}

/// The page of a command and those of its subcommands.
fn write_pages(command: &Command, folder: &Path, written: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        write_pages(subcommand, folder, written)?;
    }
    written.push(Man::new(command.clone()).generate_to(folder)?);
    Ok(())
}
