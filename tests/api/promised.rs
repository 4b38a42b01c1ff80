//! Whether answers are what the `OpenAPI` document promises: what is required is there, and a number is a number. One that is
//! none would be written as a null.

use serde_json::{Value, json};

use crate::{http, program::Server};

/// The document of a service.
pub(crate) struct Promises(Value);

impl Promises {
    /// Those of `server`.
    pub(crate) fn of(server: &Server) -> Self {
        Self(http::get(server.address, "/openapi.json").json())
    }

    /// The shape of the answer to a GET of `path`.
    pub(crate) fn shape(&self, path: &str) -> &Value {
        let content = &self.0["paths"][path]["get"]["responses"]["200"]["content"];
        let shape = &content["application/json"]["schema"];
        assert!(shape.is_object(), "{path} is not in the document: {content}");
        shape
    }

    /// What of `value` is not as `shape` says, and where.
    pub(crate) fn broken(&self, shape: &Value, value: &Value) -> Option<String> {
        self.broken_at("", shape, value)
    }

    fn broken_at(&self, at: &str, shape: &Value, value: &Value) -> Option<String> {
        if let Some(reference) = shape["$ref"].as_str() {
            let shape = self.0.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference}"));
            return self.broken_at(at, shape, value);
        }
        if let Some(all) = shape["allOf"].as_array() {
            return all.iter().find_map(|one| self.broken_at(at, one, value));
        }
        if let Some(choice) = shape["oneOf"].as_array().or(shape["anyOf"].as_array()) {
            let wrong: Option<Vec<String>> =
                choice.iter().map(|one| self.broken_at(at, one, value)).collect();
            return wrong.map(|wrong| wrong.join(", and "));
        }
        let kinds = match &shape["type"] {
            Value::Array(kinds) => kinds.as_slice(),
            kind => std::slice::from_ref(kind),
        };
        if !kinds.iter().any(|kind| kind.is_null() || is_of(value, kind.as_str().expect("a type"))) {
            return Some(format!("{at} is no {kinds:?}: {value}"));
        }
        if let (Some(least), Some(number)) = (shape["minimum"].as_f64(), value.as_f64())
            && number < least
        {
            return Some(format!("{at} is less than {least}: {value}"));
        }
        match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| self.broken_at(&format!("{at}[{index}]"), &shape["items"], item)),
            Value::Object(members) => {
                let missing = shape["required"].as_array().into_iter().flatten();
                let mut missing =
                    missing.filter(|name| !members.contains_key(name.as_str().expect("a name")));
                if let Some(name) = missing.next() {
                    return Some(format!("{at} lacks {name}"));
                }
                members.iter().find_map(|(name, member)| {
                    let named = &shape["properties"][name];
                    let shape = if named.is_null() { &shape["additionalProperties"] } else { named };
                    self.broken_at(&format!("{at}.{name}"), shape, member)
                })
            }
            _ => None,
        }
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the document has the type {other}"),
    }
}

#[test]
fn what_breaks_a_promise_is_found() {
    let document = json!({ "components": { "schemas": { "Row": {
        "type": "object", "required": ["mean"],
        "properties": { "mean": { "type": "number", "minimum": 0 }, "low": { "type": ["number", "null"] } },
    } } } });
    let promises = Promises(document);
    let shape = json!({ "allOf": [{ "type": "object" }, { "type": "object", "properties": {
        "rows": { "type": "array", "items": { "$ref": "#/components/schemas/Row" } },
        "best": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Row" }] },
    } }] });
    let found = |value: Value| promises.broken(&shape, &value);
    assert_eq!(found(json!({ "rows": [{ "mean": 1.5, "low": null }], "best": null })), None);
    assert_eq!(found(json!({ "rows": [{ "low": 1 }] })), Some(".rows[0] lacks \"mean\"".to_owned()));
    for wrong in [json!(null), json!("1"), json!(-1)] {
        assert!(found(json!({ "rows": [{ "mean": wrong }] })).is_some(), "{wrong}");
        assert!(found(json!({ "best": { "mean": wrong } })).is_some(), "{wrong}");
    }
}
