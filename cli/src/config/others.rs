//! Settings of an environment in AWS besides its infrastructure, for showing them with where each comes from.

use serde_json::{Value, json};

use super::layers::Layer;
use super::{ImageConfig, Origin, Setting, Values, first};

/// A key and how its value is had.
type Key = (&'static str, fn(&Values) -> Option<Value>);

const KEYS: [Key; 11] = [
    ("image.scan.fail_on", |v| v.image.scan.fail_on.map(|fail_on| json!(fail_on))),
    ("api.time_zone", |v| v.api.time_zone.clone().map(Value::from)),
    ("api.currency", |v| v.api.currency.clone().map(Value::from)),
    ("api.max_body_bytes", |v| v.api.max_body_bytes.map(Value::from)),
    ("api.cors_allowed_origins", |v| v.api.cors_allowed_origins.clone().map(Value::from)),
    ("monitor.window", |v| v.monitor.window.map(|window| format!("{window:#}").into())),
    ("monitor.degraded_error_percent", |v| v.monitor.degraded_error_percent.map(Value::from)),
    ("monitor.unhealthy_error_percent", |v| v.monitor.unhealthy_error_percent.map(Value::from)),
    ("monitor.degraded_p95_ms", |v| v.monitor.degraded_p95_ms.map(Value::from)),
    ("bootstrap.github_repository", |v| v.bootstrap.github_repository.clone().map(Value::from)),
    ("bootstrap.github_provider_arn", |v| v.bootstrap.github_provider_arn.clone().map(Value::from)),
];

/// Those that have a value, in the order of the files.
pub(super) fn of(layers: &[Layer], image: &ImageConfig) -> Vec<(String, Setting<Value>)> {
    let repository = first(layers, "image.repository", |v| v.image.repository.clone().map(Value::from));
    // Without one the name is the project's.
    let repository = repository
        .unwrap_or_else(|| Setting { value: image.repository.clone().into(), origin: Origin::Default });
    let mut found = vec![("image.repository".to_owned(), repository)];
    found.extend(KEYS.iter().filter_map(|(key, get)| Some(((*key).to_owned(), first(layers, key, get)?))));
    found
}
