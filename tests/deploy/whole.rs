//! The whole tree of each environment: made, found as wanted, and taken down by `eap` alone.

use serde_json::json;

use crate::account::{ACCOUNT, Account};
use crate::environment::TestEnvironment;
use crate::interruptions::cut_short;
use crate::life::image;
use crate::served::serve_behind;

#[test]
fn the_whole_of_dev() {
    let Some(whole) = Whole::of("dev") else { return };
    whole.comes_up();
    let destroyed = whole.machine.run(&["destroy", "--env", "dev", "--yes", "--output", "json"]);
    assert_eq!(destroyed.code, 0, "{destroyed}");
    whole.is_gone();
}

#[test]
fn the_whole_of_staging() {
    let Some(whole) = Whole::of("staging") else { return };
    whole.comes_up();
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

    let destroy = ["destroy", "--env", "prod", "--confirm", "prod", "--output", "json"];
    // With a part of it done; then killed, whose Terraform goes on alone and holds the lock.
    assert_eq!(cut_short(&whole.machine, &destroy, "  delete module.service", "-INT"), Some(130));
    assert_eq!(cut_short(&whole.machine, &destroy, "Terraform: plan", "-KILL"), None);
    let last = whole.machine.run(&destroy);
    assert_eq!(last.code, 0, "{last}");
    assert!(last.stderr.contains("was interrupted (destroy); going on"), "{last}");
    assert!(!last.stderr.contains("  create "), "what was gone is made again: {last}");
    whole.is_gone();
}

struct Whole {
    environment: &'static str,
    account: Account,
    machine: TestEnvironment,
}

impl Whole {
    fn of(environment: &'static str) -> Option<Self> {
        let account = Account::empty()?;
        let mut machine = account.machine();
        machine.set("TF_VAR_leave_out", "[]");
        machine.set("EAP_ACCOUNT_ID", ACCOUNT);
        account.steer("rollouts", &json!({"outcome": "completes", "pace": 0.2}));
        Some(Self { environment, account, machine })
    }

    /// Deployed, called through the gateway, and then there is nothing left to do.
    fn comes_up(&self) {
        let (name, image) = (self.environment, image('1'));
        let deploy = ["deploy", "--env", name, "--image", &image, "--yes", "--output", "json"];
        let (deployed, _api) = std::thread::scope(|scope| {
            // It serves as soon as its key is there, in the middle of the deploy.
            let api = scope.spawn(|| serve_behind(&self.account, &self.machine, name));
            (self.machine.run(&deploy), api.join().unwrap())
        });
        assert_eq!(deployed.code, 0, "{deployed}");
        assert_eq!(deployed.json()["smoke_test"].as_array().unwrap().len(), 5, "{deployed}");
        self.account.assert_outputs(name, &self.state_bucket());
        let plan = ["deploy", "--env", name, "--plan-only", "--detailed-exitcode", "--image", &image];
        let unchanged = self.machine.run(&plan);
        assert_eq!((unchanged.code, unchanged.stdout.as_str()), (0, "Nothing to change.\n"), "{unchanged}");
    }

    fn state_bucket(&self) -> String {
        let told = self.machine.run(&["config", "backend", "--env", self.environment, "--output", "json"]);
        told.json()["bucket"].as_str().unwrap().to_owned()
    }

    fn is_gone(&self) {
        self.account.assert_nothing_left_but(self.environment, &self.state_bucket());
        let nothing =
            self.machine.run(&["destroy", "--env", self.environment, "--confirm", self.environment]);
        let expected = (0, "There was nothing to destroy.\n");
        assert_eq!((nothing.code, nothing.stdout.as_str()), expected, "{nothing}");
    }
}
