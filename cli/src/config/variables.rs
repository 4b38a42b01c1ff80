//! The environment variables of this process, read once. Nothing else reads them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::Secret;
use crate::failure::Failure;

/// Variables that a child needs to work at all; everything else about the API comes from the configuration, so
/// that a stray `PORT` or `DATABASE_READER_URL` of a shell does not change it.
const PASSED_ON: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZDIR",
    "RUST_BACKTRACE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SYSTEMROOT",
    // Coverage of the API while the tests of this program run it.
    "LLVM_PROFILE_FILE",
];

/// A snapshot of the environment variables and the working folder. Empty variables count as absent.
#[derive(Debug)]
pub struct Variables {
    values: BTreeMap<String, OsString>,
    working_folder: PathBuf,
}

impl Variables {
    /// Reads the variables of this process.
    #[expect(clippy::disallowed_methods, reason = "the one door to the environment")]
    pub fn read() -> Self {
        let values =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        // A folder that was deleted meanwhile has neither a checkout nor a project file.
        Self { values, working_folder: std::env::current_dir().unwrap_or_default() }
    }

    /// A variable as text; a value that is not UTF-8 is refused.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        let value = self.values.get(name).filter(|value| !value.is_empty());
        value
            .map(|value| {
                value.to_str().ok_or_else(|| Failure::usage(format!("the variable {name} is not UTF-8")))
            })
            .transpose()
    }

    /// A variable that holds a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.values.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// A variable that holds a secret.
    pub fn secret(&self, name: &str) -> Result<Option<Secret>, Failure> {
        Ok(self.text(name)?.map(|value| Secret::new(value.to_owned())))
    }

    /// The folders of the variable PATH.
    pub fn search_path(&self) -> Vec<PathBuf> {
        self.values.get("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default()
    }

    /// The variables that every child gets.
    pub fn passed_on(&self) -> Vec<(OsString, OsString)> {
        PASSED_ON
            .iter()
            .filter_map(|name| Some((OsString::from(*name), self.values.get(*name)?.clone())))
            .collect()
    }

    /// The variables that a tool of AWS gets: those that every child gets, AWS's own, and the way out of this network.
    pub fn for_aws_tools(&self) -> Vec<(OsString, OsString)> {
        const ALSO: [&str; 11] = [
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "NO_PROXY",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "TF_CLI_CONFIG_FILE",
            // For tests against emulators: see terraform/variables_testing.tf.
            "TF_VAR_leave_out",
            "TF_PLUGIN_CACHE_DIR",
            // How much memory Terraform and its provider take before they spend time on collecting it.
            "GOGC",
            "GOMEMLIMIT",
        ];
        let mut passed = self.passed_on();
        let own = self.values.iter().filter(|(name, value)| {
            !value.is_empty() && (name.starts_with("AWS_") || ALSO.contains(&name.as_str()))
        });
        passed.extend(own.map(|(name, value)| (OsString::from(name), value.clone())));
        passed
    }

    /// The variables that cargo gets to build with: all but those that it gave this program when it ran it. Build scripts
    /// look at these, and would run again for another package's.
    pub fn for_cargo(&self) -> Vec<(OsString, OsString)> {
        let given = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        let passed = self.values.iter().filter(|(name, _)| !given(name));
        passed.map(|(name, value)| (OsString::from(name), value.clone())).collect()
    }

    /// Whether colour is unwanted: `NO_COLOR` is set to anything, or the terminal is dumb.
    pub fn refuse_color(&self) -> bool {
        self.values.get("NO_COLOR").is_some_and(|value| !value.is_empty()) || self.dumb_terminal()
    }

    /// Whether the terminal cannot move its cursor, so that nothing may be animated.
    pub fn dumb_terminal(&self) -> bool {
        self.values.get("TERM").is_some_and(|term| term == "dumb")
    }

    /// The folder of everything this program remembers: `EAP_STATE_DIR`, else `eap` in the XDG state folder.
    pub fn state_folder(&self) -> Result<PathBuf, Failure> {
        if let Some(folder) = self.path("EAP_STATE_DIR") {
            return Ok(std::path::absolute(folder)?);
        }
        let base = self.xdg_folder("XDG_STATE_HOME", ".local/state");
        base.map(|base| base.join("eap")).ok_or_else(|| {
            Failure::usage("there is no folder for the state: HOME is not set")
                .hint("set EAP_STATE_DIR to a folder of your own")
        })
    }

    /// The working folder and the folders above it, the nearest first.
    pub fn working_folders(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.working_folder.ancestors().map(PathBuf::from)
    }

    /// The user's configuration file, which need not exist.
    pub fn user_config_file(&self) -> Option<PathBuf> {
        Some(self.xdg_folder("XDG_CONFIG_HOME", ".config")?.join("eap").join("config.yaml"))
    }

    /// XDG asks to ignore relative paths in its variables.
    fn xdg_folder(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        self.path(variable)
            .filter(|folder| folder.is_absolute())
            .or_else(|| Some(self.path("HOME").or_else(|| self.path("USERPROFILE"))?.join(below_home)))
    }
}
