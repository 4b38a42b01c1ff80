//! What the resources of a plan cost in a month, by the dated price table `config/prices.yaml`. An estimate: what depends
//! on use is not in it. Amounts are whole micro-dollars. `parts` does the same for what is there.

mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

pub use self::parts::{Costs, Part};
use crate::aws::sizes::Processor;
use crate::failure::{Doing, Failure};
use crate::terraform::plan::{Plan, Resource};

const TABLE: &str = include_str!("../../../config/prices.yaml");
const MICRO: i64 = 1_000_000;

/// Micro-dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(i64);

/// What is there now, and what would be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// Before the plan.
    pub before: Money,
    /// After it.
    pub after: Money,
    /// Month of the prices.
    pub as_of: String,
    /// What has no price in the table, such as an unusual class of database.
    pub unpriced: BTreeSet<String>,
}

/// The price table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    as_of: String,
    hours_per_month: i64,
    fargate: Fargate,
    hourly: BTreeMap<String, Money>,
    monthly: BTreeMap<String, Money>,
    mysql: BTreeMap<String, Money>,
    #[serde(rename = "aurora-mysql")]
    aurora_mysql: BTreeMap<String, Money>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fargate {
    /// Each by the hour.
    vcpu: Money,
    gb: Money,
    spot_vcpu: Money,
    spot_gb: Money,
    arm64_vcpu: Money,
    arm64_gb: Money,
    arm64_spot_vcpu: Money,
    arm64_spot_gb: Money,
}

/// The price table that is in the program.
pub fn table() -> Result<Prices, Failure> {
    serde_yaml::from_str(TABLE).doing(|| "read the price table".to_owned())
}

/// Estimates `plan`.
pub fn estimate(plan: &Plan) -> Result<Estimate, Failure> {
    let prices = table()?;
    let mut unpriced = BTreeSet::new();
    let before = prices.monthly_of(&plan.before, &mut unpriced);
    let after = prices.monthly_of(&plan.after, &mut unpriced);
    Ok(Estimate { before, after, as_of: prices.as_of, unpriced })
}

/// A month of `count` times what the table calls `name`.
pub fn monthly_price(name: &str, count: i64) -> Result<Money, Failure> {
    Ok(table()?.monthly(name).times(count))
}

impl Prices {
    /// A month of one task of so many CPU units and MB, not on Spot.
    pub fn task_month(&self, cpu: i64, memory: i64, processor: Processor) -> Money {
        let it = &self.fargate;
        let (vcpu, gb) = match processor {
            Processor::Intel => (it.vcpu, it.gb),
            Processor::Graviton => (it.arm64_vcpu, it.arm64_gb),
        };
        self.task_of(vcpu, gb, cpu, memory)
    }

    /// The classes of databases of an engine, with a month of one instance without its storage.
    pub fn classes(&self, engine: &str) -> impl Iterator<Item = (&str, Money)> {
        let classes = if engine.starts_with("aurora") { &self.aurora_mysql } else { &self.mysql };
        classes.iter().map(|(class, hourly)| (class.as_str(), hourly.times(self.hours_per_month)))
    }

    /// CPU units are 1024 to a core, memory is in MB.
    fn task_of(&self, vcpu: Money, gb: Money, cpu: i64, memory: i64) -> Money {
        Money((vcpu.0 * cpu + gb.0 * memory) * self.hours_per_month / 1024)
    }

    fn monthly_of(&self, resources: &[Resource], unpriced: &mut BTreeSet<String>) -> Money {
        let price = |resource: &Resource| match self.of(resource, resources) {
            Ok(money) => money.0,
            Err(what) => {
                unpriced.insert(what);
                0
            }
        };
        Money(resources.iter().map(price).sum())
    }

