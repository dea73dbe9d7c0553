//! From bytes to a JSON value under limits, before anybody looks at the meaning. Too large, too deep, too many parts,
//! a key twice: refused, never cut (threats R14, R15, DOS-02, DOS-03). No `@context` is ever read, let alone fetched.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// What a document may weigh. Fixed before the first byte is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole document.
    pub bytes: usize,
    /// Arrays and objects within each other.
    pub depth: usize,
    /// Values, each array, object, text, number and so on counting one.
    pub values: usize,
    /// Addressees in each of `to` and `cc`.
    pub addressees: usize,
    /// Tags of an object.
    pub tags: usize,
    /// Attachments of an object.
    pub attachments: usize,
    /// Items of a collection page.
    pub items: usize,
    /// Whether a second meaning is refused: two known types, several objects where one belongs (threats ORG-29).
    pub strict: bool,
}

impl Limits {
    /// For what partners send and serve.
    pub const PARTNER: Self =
        Self { bytes: 1 << 20, depth: 32, values: 10_000, addressees: 64, tags: 64, attachments: 16, items: 500, strict: true };

    /// For documents of the open fediverse, which nobody agreed upon with us.
    pub const OPEN: Self =
        Self { depth: 64, values: 50_000, addressees: 1_000, tags: 1_000, attachments: 64, items: 1_000, strict: false, ..Self::PARTNER };
}

/// The longest key of an object, in bytes.
const MAX_KEY: usize = 512;

/// Why bytes are no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// More bytes than allowed.
    #[error("the document is too large")]
    TooLarge,
    /// Deeper than allowed.
    #[error("the document is nested too deeply")]
    TooDeep,
    /// More values than allowed.
    #[error("the document has too many parts")]
    TooMany,
    /// One key twice in one object: two readers could understand it differently.
    #[error("the document has a key twice")]
    DuplicateKey,
    /// A key that is longer than any we know.
    #[error("the document has a key that is too long")]
    LongKey,
    /// Not JSON.
    #[error("the document is not JSON")]
    Malformed,
}

impl JsonError {
    /// A short stable name, for records and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "json-too-large",
            Self::TooDeep => "json-too-deep",
            Self::TooMany => "json-too-many",
            Self::DuplicateKey => "json-duplicate-key",
            Self::LongKey => "json-long-key",
            Self::Malformed => "json-malformed",
        }
    }
}

/// Reads one JSON value. U+0000 is removed from every text.
///
/// # Errors
/// Says which limit was passed; the rest of the bytes is then not read.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Value, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError::TooLarge);
    }
    let mut budget = Budget { values: limits.values, depth: limits.depth, refused: None };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Part { budget: &mut budget }.deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| {
        let too_deep = error.classify() == serde_json::error::Category::Syntax && error.to_string().starts_with("recursion limit");
        budget.refused.unwrap_or(if too_deep { JsonError::TooDeep } else { JsonError::Malformed })
    })
}

/// What may still be read.
struct Budget {
    values: usize,
    depth: usize,
    refused: Option<JsonError>,
}

impl Budget {
    fn refuse<E: Error>(&mut self, error: JsonError) -> E {
        self.refused = Some(error);
        E::custom(error)
    }
}

/// One value that is about to be read.
struct Part<'b> {
    budget: &'b mut Budget,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.budget.values.checked_sub(1) else {
            return Err(self.budget.refuse(JsonError::TooMany));
        };
        self.budget.values = left;
        deserializer.deserialize_any(self)
    }
}

impl Part<'_> {
    fn deeper<E: Error>(&mut self) -> Result<(), E> {
        match self.budget.depth.checked_sub(1) {
            Some(left) => {
                self.budget.depth = left;
                Ok(())
            }
            None => Err(self.budget.refuse(JsonError::TooDeep)),
        }
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(without_nul(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut parts: A) -> Result<Value, A::Error> {
        self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = parts.next_element_seed(Part { budget: self.budget })? {
            values.push(value);
        }
        self.budget.depth += 1;
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut parts: A) -> Result<Value, A::Error> {
        self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = parts.next_key::<String>()? {
            if key.len() > MAX_KEY {
                return Err(self.budget.refuse(JsonError::LongKey));
            }
            let value = parts.next_value_seed(Part { budget: self.budget })?;
            if map.insert(without_nul(&key), value).is_some() {
                return Err(self.budget.refuse(JsonError::DuplicateKey));
            }
        }
        self.budget.depth += 1;
        Ok(Value::Object(map))
    }
}

fn without_nul(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(text: &str) -> &'static str {
        read(text.as_bytes(), &Limits::PARTNER).map_or_else(JsonError::code, |_| "read")
    }

    #[test]
    fn values_are_read_as_they_are() {
        let text = r#"{"b":[1,-2,1.5,true,null,"a\u0000b"],"a":{}}"#;
        assert_eq!(read(text.as_bytes(), &Limits::PARTNER), Ok(json!({"b": [1, -2, 1.5, true, null, "ab"], "a": {}})));
    }

    #[test]
    fn limits_hold_before_anything_else() {
        for (text, expected) in [
            (format!("{}{}", "[".repeat(32), "]".repeat(32)), "read"),
            (format!("{}{}", "[".repeat(33), "]".repeat(33)), "json-too-deep"),
            ("[".repeat(100_000), "json-too-deep"),
            ("{\"a\":".repeat(10_000), "json-too-deep"),
            (format!("[{}1]", "1,".repeat(9_998)), "read"),
            (format!("[{}1]", "1,".repeat(9_999)), "json-too-many"),
            (format!("[{}1]", "1,".repeat(100_000)), "json-too-many"),
            (format!("\"{}\"", "a".repeat(1 << 20)), "json-too-large"),
            (r#"{"a":1,"b":2,"a":1}"#.to_owned(), "json-duplicate-key"),
            (r#"{"a":1,"a\u0000":1}"#.to_owned(), "json-duplicate-key"),
            (r#"[{"x":{"a":1,"\u0061":1}}]"#.to_owned(), "json-duplicate-key"),
            (format!(r#"{{"{}":1}}"#, "a".repeat(513)), "json-long-key"),
            ("{} {}".to_owned(), "json-malformed"),
            ("{".to_owned(), "json-malformed"),
            (String::new(), "json-malformed"),
            ("nan".to_owned(), "json-malformed"),
        ] {
            assert_eq!(code(&text), expected, "{}", text.chars().take(40).collect::<String>());
        }
        assert_eq!(read(b"\"\xff\"", &Limits::PARTNER), Err(JsonError::Malformed));
    }

    #[test]
    fn open_documents_are_not_deeper_than_the_parser_goes() {
        let deep = format!("{}{}", "[".repeat(64), "]".repeat(64));
        assert!(read(deep.as_bytes(), &Limits::OPEN).is_ok());
        let generous = Limits { depth: 1_000, ..Limits::OPEN };
        assert_eq!(read("[".repeat(1_000).as_bytes(), &generous), Err(JsonError::TooDeep));
    }
}
