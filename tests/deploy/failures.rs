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
    // Outside of a checkout the tree in the program is the same one.
    std::fs::remove_file(machine.path("work/terraform")).unwrap();
    let outside = machine.run(&["deploy", "--env", "dev", "--plan-only", "--output", "json"]);
    assert_eq!(outside.code, 0, "{outside}");
    assert_eq!(outside.json()["create"], planned.json()["create"], "{outside}");
    costs_what_the_configuration_is_for(&mut machine);
    assert_eq!(account.things(), 0);

    // Nobody can be asked, and nobody agreed.
    let asked = machine.run(&["deploy", "--env", "dev", "--image", &image('1')]);
    assert_eq!(asked.code, 64, "{asked}");
    assert!(
        asked.stderr.contains("hint: look at the plan with --plan-only, and agree with --yes"),
        "{asked}"
    );
    assert!(asked.stderr.contains("TLS    ends at the gateway: without a domain_name"), "{asked}");
    // The bucket of the state, of the bootstrap stack, is there by now.
    assert_eq!(account.things(), 1);
    // What was asked for is remembered, and that it changed nothing. Neither is Terraform needed to tell.
    machine.set("PATH", "/nowhere");
    let history = machine.run(&["history", "--env", "dev", "--output", "json"]).json();
    let only = &history["deployments"][0];
    assert_eq!(
        (&only["result"], &only["applied"], &only["number"]),
        (&json!("failed"), &json!(false), &json!(1))
    );
    assert!(only["error"].as_str().unwrap().contains("needs your agreement"), "{history}");
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
fn an_account_without_room_is_told_so_before_anything_is_made() {
    let Some(account) = Account::empty() else { return };
    account.steer("quotas", &json!({"db_instances": 0}));
    let machine = account.machine();
    let refused = machine.run(&["deploy", "--env", "dev", "--image", &image('1'), "--yes"]);
    assert_eq!(refused.code, 1, "{refused}");
    assert!(
        refused.stderr.contains("the account has no room in us-east-1 for what the plan makes"),
        "{refused}"
    );
    assert!(refused.stderr.contains("  | DB instances: 0 of 0 are taken, the plan makes 1"), "{refused}");
    // Of load balancers there are enough.
    assert!(!refused.stderr.contains("balancers:"), "{refused}");
    assert_eq!(account.things(), 1, "the bucket of the state");
}

#[test]
fn an_image_for_another_processor_is_refused_before_anything_is_planned() {
    let Some(account) = Account::empty() else { return };
    let machine = account.machine();
    // Makes the bootstrap stack with the repository, and asks for an agreement that nobody gives.
    assert_eq!(machine.run(&["deploy", "--env", "dev", "--image", &image('1')]).code, 64);
    let config = account.blob(r#"{"architecture": "arm64", "os": "linux"}"#);
    let put = account.call(
        "ecr",
        "AmazonEC2ContainerRegistry_V20150921.PutImage",
        &json!({
            "repositoryName": "ecommerce-analytics-api",
            "imageManifest": json!({"schemaVersion": 2, "config": {"digest": config}, "layers": []}).to_string(),
            "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
            "imageTag": "arm",
        }),
    );
    let digest = put["image"]["imageId"]["imageDigest"].as_str().unwrap_or_else(|| panic!("{put}"));
    let image = format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@{digest}");
    let refused = machine.run(&["deploy", "--env", "dev", "--image", &image, "--yes"]);
    assert_eq!(refused.code, 64, "{refused}");
    assert!(
        refused.stderr.contains("error: the image is for linux/arm64, but `dev` runs on linux/amd64"),
        "{refused}"
    );
    assert!(refused.stderr.contains("--platform linux/amd64"), "{refused}");
    assert!(!refused.stderr.contains("Plan"), "{refused}");
    // On Graviton it is the right one: the plan is made, and then nobody agrees.
    machine.write("config/dev.yaml", "region: us-east-1\ninfrastructure:\n  cpu_architecture: ARM64\n");
    let agreed = machine.run(&["deploy", "--env", "dev", "--image", &image]);
    assert_eq!(agreed.code, 64, "{agreed}");
    assert!(agreed.stderr.contains("agree with --yes"), "{agreed}");
}

#[test]
fn a_configuration_that_terraform_would_refuse_is_refused_before_anything_is_made() {
    let Some(account) = Account::empty() else { return };
    let mut machine = account.machine();
    machine.write(
        "config/dev.yaml",
        "region: us-east-1\ninfrastructure:\n  vpc_cidr: 10.1.0.0/28\n  ecs_cpu: 300\n  off_hours_task_count: 9\n",
    );
    machine.set("EAP_ACCOUNT_ID", "999999999999");
    let refused = machine.run(&["deploy", "--env", "dev", "--image", &image('1'), "--yes"]);
    assert_eq!(refused.code, 64, "{refused}");
    for wrong in [
        "vpc_cidr must be an IPv4 range between /16 and /20",
        "ecs_cpu must be 256, 512, 1024",
        "off_hours_task_count must be -1",
        "belongs to 999999999999",
    ] {
        assert!(refused.stderr.contains(wrong), "without {wrong:?}: {refused}");
    }
    assert!(refused.stderr.contains("eap config show --env dev --origin"), "{refused}");

    // The working folder is no checkout: nothing could be built after the bootstrap.
    machine.write("config/dev.yaml", "region: us-east-1\n");
    machine.set("EAP_ACCOUNT_ID", ACCOUNT);
    let unbuilt = machine.run(&["deploy", "--env", "dev", "--yes"]);
    assert!(unbuilt.stderr.contains("there is nothing to build"), "{unbuilt}");
    assert_eq!(account.things(), 0);
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
