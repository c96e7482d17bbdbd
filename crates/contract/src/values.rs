//! Values that need more than a bare Rust type on the wire.

use crate::schema::{Schema, Type};
use alloc::string::String;

/// A decimal number. Upstream may send the strings `"NaN"`, `"Infinity"` and `"-Infinity"`; so do we.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Decimal(pub f64);

impl Schema for Decimal {
    const TYPE: Type = Type::Float;
}

/// An int64 that travels as a decimal string.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Int64(pub String);

impl Schema for Int64 {
    const TYPE: Type = Type::Int64;
}

/// Any JSON, kept as text of its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Json(#[cfg(feature = "typed")] pub serde_json::Value);

impl Schema for Json {
    const TYPE: Type = Type::Json;
}

/// A filter of the query language, not yet read against the fields of an endpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawFilter(#[cfg(feature = "typed")] pub serde_json::Value);

impl Schema for RawFilter {
    const TYPE: Type = Type::Filter;
}

/// A decimal string such as `"12.50"`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MoneyString(pub String);

impl Schema for MoneyString {
    const TYPE: Type = Type::Str;
}

/// Whether the text is an int64 in plain decimal form.
#[must_use]
pub fn is_int64(text: impl AsRef<[u8]>) -> bool {
    let text = text.as_ref();
    let (digits, greatest) = match text.strip_prefix(b"-") {
        Some(digits) => (digits, i64::MAX as u64 + 1),
        None => (text, i64::MAX as u64),
    };
    let mut value = 0_u64;
    for digit in digits {
        // Ten times this and a digit more still fit into 64 bits.
        if !digit.is_ascii_digit() || value > greatest / 10 {
            return false;
        }
        value = value * 10 + u64::from(digit - b'0');
    }
    !digits.is_empty() && value <= greatest
}

/// Whether the text is an amount above 0 with at most two digits behind the point.
#[must_use]
pub fn is_money(text: &str) -> bool {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(cents)
        && cents.len() <= 2
        && whole.len() <= 12
        && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

#[cfg(feature = "typed")]
mod serde_forms {
    use super::{Decimal, Int64, Json, MoneyString, RawFilter};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    impl Serialize for Decimal {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.0.is_nan() {
                serializer.serialize_str("NaN")
            } else if self.0.is_infinite() {
                serializer.serialize_str(if self.0 > 0.0 { "Infinity" } else { "-Infinity" })
            } else {
                serializer.serialize_f64(self.0)
            }
        }
    }

    impl<'de> Deserialize<'de> for Decimal {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match serde_json::Value::deserialize(deserializer)? {
                serde_json::Value::Number(number) => {
                    number.as_f64().map(Self).ok_or_else(|| D::Error::custom("not a number"))
                }
                serde_json::Value::String(text) => match text.as_str() {
                    "NaN" => Ok(Self(f64::NAN)),
                    "Infinity" => Ok(Self(f64::INFINITY)),
                    "-Infinity" => Ok(Self(f64::NEG_INFINITY)),
                    _ => Err(D::Error::custom("not a number")),
                },
                _ => Err(D::Error::custom("not a number")),
            }
        }
    }

    impl Serialize for Int64 {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&self.0)
        }
    }

    impl<'de> Deserialize<'de> for Int64 {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            super::is_int64(&text)
                .then_some(Self(text))
                .ok_or_else(|| D::Error::custom("not an int64 string"))
        }
    }

    impl Serialize for MoneyString {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&self.0)
        }
    }

    impl<'de> Deserialize<'de> for MoneyString {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer).map(Self)
        }
    }

    macro_rules! transparent {
        ($($name:ident),*) => {$(
            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    self.0.serialize(serializer)
                }
            }
            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    serde_json::Value::deserialize(deserializer).map(Self)
                }
            }
        )*};
    }
    transparent!(Json, RawFilter);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int64_forms() {
        for good in ["0", "1", "-5", "007", "9223372036854775807", "-9223372036854775808"] {
            assert!(is_int64(good), "{good}");
        }
        for bad in ["", "-", "+1", "1.0", "9223372036854775808", "-9223372036854775809", " 1", "1e3"] {
            assert!(!is_int64(bad), "{bad}");
        }
    }

    #[test]
    fn money_forms() {
        for good in ["1", "0.01", "12.5", "999999.99"] {
            assert!(is_money(good), "{good}");
        }
        for bad in ["", "0", "0.00", "1.234", "-1", ".5", "1.", "1e3"] {
            assert!(!is_money(bad), "{bad}");
        }
    }
}