    /// A month of one resource; an error names what the table lacks.
    fn of(&self, resource: &Resource, all: &[Resource]) -> Result<Money, String> {
        let values = &resource.values;
        match resource.kind.as_str() {
            "aws_db_instance" => self.instance(&self.mysql, values),
            "aws_rds_cluster_instance" => self.instance(&self.aurora_mysql, values),
            "aws_ecs_service" => Ok(self.service(values, all)),
            "aws_vpc_endpoint" if values["vpc_endpoint_type"] == "Interface" => {
                let subnets = values["subnet_ids"].as_array().map(Vec::len).filter(|count| *count > 0);
                let zones = subnets.unwrap_or_else(|| zones_of(all));
                Ok(self.hourly("vpc_endpoint_zone").times(count(zones) * self.hours_per_month))
            }
            "aws_wafv2_web_acl" => {
                let rules = values["rule"].as_array().map_or(0, Vec::len);
                Ok(self.monthly("aws_wafv2_web_acl").plus(self.monthly("waf_rule").times(count(rules))))
            }
            kind if self.hourly.contains_key(kind) => Ok(self.hourly(kind).times(self.hours_per_month)),
            kind => Ok(self.monthly(kind)),
        }
    }

    fn instance(&self, classes: &BTreeMap<String, Money>, values: &Value) -> Result<Money, String> {
        let class = values["instance_class"].as_str().unwrap_or("a database of no class");
        let hourly = classes.get(class).ok_or_else(|| class.to_owned())?;
        let storage = self.monthly("db_storage_gb").times(values["allocated_storage"].as_i64().unwrap_or(0));
        let copies = if values["multi_az"] == true { 2 } else { 1 };
        Ok(hourly.times(self.hours_per_month).plus(storage).times(copies))
    }

    /// Tasks at the count that the service starts with; scaling moves it.
    fn service(&self, values: &Value, all: &[Resource]) -> Money {
        let definition = all.iter().find(|resource| resource.kind == "aws_ecs_task_definition");
        let size = |name: &str| {
            let size = definition.map(|definition| &definition.values[name]);
            size.and_then(|size| size.as_str()?.parse::<i64>().ok()).unwrap_or(0)
        };
        let (cpu, memory) = (size("cpu"), size("memory"));
        let tasks = values["desired_count"].as_i64().unwrap_or(0);
        let on_demand = thousandths_on_demand(values, tasks);
        let is_arm = definition.is_some_and(|definition| {
            definition.values["runtime_platform"][0]["cpu_architecture"] == "ARM64"
        });
        let it = &self.fargate;
        let (processor, spot_vcpu, spot_gb) = if is_arm {
            (Processor::Graviton, it.arm64_spot_vcpu, it.arm64_spot_gb)
        } else {
            (Processor::Intel, it.spot_vcpu, it.spot_gb)
        };
        let paid = self.task_month(cpu, memory, processor).times(on_demand);
        let spot = self.task_of(spot_vcpu, spot_gb, cpu, memory).times(tasks * 1000 - on_demand);
        Money((paid.0 + spot.0) / 1000)
    }

    fn hourly(&self, name: &str) -> Money {
        self.hourly.get(name).copied().unwrap_or_default()
    }

    fn monthly(&self, name: &str) -> Money {
        self.monthly.get(name).copied().unwrap_or_default()
    }
}

/// How many of `tasks` do not run on Spot, in thousandths: the base, and their share of the rest.
fn thousandths_on_demand(service: &Value, tasks: i64) -> i64 {
    let strategies = service["capacity_provider_strategy"].as_array().map_or(&[][..], Vec::as_slice);
    let number = |strategy: &Value, name: &str| strategy[name].as_i64().unwrap_or(0);
    let is_spot = |strategy: &&Value| strategy["capacity_provider"] == "FARGATE_SPOT";
    let weight: i64 = strategies.iter().map(|strategy| number(strategy, "weight")).sum();
    let spot: i64 = strategies.iter().filter(is_spot).map(|strategy| number(strategy, "weight")).sum();
    if weight == 0 {
        return tasks * 1000;
    }
    let base: i64 = strategies.iter().map(|strategy| number(strategy, "base")).sum::<i64>().min(tasks);
    base * 1000 + (tasks - base) * 1000 * (weight - spot) / weight
}

