//! Builds `eap-api` as a static program with the host's own Rust toolchain, the same bytes in any folder.
//! Uses a target folder of its own, so that nobody else's build is thrown away.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::platform::{Platform, Target};
use crate::commands::Context;
use crate::failure::Failure;
use crate::local::binary::{built_program, executable};
use crate::process::{ChildTalk, Invocation};

/// A way to build for a platform on this machine.
#[derive(Debug)]
pub struct Toolchain {
    cargo: PathBuf,
    cargo_home: Option<PathBuf>,
    target: Target,
    linker: Option<PathBuf>,
}

impl Toolchain {
    /// Looks for a compiler target of `platform` with a linker; the failure says what to install.
    pub async fn find(context: Context<'_>, checkout: &Path, platform: Platform) -> Result<Self, Failure> {
        let variables = context.variables;
        let search_path = variables.search_path();
        let on_path = |name: &str| search_path.iter().find_map(|folder| executable(&folder.join(name)));
        let program = |variable, name: &str| variables.path(variable).unwrap_or_else(|| PathBuf::from(name));
        let (cargo, rustc) = (program("CARGO", "cargo"), program("RUSTC", "rustc"));
        if on_path("cargo").is_none() && executable(&cargo).is_none() {
            return Err(Failure::failed("there is no cargo here to build eap-api with")
                .hint("install Rust from https://rustup.rs, or build with Docker: --builder docker"));
        }
        let mut missing_linker = None;
        for target in platform.targets() {
            if !is_installed(&rustc, checkout, target.triple).await {
                continue;
            }
            let linker = target.linkers.iter().find_map(|name| on_path(name));
            if linker.is_some() || target.linkers.is_empty() {
                let cargo_home =
                    variables.path("CARGO_HOME").or_else(|| Some(variables.path("HOME")?.join(".cargo")));
                return Ok(Self { cargo, cargo_home, target, linker });
            }
            missing_linker = Some(target);
        }
        Err(what_to_install(platform, missing_linker))
    }

    /// Builds the program, and tells where it is.
    pub async fn build(&self, context: Context<'_>, checkout: &Path) -> Result<PathBuf, Failure> {
        let invocation = self.invocation(context, checkout);
        context.output.say(&format!("Building eap-api for {}", self.target.triple));
        context.output.detail(&invocation.display());
        let messages = invocation.run(ChildTalk::Shown).await.map_err(|failure| {
            failure.hint("EAP_API_BIN names a static `eap-api` to use instead of building one")
        })?;
        built_program(&messages).ok_or_else(|| Failure::failed("cargo did not say where it put eap-api"))
    }

    fn invocation(&self, context: Context<'_>, checkout: &Path) -> Invocation {
        let triple = self.target.triple;
        let target_folder =
            context.variables.path("CARGO_TARGET_DIR").unwrap_or_else(|| checkout.join("target"));
        // Not the checkout: Cargo compiles what is in it by paths relative to it, and flags that tell of it would make every
        // checkout compile all dependencies anew.
        let mut remapped: Vec<(PathBuf, &str)> =
            self.cargo_home.iter().map(|home| (home.clone(), "/cargo")).collect();
        remapped.push((target_folder.clone(), "/target"));
        let mut arguments: Vec<OsString> = [
            "build",
            "--profile",
            "dist",
            "--locked",
            "--package",
            "eap-api",
            "--bin",
            "eap-api",
            "--target",
            triple,
        ]
        .map(OsString::from)
        .into();
        arguments.extend(["--target-dir".into(), target_folder.join("image").into_os_string()]);
        arguments.push("--message-format=json-render-diagnostics".into());
        let underscored = triple.replace('-', "_");
        let mut invocation = Invocation::new(&self.cargo)
            .arguments(arguments)
            .exactly(context.variables.for_cargo())
            .within(checkout)
            .variable("CARGO_ENCODED_RUSTFLAGS", rust_flags(&remapped))
            .variable(format!("CFLAGS_{underscored}"), c_flags(&remapped))
            // Always the same: with the time of the commit, each commit would compile the parts in C anew.
            .variable("SOURCE_DATE_EPOCH", "0");
        if let Some(linker) = &self.linker {
            let name = format!("CARGO_TARGET_{}_LINKER", underscored.to_uppercase());
            invocation = invocation.variable(name, linker).variable(format!("CC_{underscored}"), linker);
        }
        invocation
    }
}

/// Static, and without the paths of this machine. Replaces flags of the user, which would change the program.
fn rust_flags(remapped: &[(PathBuf, &str)]) -> OsString {
    let mut flags = OsString::from("-Ctarget-feature=+crt-static");
    for (from, to) in remapped {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(from);
        flags.push(format!("={to}"));
    }
    flags
}

/// The same for the parts in C. They are divided by spaces, so that a path with one has to stay as it is.
fn c_flags(remapped: &[(PathBuf, &str)]) -> OsString {
    let flags = remapped.iter().filter_map(|(from, to)| {
        let from = from.to_str().filter(|from| !from.contains(char::is_whitespace))?;
        Some(format!("-ffile-prefix-map={from}={to}"))
    });
    flags.collect::<Vec<_>>().join(" ").into()
}

/// The standard library of the target is there, in the toolchain that the checkout asks for.
async fn is_installed(rustc: &Path, checkout: &Path, triple: &str) -> bool {
    let arguments = ["--print", "target-libdir", "--target", triple];
    let asked = Invocation::new(rustc).arguments(arguments).within(checkout).run(ChildTalk::Kept).await;
    asked.is_ok_and(|said| Path::new(String::from_utf8_lossy(&said).trim()).is_dir())
}

fn what_to_install(platform: Platform, missing_linker: Option<Target>) -> Failure {
    let name = platform.name();
    let failure = Failure::failed(format!("this machine cannot build programs for {name}"));
    let failure = match missing_linker {
        Some(target) => failure.hint(format!(
            "the compiler knows {}; it needs a linker too: {}",
            target.triple,
            target.linkers.join(" or ")
        )),
        None => {
            failure.hint(format!("`rustup target add {}` brings the target", platform.targets()[0].triple))
        }
    };
    let package = match platform {
        Platform::Amd64 => "musl-tools, or gcc-x86-64-linux-gnu on another processor",
        Platform::Arm64 => "musl-tools on the same processor, gcc-aarch64-linux-gnu on another",
    };
    failure.hint(format!("Debian has linkers in {package}")).hint("or build with Docker: --builder docker")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_this_machine_gets_into_the_program() {
        let remapped =
            [(PathBuf::from("/home/u/target"), "/target"), (PathBuf::from("/home/my cargo"), "/cargo")];
        assert_eq!(
            rust_flags(&remapped),
            "-Ctarget-feature=+crt-static\u{1f}--remap-path-prefix=/home/u/target=/target\u{1f}\
             --remap-path-prefix=/home/my cargo=/cargo"
        );
        assert_eq!(c_flags(&remapped), "-ffile-prefix-map=/home/u/target=/target");
    }

    #[test]
    fn a_target_without_linker_is_told_apart_from_none() {
        let none = what_to_install(Platform::Arm64, None);
        assert_eq!(none.hints()[0], "`rustup target add aarch64-unknown-linux-musl` brings the target");
        let target = Platform::Arm64.targets()[1];
        let lacking = Target { linkers: &["aarch64-linux-gnu-gcc"], ..target };
        let no_linker = what_to_install(Platform::Arm64, Some(lacking));
        assert!(
            no_linker.hints()[0].ends_with("it needs a linker too: aarch64-linux-gnu-gcc"),
            "{no_linker:?}"
        );
    }
}
