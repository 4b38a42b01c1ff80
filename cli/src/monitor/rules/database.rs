//! The rules about the database: whether it is there, safe, and has room.

use jiff::Timestamp;

use crate::aws::database::Database;
use crate::monitor::report::{Check, Health};
use crate::monitor::vitals::Figures;

/// Point-in-time recovery lags a few minutes behind; more is worth a look.
const OLD_BACKUP_SECONDS: i64 = 60 * 60;
/// What AWS forces within this time is worth a look.
const SOON_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Less storage than this share is little, as for the alarm.
const LITTLE_STORAGE_PERCENT: f64 = 10.0;
/// Copies that are further behind answer with what is no longer true, as for the alarm.
const LONG_LAG_MS: f64 = 1_000.0;
const GIB: f64 = 1_073_741_824.0;

/// Whether a database is to have a standby.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standby {
    /// The configuration wants one.
    Wanted,
    /// It does not.
    NotWanted,
}

/// The database.
pub fn database(database: &Database, standby: Standby, now: Timestamp) -> Check {
    let Database { status, engine, multi_az, pending, maintenance, .. } = database;
    let health = of_status(status);
    let mut words = vec![format!("{engine} is {status}")];
    words.push(if *multi_az { "with a standby" } else { "without a standby" }.to_owned());
    let concerns = concerns(database, standby, now.as_second());
    words.extend(concerns.iter().map(|(_, words)| words.clone()));
    let health = if health == Health::Healthy && !concerns.is_empty() { Health::Degraded } else { health };
    if *pending {
        words.push("changes wait for the maintenance window".to_owned());
    }
    match maintenance {
        None => words.push("pending maintenance cannot be seen".to_owned()),
        Some(actions) => {
            words.extend(actions.iter().map(|it| format!("AWS wants to apply {}", it.action)));
        }
    }
    let of_status = (of_status(status) != Health::Healthy).then(|| status.clone());
    let named = of_status.into_iter().chain(concerns.into_iter().map(|(name, _)| name.to_owned()));
    Check::new("database", health, words.join(", ")).concerned(named)
}

/// Whether the database takes connections, and nothing more.
pub fn database_status(database: &Database) -> Check {
    let Database { status, engine, .. } = database;
    Check::new("database", of_status(status), format!("{engine} is {status}"))
}

fn of_status(status: &str) -> Health {
    match status {
        "available" | "backing-up" | "configuring-enhanced-monitoring" | "storage-optimization" => {
            Health::Healthy
        }
        "modifying"
        | "maintenance"
        | "upgrading"
        | "rebooting"
        | "renaming"
        | "starting"
        | "resetting-master-credentials"
        | "storage-config-upgrade" => Health::Degraded,
        _ => Health::Unhealthy,
    }
}

/// What is wrong with a database that is there: by a lasting name, and in words.
fn concerns(database: &Database, standby: Standby, now: i64) -> Vec<(&'static str, String)> {
    let mut concerns = Vec::new();
    if standby == Standby::Wanted && !database.multi_az {
        concerns.push(("no standby", "which the configuration wants".to_owned()));
    }
    if !database.encrypted {
        concerns.push(("not encrypted", "not encrypted".to_owned()));
    }
    match database.restorable_until {
        None => concerns.push(("no backup", "without a backup to restore from".to_owned())),
        Some(until) if now - until > OLD_BACKUP_SECONDS => {
            let minutes = (now - until) / 60;
            concerns.push(("old backup", format!("restorable only up to {minutes} minutes ago")));
        }
        Some(_) => {}
    }
    let forced = database.maintenance.iter().flatten().filter_map(|it| Some((it, it.forced_at?)));
    for (action, at) in forced.filter(|(_, at)| at - now < SOON_SECONDS) {
        let day = Timestamp::from_second(at).unwrap_or_default().strftime("%Y-%m-%d %H:%MZ");
        concerns.push(("forced maintenance", format!("{} is forced at {day}", action.action)));
    }
    concerns
}

/// What the database has left, and how far its copies are behind.
pub fn database_load(database: Option<&Database>, figures: &Figures) -> Check {
    let Figures { connections, storage_free_bytes, replica_lag_ms, .. } = figures;
    let mut words = Vec::new();
    let mut concerns = Vec::new();
    if let Some(connections) = connections {
        words.push(format!("{connections:.0} connections"));
    }
    if let Some(free) = storage_free_bytes {
        let all = database.and_then(|database| database.storage_gib).map(f64::from);
        let of_all = all.map_or_else(String::new, |all| format!(" of {all:.0}"));
        words.push(format!("{:.1}{of_all} GiB free", free / GIB));
        if all.is_some_and(|all| free / GIB < all * LITTLE_STORAGE_PERCENT / 100.0) {
            concerns.push("little storage".to_owned());
        }
    }
    if let Some(lag) = replica_lag_ms {
        words.push(format!("copies {lag:.0} ms behind"));
        if *lag > LONG_LAG_MS {
            concerns.push("copies lag".to_owned());
        }
    }
    if words.is_empty() {
        return Check::new("database load", Health::Unknown, "CloudWatch has no figures of the database");
    }
    let health = if concerns.is_empty() { Health::Healthy } else { Health::Degraded };
    let check = Check::new("database load", health, words.join(", ")).concerned(concerns);
    match connections {
        Some(connections) => check.measured(*connections, "connections"),
        None => check,
    }
}
