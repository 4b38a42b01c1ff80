//! What the help says, and that wrong calls end with 64.

use crate::environment::{TestEnvironment, assert_transcript};

const COMMANDS: [&str; 12] = [
    "deploy",
    "destroy",
    "rollback",
    "history",
    "unlock",
    "doctor",
    "monitor",
    "logs",
    "import",
    "build-push",
    "completions",
    "config",
];

#[test]
fn the_help_of_every_command() {
    let environment = TestEnvironment::without_api();
    assert_transcript("help", &environment.run(&["--help"]));
    for command in COMMANDS {
        let transcript = environment.run(&[command, "--help"]);
        assert!(transcript.stdout.contains("Examples:"), "{command} has no examples");
        assert_transcript(&format!("help_{}", command.replace('-', "_")), &transcript);
    }
    assert_transcript("help_config_show", &environment.run(&["config", "show", "--help"]));
}

#[test]
fn wrong_calls_end_with_64() {
    let environment = TestEnvironment::without_api();
    let calls: [(&str, &[&str]); 6] = [
        ("usage_nothing", &[]),
        ("usage_unknown_command", &["deplyo"]),
        ("usage_unknown_flag", &["deploy", "--environment", "local"]),
        ("usage_no_environment", &["deploy"]),
        ("usage_other_environment", &["rollback", "--env", "local"]),
        ("usage_port_zero", &["deploy", "--env", "local", "--port", "0"]),
    ];
    for (name, arguments) in calls {
        let transcript = environment.run(arguments);
        assert_eq!(transcript.code, 64, "{transcript}");
        assert_transcript(name, &transcript);
    }
}

#[test]
fn colour_comes_only_where_it_is_wanted() {
    let mut environment = TestEnvironment::without_api();
    let coloured = |environment: &TestEnvironment, color: &str| {
        environment.run(&["deploy", "--color", color]).stderr.contains('\u{1b}')
    };
    assert!(!coloured(&environment, "auto"));
    assert!(!coloured(&environment, "never"));
    assert!(coloured(&environment, "always"));
    environment.set("NO_COLOR", "1");
    assert!(coloured(&environment, "always"), "a flag wins over a variable");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let environment = TestEnvironment::without_api();
    let script = format!("{} completions zsh | head -n 1", env!("CARGO_BIN_EXE_eap"));
    let output = std::process::Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {script}")])
        .env("EAP_STATE_DIR", environment.path("state"))
        .output()
        .unwrap();
    let transcript = environment.transcript(&output);
    assert_eq!((transcript.code, transcript.stdout.as_str()), (0, "#compdef eap\n"), "{transcript}");
    assert_eq!(transcript.stderr, "");
}
