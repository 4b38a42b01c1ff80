//! An environment from an empty account to its end.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::account::{ACCOUNT, Account};
use crate::channel::Channel;
use crate::environment::{TestEnvironment, Transcript};
use crate::served::{Api, is_below, serve_behind};
use crate::survey::settings;

#[test]
fn staging_from_an_empty_account_and_back() {
    let Some(mut life) = Life::begin() else { return };
    let channel = Channel::open();
    life.machine.set("SLACK_WEBHOOK_URL", &channel.webhook);
    life.a_first_version_that_crashes();
    let api = serve_behind(&life.account, &life.machine, "staging");
    life.a_first_version_that_serves();
    life.orders_from_a_file();
    life.what_its_state_names_is_reached(&api);
    life.a_version_that_crashes();
    life.forth_and_back();
    life.what_was_recorded();
    Life::what_the_channel_was_told(&channel);
    life.the_end(1);
}

/// An account, and a machine that deploys to it.
pub(crate) struct Life {
    pub(crate) account: Account,
    pub(crate) machine: TestEnvironment,
}

impl Life {
    /// In an empty account; nothing where this run cannot have one.
    pub(crate) fn begin() -> Option<Self> {
        let account = Account::empty()?;
        let machine = account.machine();
        // Of the user, and so in force whatever the project's file says.
        let user = "infrastructure:\n  db_final_snapshot: true\n";
        machine.write("../home/.config/eap/config.yaml", user);
        Some(Self { account, machine })
    }

    pub(crate) fn deploy(&self, image: &str) -> Transcript {
        self.machine.run(&["deploy", "--env", "staging", "--image", image, "--yes", "--output", "json"])
    }

    /// It has nothing to go back to: it stops, rather than crash on and on.
    fn a_first_version_that_crashes(&self) {
        let (first, _) = versions();
        // There is no image yet that a plan could be kept with.
        let planned = ["deploy", "--env", "staging", "--plan-only", "--plan-file", "kept.plan"];
        assert_eq!(self.machine.run(&planned).code, 64, "no bootstrap stack");
        self.account.steer(
            "rollouts",
            // So fast that ECS has given up when it is looked at.
            &json!({"outcome": "crashes", "pace": 0.05, "exit_code": 1, "log": ["no such table: orders"]}),
        );
        let hopeless = self.deploy(&first);
        assert_eq!(hopeless.code, 4, "{hopeless}");
        assert!(hopeless.stderr.contains("no such table: orders"), "{hopeless}");
        assert_eq!(self.account.service("staging")["desiredCount"], 0);
        // Woken, and left as it is to be looked at.
        let stays =
            self.machine.run(&["deploy", "--env", "staging", "--image", &first, "--yes", "--no-rollback"]);
        assert_eq!(stays.code, 4, "{stays}");
        assert!(stays.stderr.contains("The service sleeps: waking it with 2 tasks"), "{stays}");
        assert_eq!(self.account.service("staging")["desiredCount"], 2);
        self.account.steer(
            "rollouts",
            &json!({"outcome": "completes", "pace": 0.2, "exit_code": 137, "log": ["ran out of memory at dawn"]}),
        );
    }

