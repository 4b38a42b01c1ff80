//! The committed completions and man pages are those of the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::environment::TestEnvironment;

#[test]
fn the_committed_files_are_up_to_date() {
    let environment = TestEnvironment::without_api();
    let fresh = environment.path("fresh");
    let transcript = environment.run(&["completions", "--write", fresh.to_str().unwrap()]);
    assert_eq!(transcript.code, 0, "{transcript}");
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../completions");
    let (fresh, committed) = (files(&fresh), files(&committed));
    let regenerate = "run `cargo run -p eap -- completions --write completions` and commit";
    let names = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&fresh), names(&committed), "{regenerate}");
    for (name, content) in &fresh {
        assert!(committed[name] == *content, "{} is out of date: {regenerate}", name.display());
    }
}

#[test]
fn every_shell_gets_its_script() {
    let environment = TestEnvironment::without_api();
    let sign_of = [
        ("bash", "complete -F _eap"),
        ("zsh", "#compdef eap"),
        ("fish", "complete -c eap"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName 'eap'"),
        ("elvish", "edit:completion:arg-completer[eap]"),
    ];
    for (shell, sign) in sign_of {
        let transcript = environment.run(&["completions", shell]);
        assert_eq!(transcript.code, 0, "{transcript}");
        assert!(transcript.stdout.contains(sign), "{shell}: {transcript}");
    }
}

#[test]
fn programs_get_script_and_paths_as_json() {
    let environment = TestEnvironment::without_api();
    let script = environment.run(&["completions", "fish"]).stdout;
    let told = environment.run(&["completions", "fish", "--output", "json"]);
    assert_eq!(told.code, 0, "{told}");
    assert_eq!(told.json(), json!({"schema_version": 1, "shell": "fish", "script": script}));

    let told = environment.run(&["completions", "--write", "fresh", "--output", "json"]);
    assert_eq!(told.code, 0, "{told}");
    let names = files(&environment.path("work/fresh")).into_keys();
    let found: BTreeSet<String> = names.map(|name| format!("fresh/{}", name.display())).collect();
    let written: Vec<String> = serde_json::from_value(told.json()["written"].clone()).unwrap();
    assert_eq!(written.len(), found.len(), "{told}");
    assert_eq!(BTreeSet::from_iter(written), found);
    assert!(found.contains("fresh/eap.bash") && found.contains("fresh/man/eap-deploy.1"), "{found:?}");
    assert_eq!(told.json()["schema_version"], 1);
    let plain = environment.run(&["completions", "--write", "fresh"]);
    assert_eq!((plain.code, plain.stdout.as_str()), (0, ""), "{plain}");
}

/// Every file below `folder` by its path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}
