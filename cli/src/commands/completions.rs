//! `eap completions`: prints completions for a shell, or writes the files that packages carry.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum as _};
use clap_complete::Shell;

use super::Context;
use crate::arguments::command_tree;
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
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command_tree(), "eap", &mut script);
            context.output.result_bytes(&script)?;
        }
        if let Some(folder) = self.write {
            write_all(&folder)?;
            context.output.say(&format!("Wrote completions and man pages to {}.", folder.display()));
        }
        Ok(Outcome::Done)
    }
}

fn write_all(folder: &Path) -> Result<(), Failure> {
    let pages = folder.join("man");
    std::fs::create_dir_all(&pages).doing(|| format!("create {}", pages.display()))?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut command_tree(), "eap", folder)
            .doing(|| format!("write the completions for {shell}"))?;
    }
    clap_mangen::generate_to(command_tree(), &pages).doing(|| "write the man pages".to_owned())
}