    /// The same once more, mended: ECS, which gave it up, tries it again.
    fn a_first_version_that_serves(&self) {
        let (first, _) = versions();
        let deployed = self.deploy(&first);
        assert_eq!(deployed.code, 0, "{deployed}");
        assert!(deployed.stderr.contains("ECS gave this version up before: trying it again"), "{deployed}");
        let told = deployed.json();
        assert_eq!(
            (&told["result"], &told["deployment"], &told["image"]),
            (&json!("deployed"), &json!(3), &json!(first))
        );
        assert_eq!(told["plan"]["create"], 0, "{told}");
        assert_eq!(self.account.service("staging")["desiredCount"], 2);
        let called: Vec<&str> =
            told["smoke_test"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(called, ["health", "root", "sales", "customers", "products"]);
        let key = self.account.secret("ecommerce-analytics-staging-api-key").unwrap();
        assert!(!format!("{deployed}").contains(&key) && !is_below(&self.machine, &key), "the key shows");

        let again = self.deploy(&first);
        assert_eq!((again.code, &again.json()["result"]), (0, &json!("unchanged")), "{again}");
        // Outside of a checkout nothing can be built, and nothing need be: what is deployed is there.
        let skipped = ["deploy", "--env", "staging", "--skip-build", "--yes", "--output", "json"];
        let skipped = self.machine.run(&skipped);
        assert_eq!((skipped.code, &skipped.json()["result"]), (0, &json!("unchanged")), "{skipped}");
        assert_eq!(skipped.json()["image"], json!(first));
    }

    /// Through the gateway, with the key that is found beside it.
    fn orders_from_a_file(&self) {
        let row = "A-1,1,c1,p1,Chair,Furniture,2,10.50,2024-05-01T12:00:00Z,West,online";
        let bad = "A-2,1,c1,p1,Chair,Furniture,two,10.50,2024-05-01T12:00:00Z,West,online";
        let header = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";
        self.machine.write("orders.csv", &format!("{header}\n{row}\n{bad}\n"));
        let arguments = ["import", "--env", "staging", "orders.csv", "--output", "json"];
        let imported = self.machine.run(&arguments);
        assert_eq!(imported.code, 1, "{imported}");
        let told = imported.json();
        assert_eq!((&told["inserted"], &told["rejected"]), (&json!(1), &json!(1)), "{imported}");
        let again = self.machine.run(&arguments);
        assert_eq!(
            (&again.json()["inserted"], &again.json()["unchanged"]),
            (&json!(0), &json!(1)),
            "{again}"
        );
        let mut refused = self.machine.command(&arguments);
        let refused = self.machine.transcript(&refused.env("EAP_API_KEY", "eap_0").output().unwrap());
        assert!(refused.stderr.contains("hint: the key in EAP_API_KEY needs the scope ingest"), "{refused}");
        let key = self.account.secret("ecommerce-analytics-staging-api-key").unwrap();
        assert!(
            !format!("{imported}{again}").contains(&key) && !is_below(&self.machine, &key),
            "the key shows"
        );
        let nowhere = self.machine.run(&["import", "--env", "dev", "orders.csv"]);
        assert_eq!(nowhere.code, 1, "{nowhere}");
        assert!(nowhere.stderr.contains("nothing is deployed in `dev`"), "{nowhere}");
    }

    /// Everything that Terraform's state names, and the API through its gateway; and then not the gateway.
    fn what_its_state_names_is_reached(&self, api: &Api) {
        let ask = || self.machine.run(&["doctor", "--env", "staging", "--output", "json"]);
        let of = |asked: &Transcript, name: &str| {
            let report = asked.json();
            let found = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name);
            let check = found.unwrap_or_else(|| panic!("{asked}"));
            (check["state"].clone(), check["detail"].as_str().unwrap().to_owned())
        };
        let sound = ask();
        assert_eq!(sound.code, 0, "{sound}");
        assert!(
            of(&sound, "state").1.ends_with("/staging/terraform.tfstate can be read, and nobody locks it")
        );
        assert!(of(&sound, "repository").1.contains(&format!("{ACCOUNT}.dkr.ecr.")), "{sound}");
        assert!(of(&sound, "database").1.starts_with("ecommerce-analytics-staging-db: mysql 8.4"), "{sound}");
        assert_eq!(of(&sound, "service").1, "2 of 2 tasks run, 0 start");
        assert_eq!(of(&sound, "log").1, "7 log groups are there");
        api.is_reached(&self.account, false);
        let lost = ask();
        api.is_reached(&self.account, true);
        assert_eq!(lost.code, 1, "{lost}");
        assert!(of(&lost, "api").1.ends_with("/health answers 503 Service Unavailable"), "{lost}");
        assert_eq!(of(&lost, "log"), of(&sound, "log"));
    }

    /// It is taken back, in ECS and in Terraform's state, and the cause is on the screen.
    fn a_version_that_crashes(&self) {
        let (first, second) = versions();
        self.account.steer("rollouts", &json!({"outcome": "crashes", "image": second}));
        let crashed = self.deploy(&second);
        assert_eq!(crashed.code, 7, "{crashed}");
        assert!(
            crashed.stderr.contains("exit code 137") && crashed.stderr.contains("ran out of memory at dawn"),
            "{crashed}"
        );
        assert_eq!(self.account.image_of_service("staging"), first);
        let unchanged =
            self.machine.run(&["deploy", "--env", "staging", "--plan-only", "--detailed-exitcode"]);
        assert_eq!(unchanged.code, 0, "{unchanged}");
    }

