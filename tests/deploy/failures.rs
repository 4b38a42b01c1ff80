//! What is in the way of a deploy, told before anything is touched.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::account::{ACCOUNT, Account};
use crate::environment::TestEnvironment;
use crate::life::image;

#[test]
fn a_plan_of_an_empty_account_leaves_it_empty() {
    let Some(account) = Account::empty() else { return };
    let mut machine = account.machine();
    let planned =
        machine.run(&["deploy", "--env", "dev", "--plan-only", "--detailed-exitcode", "--output", "json"]);
    assert_eq!(planned.code, 2, "{planned}");
    assert!(planned.json()["create"].as_u64().unwrap() > 80, "{planned}");
    costs_what_the_configuration_is_for(&mut machine);
    assert_eq!(account.things(), 0);

    // Nobody can be asked, and nobody agreed.
    let asked = machine.run(&["deploy", "--env", "dev", "--image", &image('1')]);
    assert_eq!(asked.code, 64, "{asked}");
    assert!(
        asked.stderr.contains("hint: look at the plan with --plan-only, and agree with --yes"),
        "{asked}"
    );
    // The bucket of the state, of the bootstrap stack, is there by now.
    assert_eq!(account.things(), 1);
    let empty = machine.run(&["history", "--env", "dev", "--output", "json"]).json();
    assert_eq!(empty["deployments"], json!([]));
}

/// Of whole trees, in dollars a month; what each environment may cost was decided when they were first made.
fn costs_what_the_configuration_is_for(machine: &mut TestEnvironment) {
    machine.set("TF_VAR_leave_out", "[]");
    machine.set("EAP_ACCOUNT_ID", ACCOUNT);
    for (environment, band) in [("dev", 50..=100), ("staging", 100..=200), ("prod", 300..=800)] {
        let planned = machine.run(&["deploy", "--env", environment, "--plan-only", "--output", "json"]);
        let cost = &planned.json()["monthly_cost_usd"];
        assert!(band.contains(&cost["after"].as_i64().unwrap()), "{environment}: {cost}");
        assert_eq!((&cost["before"], &cost["without"]), (&json!(0), &json!([])));
    }
}

#[test]
fn everything_in_the_way_is_told_at_once() {
    let Some(account) = Account::empty() else { return };
    let mut machine = account.machine();
    let old = machine.write("bin/terraform", "#!/bin/sh\necho '{\"terraform_version\": \"1.9.8\"}'\n");
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o755)).unwrap();
    machine.set("PATH", old.parent().unwrap());
    machine.set("EAP_ACCOUNT_ID", "999999999999");
    let refused = machine.run(&["deploy", "--env", "staging", "--plan-only"]);
    assert_eq!(refused.code, 64, "{refused}");
    assert!(refused.stderr.contains("error: 2 things are in the way"), "{refused}");
    assert!(refused.stderr.contains("Terraform 1.9.8 is too old, wanted 1.11 or newer"), "{refused}");
    let account_of =
        format!("these credentials are of account {ACCOUNT}, but `staging` belongs to 999999999999");
    assert!(refused.stderr.contains(&account_of), "{refused}");

    machine.set("PATH", machine.path("work"));
    machine.set("EAP_ACCOUNT_ID", "");
    let missing = machine.run(&["deploy", "--env", "prod", "--plan-only"]);
    assert_eq!(missing.code, 64, "{missing}");
    assert!(missing.stderr.contains("Terraform is not installed"), "{missing}");
    assert!(missing.stderr.contains("prod has to name its account"), "{missing}");
    assert_eq!(account.things(), 0);
}
