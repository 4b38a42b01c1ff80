//! What a person sees of a plan before agreeing to it.

use std::fmt::Write as _;

use super::cost::{self, Estimate};
use super::losses;
use crate::output;
use crate::terraform::plan::{Action, Change, Plan, Resource, addresses};
use crate::terraform::task_definition::Difference;

/// What would go, on one screen.
pub fn of_destruction(plan: &Plan) -> String {
    let mut screen = format!("This destroys {} resources", plan.count(Action::Destroy));
    let lost = addresses(plan.losses());
    if lost.is_empty() {
        screen.push_str(".\n");
    } else {
        // Writing to a String cannot fail.
        let _ = writeln!(screen, ", among them what cannot be made again:");
        for address in lost {
            let _ = writeln!(screen, "  {address}");
        }
    }
    screen
}

/// What a month costs, in one line.
fn of_cost(estimate: &Estimate) -> String {
    let Estimate { before, after, as_of, unpriced } = estimate;
    let change =
        if before.dollars() == after.dollars() { after.to_string() } else { format!("{before} to {after}") };
    let mut line = format!("about {change} a month before traffic, at prices of {as_of} in us-east-1");
    if !unpriced.is_empty() {
        let names: Vec<&str> = unpriced.iter().map(String::as_str).collect();
        let _ = write!(line, ", without {}", names.join(", "));
    }
    line
}

/// A plan on one screen.
pub fn of_plan(plan: &Plan, image: &str) -> String {
    let mut rows: Vec<Vec<String>> = plan
        .by_module()
        .into_iter()
        .map(|(module, counts)| {
            let count = |action| counts.get(&action).map_or_else(String::new, ToString::to_string);
            let actions = [Action::Create, Action::Update, Action::Replace, Action::Destroy];
            std::iter::once(module.to_owned()).chain(actions.map(count)).collect()
        })
        .collect();
    let total = [Action::Create, Action::Update, Action::Replace, Action::Destroy];
    rows.push(
        std::iter::once("total".to_owned())
            .chain(total.map(|action| plan.count(action).to_string()))
            .collect(),
    );
    let mut screen = output::table(&["Module", "Create", "Change", "Replace", "Destroy"], &rows);
    // Writing to a String cannot fail.
    let _ = match &plan.image_before {
        Some(before) if before == image => writeln!(screen, "Image  {image} (as it is)"),
        Some(before) => writeln!(screen, "Image  {before}\n    to {image}"),
        None => writeln!(screen, "Image  {image}"),
    };
    for (index, Difference { what, before, after }) in plan.task_definition.iter().enumerate() {
        let head = if index == 0 { "Task  " } else { "      " };
        let _ = match (before, after) {
            (Some(before), Some(after)) => writeln!(screen, "{head} {what}: {before} to {after}"),
            (None, Some(after)) => writeln!(screen, "{head} {what}: {after}, new"),
            (Some(before), None) => writeln!(screen, "{head} {what}: {before}, goes"),
            (None, None) => Ok(()),
        };
    }
    match cost::estimate(plan) {
        Ok(estimate) => {
            let _ = writeln!(screen, "Cost   {}", of_cost(&estimate));
        }
        Err(failure) => {
            let _ = writeln!(screen, "Cost   unknown: {failure}");
        }
    }
    if leaves_listener_open(plan) {
        screen.push_str(
            "TLS    ends at the gateway: without a domain_name there is no certificate for the load balancer behind it\n",
        );
    }
    screen + &of_losses(plan)
}

/// What would be lost, and what is protected and therefore refused, a line each.
fn of_losses(plan: &Plan) -> String {
    let protected = losses::refused(plan);
    let losses = plan.losses();
    let others = protected.iter().filter(|change| !losses.contains(*change));
    let line = |change: &&Change| {
        let verb = if change.action == Action::Replace { "replaces" } else { "destroys" };
        let refused =
            if protected.contains(change) { ", which is protected: a deploy refuses that" } else { "" };
        format!("Careful: it {verb} {}{refused}\n", change.address)
    };
    losses.iter().chain(others).map(line).collect()
}

/// Whether what the plan makes or changes of the load balancer's listener speaks plain HTTP.
fn leaves_listener_open(plan: &Plan) -> bool {
    const LISTENER: &str = "aws_lb_listener";
    let open = |resource: &Resource| resource.kind == LISTENER && resource.values["protocol"] == "HTTP";
    let touched = |change: &Change| change.kind == LISTENER && change.action != Action::Destroy;
    plan.changes.iter().any(touched) && plan.after.iter().any(open)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_lost_and_what_is_refused_is_told_once() {
        let change = |address: &str, kind: &str, actions: &[&str], before: serde_json::Value| json!({"address": address, "type": kind, "mode": "managed", "change": {"actions": actions, "before": before}});
        let bucket = |protected: bool| json!({"bucket": "b", "force_destroy": !protected});
        let mut half_made = change(
            "aws_lb.half",
            "aws_lb",
            &["delete", "create"],
            json!({"enable_deletion_protection": true, "arn": "a"}),
        );
        half_made["action_reason"] = json!("replace_because_tainted");
        let plan = json!({"resource_changes": [
            change("aws_s3_bucket.logs", "aws_s3_bucket", &["delete", "create"], bucket(true)),
            change("aws_s3_bucket.open", "aws_s3_bucket", &["delete"], bucket(false)),
            change("aws_lb.this", "aws_lb", &["delete"], json!({"enable_deletion_protection": true, "arn": "a"})),
            half_made,
        ]});
        let plan = Plan::parse(plan.to_string().as_bytes()).unwrap();
        assert_eq!(
            of_losses(&plan),
            "Careful: it replaces aws_s3_bucket.logs, which is protected: a deploy refuses that\n\
             Careful: it destroys aws_s3_bucket.open\n\
             Careful: it destroys aws_lb.this, which is protected: a deploy refuses that\n"
        );
    }

    #[test]
    fn a_new_listener_without_tls_is_told() {
        let plan = |actions: &[&str], protocol: &str| {
            let text = json!({
                "resource_changes": [{"address": "aws_lb_listener.api", "type": "aws_lb_listener", "mode": "managed",
                    "change": {"actions": actions}}],
                "planned_values": {"root_module": {"resources": [{"type": "aws_lb_listener", "mode": "managed",
                    "values": {"protocol": protocol}}]}},
            });
            Plan::parse(text.to_string().as_bytes()).unwrap()
        };
        assert!(leaves_listener_open(&plan(&["create"], "HTTP")));
        assert!(!leaves_listener_open(&plan(&["create"], "HTTPS")));
        assert!(!leaves_listener_open(&plan(&["no-op"], "HTTP")));
    }
}
