//! Credentials that expire while a command runs, and that the user renews meanwhile.

use std::sync::Arc;

use crate::aws::StandIn;
use crate::follow::{Follower, stored};
use crate::store::{Store, now_ms};

#[test]
fn whoever_logs_in_again_is_heard_by_a_follower_that_runs() {
    let now = now_ms();
    let store = Arc::new(Store::new(vec![stored(1, now, now), stored(2, now + 4_000, now + 4_000)], 60));
    let account = StandIn::start(move |call| {
        let expired = r#"{"__type": "ExpiredTokenException", "message": "The security token included in the request is expired"}"#;
        // The first session ends after the first event.
        if call.authorization.contains("OLDKEY") && call.action == "FilterLogEvents" && now_ms() > now + 3_000
        {
            return Some((400, expired.to_owned()));
        }
        store.answer(call)
    });
    let mut machine = account.machine();
    for variable in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        machine.set(variable, "");
    }
    let log_in = |key: &str| {
        let file = machine.path("home/.aws/credentials");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(
            file,
            format!(
                "[default]\naws_access_key_id = {key}\naws_secret_access_key = s\naws_session_token = t\n"
            ),
        )
        .unwrap();
    };
    log_in("OLDKEY");
    let follower = Follower::start(
        &machine,
        &["--since", "10s", "--interval", "300ms", "--source", "api", "--no-live-tail"],
    );
    follower.wait_until("the first line", |follower| follower.messages() == ["event 1"]);
    std::thread::sleep(std::time::Duration::from_secs(5));
    log_in("NEWKEY");
    follower.wait_until("the second line", |follower| follower.messages().len() == 2);
    let (_, said) = follower.end();
    assert!(said.contains("The security token included in the request is expired; trying again"), "{said}");
    assert!(said.contains("reading again; nothing was missed"), "{said}");
}
