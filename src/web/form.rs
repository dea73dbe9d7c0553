//! Forms as values: the extractor that handlers use, and the decoder behind it. It bounds what it reads, ignores fields
//! nobody asked for (threats WEB-14), and says only "this form cannot be read" when it cannot.

use std::collections::BTreeMap;
use std::fmt;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use http::header;
use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use super::problem::Problem;

/// A form of at most `MAX` bytes (64 KiB). Fields are read by serde: text, whole numbers, `bool` (a ticked box),
/// `Option` (empty is `None`), `Vec` (several of the same name; put `#[serde(default)]` on it, and on every tick box).
#[derive(Clone, Copy, Debug)]
pub struct Form<T, const MAX: usize = 65_536>(pub T);

/// A form with a long text in it: 320 KiB as sent, enough for 100 KiB of text in any script.
pub type LongForm<T> = Form<T, 327_680>;

impl<T: DeserializeOwned, S: Send + Sync, const MAX: usize> FromRequest<S> for Form<T, MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Problem::BadForm);
        }
        let body = to_bytes(request.into_body(), MAX).await.map_err(|_| Problem::BadForm)?;
        decode(&body).map(Self).map_err(|_| Problem::BadForm)
    }
}

/// Reads `name=value&…` into a value.
///
/// # Errors
/// When a field is missing or is not what the value asks for.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FormError> {
    let mut fields: BTreeMap<String, Field> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(bytes).take(1000) {
        fields.entry(name.into_owned()).or_default().0.push(value.into_owned());
    }
    T::deserialize(MapDeserializer::new(fields.into_iter()))
}

/// A form that cannot be read. Says nothing about what was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this form cannot be read")]
pub struct FormError;

impl serde::de::Error for FormError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// All values that were sent under one name; the last one counts where one is asked for.
#[derive(Default)]
struct Field(Vec<String>);

impl Field {
    fn last(mut self) -> String {
        // A text area sends line ends as CR LF. What no keyboard types, and no PostgreSQL keeps, is left out.
        self.0.pop().unwrap_or_default().replace("\r\n", "\n").replace('\0', "")
    }
}

impl IntoDeserializer<'_, FormError> for Field {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident),*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
            visitor.$visit(self.last().trim().parse().map_err(|_| FormError)?)
        }
    )* };
}

impl<'de> Deserializer<'de> for Field {
    type Error = FormError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_string(self.last())
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        match self.last().as_str() {
            "on" | "yes" | "true" | "1" => visitor.visit_bool(true),
            "" | "no" | "false" | "0" => visitor.visit_bool(false),
            _ => Err(FormError),
        }
    }

    numbers!(deserialize_i64 visit_i64, deserialize_i32 visit_i32, deserialize_u64 visit_u64, deserialize_u32 visit_u32,
        deserialize_u16 visit_u16, deserialize_u8 visit_u8);

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        if self.0.iter().all(|value| value.trim().is_empty()) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_seq(SeqDeserializer::new(self.0.into_iter().map(|value| Self(vec![value]))))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FormError> {
        let text: StringDeserializer<FormError> = self.last().into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, FormError> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Reach {
        House,
        Partners,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Sample {
        name: String,
        reach: Reach,
        days: Option<i64>,
        #[serde(default)]
        agreed: bool,
        #[serde(default)]
        partner: Vec<String>,
    }

    fn read(text: &str) -> Result<Sample, FormError> {
        decode(text.as_bytes())
    }

    #[test]
    fn a_form_becomes_a_value() {
        let sample = read("name=Fern+%26+Bo&reach=partners&days=3&agreed=on&partner=a&partner=b&role=admin").unwrap();
        let expected =
            Sample { name: "Fern & Bo".into(), reach: Reach::Partners, days: Some(3), agreed: true, partner: vec!["a".into(), "b".into()] };
        assert_eq!(sample, expected);
        let sample = read("name=a%0D%0Ab&reach=house&days=").unwrap();
        assert_eq!((sample.name.as_str(), sample.days, sample.agreed, sample.partner.len()), ("a\nb", None, false, 0));
    }

    #[test]
    fn there_is_no_sign_of_nothing_in_a_form() {
        let sample = read("name=a%00b&reach=house&partner=%00c").unwrap();
        assert_eq!((sample.name.as_str(), sample.partner), ("ab", vec!["c".to_owned()]));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for bad in ["", "name=a", "name=a&reach=everyone", "name=a&reach=house&days=x", "name=a&reach=house&agreed=perhaps"] {
            assert_eq!(read(bad), Err(FormError), "{bad}");
        }
    }
}
