//! What an environment that is there costs in a month, part by part, the most expensive first. For `eap monitor --detailed`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Money, Prices, table};
use crate::failure::Failure;
use crate::terraform::plan::Resource;
use crate::terraform::state;

/// As many parts are the most expensive ones.
const MOST: usize = 5;

/// What an environment costs in a month, by the price table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Costs {
    /// Month of the prices.
    pub as_of: String,
    /// All of it, in US dollars.
    pub monthly_usd: Money,
    /// Its most expensive parts, the most expensive first.
    pub parts: Vec<Part>,
    /// The others together, in US dollars.
    pub rest_usd: Money,
    /// What has no price in the table, such as an unusual class of database.
    pub unpriced: BTreeSet<String>,
}

/// Things of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What they are.
    pub what: String,
    /// How many there are; of tasks, how many services.
    pub count: usize,
    /// All of them, in US dollars.
    pub monthly_usd: Money,
}

impl Costs {
    /// Reads the resources in Terraform's state.
    pub fn of_state(text: &[u8]) -> Result<Self, Failure> {
        Ok(Self::of(&table()?, &state::resources(text)?))
    }

    fn of(prices: &Prices, resources: &[Resource]) -> Self {
        let mut unpriced = BTreeSet::new();
        let mut kinds: BTreeMap<&str, (usize, Money)> = BTreeMap::new();
        for resource in resources {
            match prices.of(resource, resources) {
                Ok(price) if price > Money::default() => {
                    let (count, sum) = kinds.entry(words(&resource.kind)).or_default();
                    (*count, *sum) = (*count + 1, sum.plus(price));
                }
                Ok(_) => {}
                Err(what) => {
                    unpriced.insert(what);
                }
            }
        }
        let monthly_usd = kinds.values().fold(Money::default(), |sum, (_, price)| sum.plus(*price));
        let part =
            |(what, (count, monthly_usd)): (&str, _)| Part { what: what.to_owned(), count, monthly_usd };
        let mut parts: Vec<Part> = kinds.into_iter().map(part).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.monthly_usd));
        let rest = parts.split_off(parts.len().min(MOST));
        let rest_usd = rest.iter().fold(Money::default(), |sum, part| sum.plus(part.monthly_usd));
        Self { as_of: prices.as_of.clone(), monthly_usd, parts, rest_usd, unpriced }
    }
}

fn words(kind: &str) -> &str {
    match kind {
        "aws_ecs_service" => "tasks",
        "aws_db_instance" | "aws_rds_cluster_instance" => "database",
        "aws_nat_gateway" => "NAT gateways",
        "aws_lb" => "load balancer",
        "aws_vpc_endpoint" => "VPC endpoints",
        "aws_wafv2_web_acl" => "firewall",
        "aws_kms_key" => "keys",
        "aws_secretsmanager_secret" => "secrets",
        "aws_cloudwatch_metric_alarm" | "aws_cloudwatch_composite_alarm" => "alarms",
        "aws_cloudwatch_dashboard" => "dashboards",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_are_summed_by_kind_and_the_most_expensive_come_first() {
        let instance = |kind: &str, attributes: &[serde_json::Value]| {
            let instances: Vec<_> = attributes.iter().map(|it| json!({"attributes": it})).collect();
            json!({"mode": "managed", "type": kind, "name": "this", "instances": instances})
        };
        let one = [json!({})];
        let two = [json!({}), json!({})];
        let alarms = vec![json!({}); 3];
        let database = json!({"instance_class": "db.t3.small", "multi_az": false, "allocated_storage": 20});
        let read = json!({"mode": "data", "type": "aws_nat_gateway", "instances": [{"attributes": {}}]});
        let state = json!({"version": 4, "outputs": {}, "resources": [
            instance("aws_cloudwatch_metric_alarm", &alarms),
            instance("aws_kms_key", &two),
            instance("aws_nat_gateway", &two),
            instance("aws_secretsmanager_secret", &one),
            instance("aws_lb", &one),
            instance("aws_vpc", &one),
            instance("aws_db_instance", &[database]),
            instance("aws_rds_cluster_instance", &[json!({"instance_class": "db.x2g.large"})]),
            read,
        ]});
        let costs = Costs::of_state(state.to_string().as_bytes()).unwrap();
        // By hand: 2 × 0.045 × 730; 0.034 × 730 + 20 × 0.115; 0.0225 × 730; 2 × 1.00; 0.40; and three alarms 0.30.
        let parts: Vec<_> = costs
            .parts
            .iter()
            .map(|part| (part.what.as_str(), part.count, part.monthly_usd.to_cents()))
            .collect();
        assert_eq!(
            parts,
            [
                ("NAT gateways", 2, "65.70".to_owned()),
                ("database", 1, "27.12".to_owned()),
                ("load balancer", 1, "16.43".to_owned()),
                ("keys", 2, "2.00".to_owned()),
                ("secrets", 1, "0.40".to_owned()),
            ]
        );
        let told = serde_json::to_value(&costs).unwrap();
        assert_eq!((&told["monthly_usd"], &told["rest_usd"]), (&json!("111.95"), &json!("0.30")));
        assert_eq!(costs.unpriced.into_iter().collect::<Vec<_>>(), ["db.x2g.large"]);
    }
}
