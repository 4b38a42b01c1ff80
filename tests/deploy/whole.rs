//! The whole tree of each environment: made, found as wanted, and taken down by `eap` alone. One is as it is shipped, one
//! has Aurora, one a name of its own.

use serde_json::{Map, Value, json};

use crate::account::{ACCOUNT, Account};
use crate::environment::{TestEnvironment, Transcript};
use crate::interruptions::cut_short;
use crate::life::image;
use crate::served::deploy_served;
use crate::survey::settings;

#[test]
fn the_whole_of_dev_on_an_aurora_that_is_protected() {
    let Some(mut whole) = Whole::of("dev") else { return };
    whole.is_made_of(settings("aurora"));
    whole.comes_up();
    let destroyed = whole.machine.run(&["destroy", "--env", "dev", "--confirm", "dev", "--output", "json"]);
    assert_eq!(destroyed.code, 0, "{destroyed}");
    let remains = &destroyed.json()["remains"];
    let snapshot = (&remains[0]["what"], &remains[0]["monthly_cost_usd"]);
    assert_eq!(snapshot, (&json!("final snapshot"), &Value::Null), "{remains}");
    whole.is_gone();
}

/// With TLS from the gateway to the load balancer: the emulator lets nobody through where it does not fit.
#[test]
fn the_whole_of_staging_under_a_name_of_its_own() {
    let Some(mut whole) = Whole::of("staging") else { return };
    let zone = whole.account.zone("shop.example");
    let mut named = settings("staging");
    named.extend([
        ("domain_name".to_owned(), json!("api.shop.example")),
        ("hosted_zone_id".to_owned(), json!(zone)),
    ]);
    whole.is_made_of(named);
    let deployed = whole.comes_up();
    assert_eq!(deployed.json()["url"], "https://api.shop.example", "{deployed}");
    let destroyed = whole.machine.run(&["destroy", "--env", "staging", "--yes", "--output", "json"]);
    assert_eq!(destroyed.code, 0, "{destroyed}");
    whole.is_gone();
}

#[test]
fn the_whole_of_prod_whose_destroy_is_cut_short() {
    let Some(whole) = Whole::of("prod") else { return };
    whole.comes_up();
    // A flag that scripts add to everything does not destroy it.
    let refused = whole.machine.run(&["destroy", "--env", "prod", "--yes"]);
    assert_eq!(refused.code, 64, "{refused}");
    assert!(refused.stderr.contains("hint: nothing was changed; when it is meant, add `--confirm prod`"));
    assert!(refused.stderr.contains("final snapshot ecommerce-analytics-prod-db-final-"), "{refused}");
    assert_eq!(whole.account.image_of_service("prod"), image('1'));
    whole.keeps_what_is_protected();

    let destroy = ["destroy", "--env", "prod", "--confirm", "prod", "--output", "json"];
    // With a part of it done; then killed, whose Terraform goes on alone and holds the lock.
    assert_eq!(cut_short(&whole.machine, &destroy, "  delete module.service", "-INT"), Some(130));
    assert_eq!(cut_short(&whole.machine, &destroy, "Terraform: plan", "-KILL"), None);
    whole.logs_come_in(2);
    let full = whole.machine.run(&destroy);
    assert_eq!(full.code, 1, "{full}");
    assert!(full.stderr.contains("was interrupted (destroy); going on"), "{full}");
    assert!(full.stderr.contains("Logs came in while their buckets were to go: emptying them once more"));
    assert!(full.stderr.contains("module.service.aws_s3_bucket.access_logs"), "{full}");
    assert!(full.stderr.contains("hint: something writes into the bucket yet"), "{full}");
    whole.logs_come_in(1);
    let last = whole.machine.run(&destroy);
    assert_eq!(last.code, 0, "{last}");
    assert!(last.stderr.contains("emptying them once more"), "{last}");
    assert!(!format!("{full}{last}").contains("  create "), "what was gone is made again: {full}{last}");
    whole.is_gone();
}

struct Whole {
    environment: &'static str,
    settings: Map<String, Value>,
    account: Account,
    machine: TestEnvironment,
}

