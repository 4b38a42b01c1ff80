//! What a destroyed environment leaves behind on purpose, and what that costs: told before it is agreed to, and after.

use serde::Serialize;
use serde_json::Value;

use super::cost;
use super::platform::Platform;
use crate::aws::bootstrap::Bootstrap;
use crate::failure::Failure;
use crate::terraform::plan::Plan;

/// Something that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remains {
    /// What it is.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// What a month costs at most, in whole US dollars; none where that depends on how much is in it.
    pub monthly_cost_usd: Option<i64>,
    /// What becomes of it.
    pub note: String,
}

/// What stays when `plan` is carried out.
pub fn of(platform: &Platform<'_>, bootstrap: &Bootstrap, plan: &Plan) -> Result<Vec<Remains>, Failure> {
    let mut remains = of_environment(plan)?;
    remains.push(Remains {
        what: "bootstrap stack",
        name: platform.stack(),
        monthly_cost_usd: Some(cost::monthly_price("aws_kms_key", 1)?.dollars()),
        note: format!(
            "the bucket {} with states and records, its key, the images (and 0.10 dollars for each GB of them): other \
             environments share it",
            bootstrap.state_bucket
        ),
    });
    Ok(remains)
}

/// What stays of the environment itself.
fn of_environment(plan: &Plan) -> Result<Vec<Remains>, Failure> {
    let mut remains = Vec::new();
    let mut key_days = None;
    for resource in &plan.before {
        let values = &resource.values;
        match resource.kind.as_str() {
            "aws_db_instance" | "aws_rds_cluster" => remains.extend(snapshot(values)?),
            "aws_kms_key" => key_days = values["deletion_window_in_days"].as_i64(),
            _ => {}
        }
    }
    if let Some(days) = key_days {
        if let Some(snapshot) = remains.first_mut() {
            snapshot.note =
                format!("readable for {days} days, as long as its key waits: copy or restore it before");
        }
        remains.push(Remains {
            what: "key",
            name: "of the data at rest".to_owned(),
            monthly_cost_usd: Some(0),
            note: format!("waits {days} days for its deletion, which can be cancelled until then"),
        });
    }
    Ok(remains)
}

/// The final snapshot of a database, where one is taken.
fn snapshot(database: &Value) -> Result<Option<Remains>, Failure> {
    let Some(name) = database["final_snapshot_identifier"].as_str() else { return Ok(None) };
    if database["skip_final_snapshot"] == true {
        return Ok(None);
    }
    // Aurora has no size that is set.
    let storage_gb = database["allocated_storage"].as_i64().filter(|gb| *gb > 1);
    let cost = storage_gb.map(|gb| cost::monthly_price("db_snapshot_gb", gb)).transpose()?;
    Ok(Some(Remains {
        what: "final snapshot",
        name: name.to_owned(),
        monthly_cost_usd: cost.map(cost::Money::dollars),
        note: String::new(),
    }))
}

/// As a person reads it.
pub fn screen(remains: &[Remains]) -> String {
    let line = |it: &Remains| {
        let cost = match it.monthly_cost_usd {
            Some(0) => "free".to_owned(),
            Some(dollars) => format!("up to ${dollars} a month"),
            None => "by its size".to_owned(),
        };
        format!("  {} {} ({cost}): {}\n", it.what, it.name, it.note)
    };
    format!("What stays:\n{}", remains.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::terraform::plan::Resource;

    fn plan(skip: bool) -> Plan {
        let database = json!({
            "final_snapshot_identifier": "prod-db-final-1", "skip_final_snapshot": skip, "allocated_storage": 100,
        });
        let resource = |kind: &str, values| Resource { kind: kind.to_owned(), values };
        Plan {
            changes: Vec::new(),
            image_before: None,
            image_wanted: None,
            variables: serde_json::Map::new(),
            task_definition: Vec::new(),
            before: vec![
                resource("aws_db_instance", database),
                resource("aws_kms_key", json!({"deletion_window_in_days": 30})),
            ],
            after: Vec::new(),
        }
    }

    #[test]
    fn a_final_snapshot_is_told_with_its_price_and_its_end() {
        let told = screen(&of_environment(&plan(false)).unwrap());
        // 100 GB at 0.095 dollars, rounded half up.
        assert!(
            told.contains("final snapshot prod-db-final-1 (up to $10 a month): readable for 30 days"),
            "{told}"
        );
        assert!(told.contains("key of the data at rest (free): waits 30 days"), "{told}");
        let told = screen(&of_environment(&plan(true)).unwrap());
        assert!(!told.contains("snapshot") && told.contains("key"), "{told}");
    }
}
