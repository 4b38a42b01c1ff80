//! JSON as CBOR (RFC 8949), which CloudWatch speaks. Numbers under names that end with `Timestamp` are
//! instants, and so are those in lists whose names end with `Timestamps`.

use serde_json::Value;

/// The bytes of `value`.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, value);
    bytes
}

fn put(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => bytes.push(0xf6),
        Value::Bool(it) => bytes.push(if *it { 0xf5 } else { 0xf4 }),
        Value::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(whole), _) => head(bytes, 0, whole),
            (None, float) => {
                bytes.push(0xfb);
                bytes.extend(float.unwrap().to_be_bytes());
            }
        },
        Value::String(text) => put_text(bytes, text),
        Value::Array(values) => {
            head(bytes, 4, values.len() as u64);
            for value in values {
                put(bytes, value);
            }
        }
        Value::Object(fields) => {
            head(bytes, 5, fields.len() as u64);
            for (name, value) in fields {
                put_text(bytes, name);
                match value {
                    Value::Array(instants) if name.ends_with("Timestamps") => {
                        head(bytes, 4, instants.len() as u64);
                        for instant in instants {
                            head(bytes, 6, 1);
                            put(bytes, instant);
                        }
                    }
                    _ => {
                        if name.ends_with("Timestamp") {
                            head(bytes, 6, 1);
                        }
                        put(bytes, value);
                    }
                }
            }
        }
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    head(bytes, 3, text.len() as u64);
    bytes.extend(text.as_bytes());
}

/// Major type and argument, always in the longest form.
fn head(bytes: &mut Vec<u8>, major: u8, argument: u64) {
    bytes.push(major << 5 | 0x1b);
    bytes.extend(argument.to_be_bytes());
}