    /// A good one serves, until somebody wants the one before; a plan that was kept is carried out as it is.
    fn forth_and_back(&self) {
        let (first, second) = versions();
        self.account.steer("rollouts", &json!({"outcome": "completes"}));
        let plan = self.machine.path("kept.plan");
        let plan = plan.to_str().unwrap();
        let kept = self.machine.run(&[
            "deploy",
            "--env",
            "staging",
            "--plan-only",
            "--plan-file",
            plan,
            "--image",
            &second,
        ]);
        assert_eq!(kept.code, 0, "{kept}");
        assert_eq!(std::fs::metadata(plan).unwrap().permissions().mode() & 0o777, 0o600);
        let elsewhere = self.machine.run(&["deploy", "--env", "dev", "--plan-file", plan, "--yes"]);
        assert_eq!(elsewhere.code, 64, "{elsewhere}");
        assert!(elsewhere.stderr.contains("is of the environment `staging`, not of `dev`"), "{elsewhere}");
        // What the configuration becomes meanwhile has nothing to do with the plan.
        let later = self.machine.write(
            "config/staging.yaml",
            "region: us-east-1\ninfrastructure:\n  ecs_cpu: 1024\n  ecs_memory: 2048\n",
        );
        let upgraded = self.machine.run(&[
            "deploy",
            "--env",
            "staging",
            "--plan-file",
            plan,
            "--yes",
            "--output",
            "json",
        ]);
        assert_eq!((upgraded.code, &upgraded.json()["image"]), (0, &json!(second)), "{upgraded}");
        let planned = self.machine.run(&["deploy", "--env", "staging", "--plan-only"]);
        assert!(planned.stdout.contains("Task   cpu: 512 to 1024\n"), "{planned}");
        std::fs::remove_file(later).unwrap();
        let back = self.machine.run(&["rollback", "--env", "staging", "--yes", "--output", "json"]);
        assert_eq!((back.code, &back.json()["image"]), (0, &json!(first)), "{back}");
        assert_eq!(self.account.image_of_service("staging"), first);
        let forth =
            self.machine.run(&["rollback", "--env", "staging", "--to", "5", "--yes", "--output", "json"]);
        assert_eq!((forth.code, &forth.json()["image"]), (0, &json!(second)), "{forth}");
        assert_eq!(forth.json()["plan"]["replace"], 2, "the task definitions alone: {forth}");
        assert_eq!(self.deploy(&first).code, 0);
    }

    /// All of that, the failures too.
    fn what_was_recorded(&self) {
        let (first, second) = versions();
        let history = self.machine.run(&["history", "--env", "staging", "--output", "json"]).json();
        let rows: Vec<(&Value, &Value, &Value)> = history["deployments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| (&d["number"], &d["result"], &d["image"]))
            .collect();
        let expected = [
            (json!(8), json!("succeeded"), json!(first)),
            (json!(7), json!("succeeded"), json!(second)),
            (json!(6), json!("succeeded"), json!(first)),
            (json!(5), json!("succeeded"), json!(second)),
            (json!(4), json!("rolled back"), json!(second)),
            (json!(3), json!("succeeded"), json!(first)),
            (json!(2), json!("failed"), json!(first)),
            (json!(1), json!("failed"), json!(first)),
        ];
        assert_eq!(rows, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
        // The plan that was kept had variables of its own, and they are what a rollback brings back.
        let planned = &history["deployments"][3]["variables"];
        assert_eq!(
            (&planned["ecs_cpu"], &planned["environment"]),
            (&json!(512), &json!("staging")),
            "{planned}"
        );
        assert!(planned.get("api_key").is_none() && planned.get("container_image").is_none());
    }

    /// A line for each deployment, the good and the bad.
    fn what_the_channel_was_told(channel: &Channel) {
        let told = channel.told();
        let by = "by arn:aws:";
        for (index, begin) in [
            (0, ":x: *staging*: deploy 1 of image `111111111111` failed after "),
            (2, ":white_check_mark: *staging*: deploy 3 of image `111111111111` succeeded after "),
            (3, ":x: *staging*: deploy 4 of image `222222222222` rolled back after "),
            (5, ":white_check_mark: *staging*: rollback 6 of image `111111111111` succeeded after "),
        ] {
            assert!(told[index].starts_with(begin) && told[index].contains(by), "{told:#?}");
        }
        assert!(told[3].contains("\n> the rollout failed: "), "{told:#?}");
        // What changed nothing is no news.
        assert_eq!(told.len(), 8, "{told:#?}");
    }

    /// Everything goes, but what other environments share, and a snapshot of each database that was there.
    pub(crate) fn the_end(&self, databases: usize) {
        let destroyed = self.machine.run(&["destroy", "--env", "staging", "--yes", "--output", "json"]);
        assert_eq!(destroyed.code, 0, "{destroyed}");
        assert!(destroyed.json()["destroyed"].as_u64().unwrap() > 80, "{destroyed}");
        let remains = destroyed.json()["remains"].clone();
        let kinds: Vec<&Value> = remains.as_array().unwrap().iter().map(|it| &it["what"]).collect();
        assert_eq!(kinds, ["final snapshot", "key", "bootstrap stack"], "{remains}");
        let state = self.machine.run(&["config", "backend", "--env", "staging", "--output", "json"]).json();
        self.account.assert_nothing_left_but(
            databases,
            &settings("staging"),
            state["bucket"].as_str().unwrap(),
        );
        let nothing = self.machine.run(&["destroy", "--env", "staging", "--yes"]);
        assert_eq!(
            (nothing.code, nothing.stdout.as_str()),
            (0, "There was nothing to destroy.\n"),
            "{nothing}"
        );
    }
}

/// Two images.
pub(crate) fn versions() -> (String, String) {
    (image('1'), image('2'))
}

/// An image by a digest that nothing pulls.
pub(crate) fn image(digit: char) -> String {
    let digest = digit.to_string().repeat(64);
    format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:{digest}")
}
