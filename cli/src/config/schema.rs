//! The schema of configuration files, for editors, out of the types that read them. Draft 7, which editors know best.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::Values;

/// The schema as a JSON document.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut document = generator.into_root_schema_for::<Values>().to_value();
    plain(&mut document);
    document["title"] = json!("Configuration of eap");
    document
}

/// An absent key is an option here and nothing there: files do not say null, and have their defaults from elsewhere.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("default");
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
                if let [only] = choices.as_slice() {
                    let only = only.clone();
                    fields.remove("anyOf");
                    fields.insert("allOf".to_owned(), json!([only]));
                }
            }
            fields.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_described_and_others_are_refused() {
        let schema = schema();
        let objects = schema["definitions"].as_object().unwrap().values().chain([&schema]);
        for object in objects.filter(|object| object["type"] == "object") {
            assert_eq!(object["additionalProperties"], false, "{object}");
            for (key, property) in object["properties"].as_object().unwrap() {
                assert!(property["description"].is_string(), "{key}: {property}");
                assert!(!property.to_string().contains("null"), "{key}: {property}");
            }
        }
    }
}
