//! The role that workflows on GitHub deploy as.

use crate::account::Account;
use crate::environment::{TestEnvironment, Transcript};
use crate::life::image;

const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";

#[test]
fn a_repository_gets_a_role_for_its_environments_alone() {
    let Some(account) = Account::empty() else { return };
    let machine = account.machine();
    bootstrapped(&machine, "dev");
    assert!(!account.iam("ListRoles").contains("DeployRole"));

    let settings = |repository: &str| {
        let bootstrap = format!("  github_repository: {repository}\n  github_provider_arn: {PROVIDER}\n");
        machine.write("config/dev.yaml", &format!("region: us-east-1\nbootstrap:\n{bootstrap}"));
    };
    settings("shop/*");
    let refused = machine.run(&["deploy", "--env", "dev", "--image", &image('1')]);
    assert_eq!(refused.code, 64, "{refused}");
    assert!(refused.stderr.contains("bootstrap.github_repository is `shop/*`"), "{refused}");

    settings("shop/analytics");
    let made = bootstrapped(&machine, "dev");
    assert!(made.stderr.contains("brought up to date"), "{made}");
    assert!(made.stderr.contains("workflows on GitHub deploy as arn:aws:iam::123456789012:role/"), "{made}");
    let roles = account.iam("ListRoles");
    for environment in ["dev", "staging", "prod"] {
        let subject = format!("\"repo:shop/analytics:environment:{environment}\"");
        assert!(roles.contains(&subject), "without {subject}: {roles}");
    }
    assert!(roles.contains("sts.amazonaws.com") && roles.contains("oidc-provider/token.actions"), "{roles}");
    let policies = account.iam("ListPolicies&Scope=Local");
    assert_eq!(policies.matches("<PolicyName>").count(), 3, "{policies}");

    // Another environment, whose files say nothing of it, leaves it alone.
    let other = bootstrapped(&machine, "staging");
    assert!(other.stderr.contains("as wanted"), "{other}");
    assert!(account.iam("ListRoles").contains("DeployRole"));
}

/// A deploy that ends after the bootstrap, because nobody agrees to its plan.
fn bootstrapped(machine: &TestEnvironment, environment: &str) -> Transcript {
    let ended = machine.run(&["deploy", "--env", environment, "--image", &image('1'), "-v"]);
    assert_eq!(ended.code, 64, "{ended}");
    assert!(ended.stderr.contains("agree with --yes"), "{ended}");
    ended
}
