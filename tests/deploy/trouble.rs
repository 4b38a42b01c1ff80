//! What goes wrong in an environment that serves, and that it serves on.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::account::ACCOUNT;
use crate::life::{Life, versions};
use crate::served::{Api, deploy_served};

/// The first version serves before and after.
#[test]
fn what_goes_wrong_is_told_and_the_version_before_serves_on() {
    let Some(life) = Life::begin() else { return };
    life.account.steer(
        "rollouts",
        &json!({"outcome": "completes", "pace": 0.2, "exit_code": 137, "log": ["ran out of memory at dawn"]}),
    );
    let deploy = ["deploy", "--env", "staging", "--image", &versions().0, "--yes"];
    let (_, api) = deploy_served(&life.account, &life.machine, "staging", &deploy);
    life.a_version_that_answers_nobody(&api);
    life.an_alarm();
    life.a_rollout_that_does_not_end();
    life.the_version_at_work_fails(&api);
    life.half_a_plan();
    life.what_cannot_be_made_again();
    life.promoted_to_another_environment();
    // The first one, and the one that took its place.
    life.the_end(2);
}

impl Life {
    /// Its tasks run, and the smoke test fails: the version before answers again.
    fn a_version_that_answers_nobody(&self, api: &Api) {
        let (first, second) = versions();
        let over = AtomicBool::new(false);
        let failed = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    api.is_reached(&self.account, self.account.image_of_service("staging") == first);
                    std::thread::sleep(Duration::from_millis(200));
                }
            });
            let failed = self.deploy(&second);
            over.store(true, Ordering::Relaxed);
            failed
        });
        assert_eq!(failed.code, 7, "{failed}");
        assert!(failed.stderr.contains("error: smoke test: GET"), "{failed}");
        assert!(failed.stderr.contains("/health: answered 503"), "{failed}");
        assert!(failed.stderr.contains("hint: deployment 1 serves again"), "{failed}");
        assert_eq!(self.account.image_of_service("staging"), first);
        api.is_reached(&self.account, true);
    }

    fn an_alarm(&self) {
        let (first, second) = versions();
        self.account.steer("rollouts", &json!({"outcome": "alarms", "image": second}));
        let failed = self.deploy(&second);
        assert_eq!(failed.code, 7, "{failed}");
        assert!(failed.stderr.contains("ECS deployment failed: alarm detected."), "{failed}");
        assert_eq!(self.account.image_of_service("staging"), first);
    }

    /// It says what it saw last; left alone, it can be taken back later.
    fn a_rollout_that_does_not_end(&self) {
        let (first, second) = versions();
        self.account.steer("rollouts", &json!({"outcome": "stalls", "image": second}));
        let arguments = ["deploy", "--env", "staging", "--image", &second, "--yes"];
        let late = self.machine.run(&[&arguments[..], &["--timeout", "3s", "--no-rollback"]].concat());
        assert_eq!(late.code, 8, "{late}");
        assert!(
            late.stderr.contains("the rollout is not done after 3 s: 0 of 2 tasks run, 2 start, 0 failed"),
            "{late}"
        );
        self.account.steer("rollouts", &json!({"outcome": "completes"}));
        let back = self.machine.run(&["rollback", "--env", "staging", "--yes", "--output", "json"]);
        assert_eq!((back.code, &back.json()["image"]), (0, &json!(first)), "{back}");
    }

    /// There is nothing to go back to when the very version fails that served: nobody says that it was rolled back.
    fn the_version_at_work_fails(&self, api: &Api) {
        let (first, _) = versions();
        api.is_reached(&self.account, false);
        let failed = self.deploy(&first);
        assert_eq!(failed.code, 4, "{failed}");
        assert!(failed.stderr.contains("which served: nothing was rolled back"), "{failed}");
        api.is_reached(&self.account, true);
        assert_eq!(self.deploy(&first).code, 0);
    }

    /// Terraform fails at one resource, and the service is updated all the same: it is watched, whatever becomes of it.
    fn half_a_plan(&self) {
        let (first, second) = versions();
        let config = "region: us-east-1\ninfrastructure:\n  log_retention_days: 3\n";
        let config = self.machine.write("config/staging.yaml", config);
        self.account.steer("rollouts", &json!({"outcome": "crashes", "image": second}));
        self.refuse_retention_of("/vpc/");
        let crashed = self.deploy(&second);
        assert_eq!(crashed.code, 7, "{crashed}");
        assert!(crashed.stderr.contains("The new version is at work all the same"), "{crashed}");
        assert!(crashed.stderr.contains("exit code 137"), "{crashed}");
        let permission = "these credentials need the permission logs:PutRetentionPolicy";
        assert!(crashed.stderr.contains(permission), "{crashed}");
        assert_eq!(self.account.image_of_service("staging"), first);

        self.account.steer("rollouts", &json!({"outcome": "completes"}));
        self.refuse_retention_of("/vpc/");
        let half = self.deploy(&second);
        assert_eq!(half.code, 1, "{half}");
        let hint = "hint: the new version serves; only what is named above is missing";
        assert!(half.stderr.contains(hint), "{half}");
        assert_eq!(self.account.image_of_service("staging"), second);
        let history =
            self.machine.run(&["history", "--env", "staging", "--limit", "1", "--output", "json"]).json();
        assert_eq!(history["deployments"][0]["result"], "failed", "{history}");
        self.not_as_far_as_the_service();
        std::fs::remove_file(config).unwrap();
        assert_eq!(self.deploy(&first).code, 0);
    }

    /// Nobody says of a version that it serves when Terraform never came to it.
    fn not_as_far_as_the_service(&self) {
        let config = "region: us-east-1\ninfrastructure:\n  log_retention_days: 5\n";
        self.machine.write("config/staging.yaml", config);
        self.refuse_retention_of("/ecs/");
        let untouched = self.deploy(&versions().0);
        assert_eq!(untouched.code, 1, "{untouched}");
        let hint = "hint: the service was not touched: what served before serves on";
        assert!(untouched.stderr.contains(hint), "{untouched}");
        assert!(!untouched.stderr.contains("at work all the same"), "{untouched}");
    }

    /// Once for each of the log groups below that name.
    fn refuse_retention_of(&self, groups: &str) {
        let times = if groups == "/ecs/" { 2 } else { 1 };
        let message = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: logs:PutRetentionPolicy on resource: x";
        let (call, code) = ("PutRetentionPolicy", "AccessDeniedException");
        let orders = json!({"call": call, "code": code, "message": message, "times": times, "about": groups});
        self.account.steer("refusals", &orders);
    }

    fn what_cannot_be_made_again(&self) {
        let config = "region: us-east-1\ninfrastructure:\n  db_name: another\n";
        let config = self.machine.write("config/staging.yaml", config);
        let refused = self.deploy(&versions().0);
        assert_eq!(refused.code, 64, "{refused}");
        assert!(refused.stderr.contains("  | module.database.aws_db_instance."), "{refused}");
        assert!(refused.stderr.contains("when it is meant, add --allow-destroy"), "{refused}");
        let history =
            self.machine.run(&["history", "--env", "staging", "--limit", "1", "--output", "json"]).json();
        let last = &history["deployments"][0];
        assert_eq!((&last["result"], &last["applied"]), (&json!("failed"), &json!(false)), "{history}");
        // Who means it gets as far as the question.
        let asked = ["deploy", "--env", "staging", "--image", &versions().0, "--allow-destroy"];
        let asked = self.machine.run(&asked);
        assert!(asked.stderr.contains("Careful: it replaces module.database.aws_db_instance."), "{asked}");
        assert!(asked.stderr.contains("deploy needs your agreement"), "{asked}");
        self.what_is_lost_on_purpose();
        std::fs::remove_file(config).unwrap();
    }

    /// Who agrees as well gets another database, with a snapshot of the one before, another bucket for access logs, however
    /// many are in the one before, and a version that is tested on it.
    fn what_is_lost_on_purpose(&self) {
        let before = self.database_id();
        let bucket = |kind: &str| format!("ecommerce-analytics-staging-{kind}-logs-{ACCOUNT}");
        self.account.put_object(&bucket("access"), "alb/AWSLogs/1.log.gz", "a request");
        self.account.put_object(&bucket("access"), "alb/AWSLogs/1.log.gz", "another version of it");
        self.in_the_tree("modules/service/access_logs.tf", "-access-logs-", "-balancer-logs-");
        let deploy = ["deploy", "--env", "staging", "--image", &versions().0, "--yes", "--output", "json"];
        let replaced = self.machine.run(&[&deploy[..], &["--allow-destroy"]].concat());
        assert_eq!(replaced.code, 0, "{replaced}");
        let told = replaced.json();
        let named = ["module.database.aws_db_instance.mysql[0]", "module.service.aws_s3_bucket.access_logs"];
        assert_eq!(told["plan"]["losses"], json!(named), "{replaced}");
        assert_eq!(
            [bucket("access"), bucket("balancer")].map(|it| self.account.has_bucket(&it)),
            [false, true]
        );
        assert_eq!((&told["result"], told["smoke_test"].as_array().unwrap().len()), (&json!("deployed"), 5));
        assert_ne!(self.database_id(), before);
        let container = self.account.container_of_service("staging");
        let name = json!({"name": "DATABASE_NAME", "value": "another"});
        assert!(container["environment"].as_array().unwrap().contains(&name), "{container}");
        let history =
            self.machine.run(&["history", "--env", "staging", "--limit", "1", "--output", "json"]).json();
        let last = &history["deployments"][0];
        let outcome = (&last["number"], &last["result"], &last["variables"]["db_name"]);
        assert_eq!(outcome, (&told["deployment"], &json!("succeeded"), &json!("another")), "{history}");
        // It is done: nobody has to allow it again.
        let again = self.machine.run(&deploy);
        assert_eq!((again.code, &again.json()["result"]), (0, &json!("unchanged")), "{again}");
    }

    /// From now on this machine has a tree of its own, in which a file says something else, as in a later release.
    fn in_the_tree(&self, file: &str, before: &str, after: &str) {
        let (link, tree) = (self.machine.path("work/terraform"), self.machine.path("work/tree"));
        let copied = Command::new("cp").arg("-rL").arg(&link).arg(&tree).status().unwrap();
        assert!(copied.success(), "{} is not copied", link.display());
        let text = std::fs::read_to_string(tree.join(file)).unwrap();
        assert!(text.contains(before), "{file}: {text}");
        std::fs::write(tree.join(file), text.replace(before, after)).unwrap();
        std::fs::remove_file(&link).unwrap();
        std::fs::rename(tree, link).unwrap();
    }

    /// What AWS tells the one database from any other of the same name by.
    fn database_id(&self) -> String {
        let found = self.account.query("rds", "2014-10-31", "DescribeDBInstances");
        let id = found.split_once("<DbiResourceId>").and_then(|(_, rest)| rest.split_once('<'));
        id.unwrap_or_else(|| panic!("{found}")).0.to_owned()
    }

    fn promoted_to_another_environment(&self) {
        let mut command = self.machine.command(&[
            "deploy",
            "--env",
            "prod",
            "--image-from",
            "staging",
            "--plan-only",
            "--output",
            "json",
        ]);
        let planned = self.machine.transcript(&command.env("EAP_ACCOUNT_ID", ACCOUNT).output().unwrap());
        assert_eq!((planned.code, &planned.json()["image"]), (0, &json!(versions().0)), "{planned}");
    }
}