impl Whole {
    /// As it is shipped.
    fn of(environment: &'static str) -> Option<Self> {
        let account = Account::empty()?;
        let mut machine = account.machine();
        machine.set("TF_VAR_leave_out", "[]");
        machine.set("EAP_ACCOUNT_ID", ACCOUNT);
        account.steer("rollouts", &json!({"outcome": "completes", "pace": 0.2}));
        Some(Self { environment, settings: settings(environment), account, machine })
    }

    /// By its file of configuration, which has the names of Terraform's variables.
    fn is_made_of(&mut self, settings: Map<String, Value>) {
        let mut section = settings.clone();
        assert_eq!(section.remove("environment"), Some(json!(self.environment)));
        let file = json!({"region": "us-east-1", "infrastructure": section});
        self.machine.write(&format!("config/{}.yaml", self.environment), &file.to_string());
        self.settings = settings;
    }

    /// Deployed, called through the gateway, and then there is nothing left to do.
    fn comes_up(&self) -> Transcript {
        let (name, image) = (self.environment, image('1'));
        let deploy = ["deploy", "--env", name, "--image", &image, "--yes", "--output", "json"];
        let (deployed, _api) = deploy_served(&self.account, &self.machine, name, &deploy);
        assert_eq!(deployed.json()["smoke_test"].as_array().unwrap().len(), 5, "{deployed}");
        self.account.assert_outputs(&self.settings, &self.state_bucket());
        let plan = ["deploy", "--env", name, "--plan-only", "--detailed-exitcode", "--image", &image];
        let unchanged = self.machine.run(&plan);
        assert_eq!((unchanged.code, unchanged.stdout.as_str()), (0, "Nothing to change.\n"), "{unchanged}");
        deployed
    }

    /// Whoever allows losses does not lose the records of who did what, and nothing is begun that AWS would not end.
    fn keeps_what_is_protected(&self) {
        let switches = ["config_recorder_enabled", "config_rules_enabled", "cloudtrail_enabled"];
        let off: Map<String, Value> =
            switches.iter().map(|switch| ((*switch).to_owned(), json!(false))).collect();
        let content = json!({"infrastructure": off}).to_string();
        let of_the_user = "../home/.config/eap/config.yaml";
        let file = self.machine.write(of_the_user, &content);
        let image = image('1');
        let deploy = ["deploy", "--env", "prod", "--image", &image, "--yes", "--allow-destroy"];
        let refused = self.machine.run(&deploy);
        assert_eq!(refused.code, 64, "{refused}");
        assert!(refused.stderr.contains("error: this plan destroys what is protected\n"), "{refused}");
        assert!(refused.stderr.contains("  | module.compliance[0].aws_s3_bucket.audit[0]\n"), "{refused}");
        assert!(!refused.stderr.contains("access_logs"), "what stays is not in the way: {refused}");
        assert!(refused.stderr.contains("hint: nothing was changed; when it is meant, deploy once with"));
        assert!(self.account.has_bucket(&format!("ecommerce-analytics-prod-audit-{ACCOUNT}")), "{refused}");
        std::fs::remove_file(file).unwrap();
    }

    /// So many times, each when its bucket was emptied and is to go.
    fn logs_come_in(&self, times: u32) {
        let bucket = format!("ecommerce-analytics-{}-access-logs-{ACCOUNT}", self.environment);
        self.account.steer("late-logs", &json!({"bucket": bucket, "times": times}));
    }

    fn state_bucket(&self) -> String {
        let told = self.machine.run(&["config", "backend", "--env", self.environment, "--output", "json"]);
        told.json()["bucket"].as_str().unwrap().to_owned()
    }

    fn is_gone(&self) {
        let snapshots = usize::from(self.settings["db_final_snapshot"] == true);
        self.account.assert_nothing_left_but(snapshots, &self.settings, &self.state_bucket());
        let nothing =
            self.machine.run(&["destroy", "--env", self.environment, "--confirm", self.environment]);
        let expected = (0, "There was nothing to destroy.\n");
        assert_eq!((nothing.code, nothing.stdout.as_str()), expected, "{nothing}");
    }
}