fn zones_of(all: &[Resource]) -> usize {
    let subnets = all.iter().filter(|resource| resource.kind == "aws_subnet");
    subnets.filter_map(|subnet| subnet.values["availability_zone"].as_str()).collect::<BTreeSet<_>>().len()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Money {
    fn times(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Whole dollars, rounded half up.
    pub fn dollars(self) -> i64 {
        (self.0 + MICRO / 2).div_euclid(MICRO)
    }

    /// Dollars and cents, rounded half up.
    pub fn to_cents(self) -> String {
        let cents = (self.0 + MICRO / 200).div_euclid(MICRO / 100);
        format!("{}.{:02}", cents / 100, cents % 100)
    }
}

/// A text, so that it stays exact.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_cents())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        // To six places: a price of finer grain would not be exact.
        let digits = format!("{whole}{fraction:0<6}");
        let exact = fraction.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let micro = if exact { digits.parse().ok() } else { None };
        micro.map(Self).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no amount of dollars")))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.dollars())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(kind: &str, values: Value) -> Resource {
        Resource { kind: kind.to_owned(), values }
    }

    fn plan(after: Vec<Resource>) -> Plan {
        Plan {
            changes: Vec::new(),
            image_before: None,
            image_wanted: None,
            variables: serde_json::Map::new(),
            task_definition: Vec::new(),
            before: Vec::new(),
            after,
        }
    }

    #[test]
    fn a_month_is_counted_by_hand() {
        let spot = json!([
            {"capacity_provider": "FARGATE", "weight": 1, "base": 1},
            {"capacity_provider": "FARGATE_SPOT", "weight": 3, "base": 0},
        ]);
        let estimate = estimate(&plan(vec![
            resource("aws_nat_gateway", json!({})),
            resource(
                "aws_db_instance",
                json!({"instance_class": "db.t3.medium", "multi_az": true, "allocated_storage": 20}),
            ),
            resource("aws_ecs_task_definition", json!({"cpu": "1024", "memory": "2048"})),
            resource("aws_ecs_service", json!({"desired_count": 5, "capacity_provider_strategy": spot})),
            resource("aws_wafv2_web_acl", json!({"rule": [{}, {}, {}]})),
            resource("aws_vpc", json!({})),
        ]));
        // NAT 0.045 × 730 = 32.85; database 2 × (0.068 × 730 + 20 × 0.115) = 103.88; tasks: 1 + 4 / 4 on demand at
        // 0.04937 × 730 = 36.0401, 3 on Spot at 0.01575 × 730 = 11.4975; firewall 5 + 3.
        let expected = 32_850_000 + 103_880_000 + 2 * 36_040_100 + 3 * 11_497_500 + 8_000_000;
        let estimate = estimate.unwrap();
        assert_eq!((estimate.after, estimate.before), (Money(expected), Money(0)));
        assert_eq!(estimate.after.to_string(), "$251");
        assert!(estimate.unpriced.is_empty());
    }

    #[test]
    fn graviton_is_cheaper() {
        let month_on = |architecture: &str| {
            let platform = json!([{"cpu_architecture": architecture, "operating_system_family": "LINUX"}]);
            let definition = json!({"cpu": "1024", "memory": "2048", "runtime_platform": platform});
            let service = json!({"desired_count": 1, "capacity_provider_strategy": []});
            let task = resource("aws_ecs_task_definition", definition);
            estimate(&plan(vec![task, resource("aws_ecs_service", service)])).unwrap().after
        };
        // 730 hours of one core and 2 GB: 0.03238 + 2 × 0.00356, and 0.04048 + 2 × 0.004445 dollars.
        assert_eq!((month_on("ARM64"), month_on("X86_64")), (Money(28_835_000), Money(36_040_100)));
    }

    #[test]
    fn what_has_no_price_is_named() {
        let odd = resource("aws_db_instance", json!({"instance_class": "db.m7g.8xlarge"}));
        let estimate = estimate(&plan(vec![odd])).unwrap();
        assert_eq!(estimate.after, Money(0));
        assert!(estimate.unpriced.contains("db.m7g.8xlarge"));
    }

    #[test]
    fn prices_are_exact_or_refused() {
        let price = |text: &str| serde_json::from_value::<Money>(json!(text)).ok();
        assert_eq!(price("0.04048"), Some(Money(40_480)));
        assert_eq!(price("3"), Some(Money(3_000_000)));
        assert_eq!((price("0.0000001"), price("-1"), price("x")), (None, None, None));
    }
}
