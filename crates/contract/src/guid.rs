//! GUIDs: the only thing that ever enters a path.

use alloc::string::String;

/// The id of an account, contact, member, transaction, tier, reward or coupon.
///
/// Holds text that was checked to have the 8-4-4-4-12 form, in lower case as upstream writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Guid(String);

/// Whether the text has the 8-4-4-4-12 form of hexadecimal digits. Any case, any version.
#[must_use]
pub fn is_guid(text: impl AsRef<[u8]>) -> bool {
    let text = text.as_ref();
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

impl Guid {
    /// Checks the form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_guid(text).then(|| Self(text.to_ascii_lowercase()))
    }

    /// The GUID of 16 bytes that were derived from something, marked as version 8.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self::marked(bytes, 0x80)
    }

    /// The GUID of 16 random bytes, marked as version 4.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self::marked(bytes, 0x40)
    }

    fn marked(mut bytes: [u8; 16], version: u8) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | version;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let mut text = String::with_capacity(36);
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for nibble in [byte >> 4, byte & 0x0f] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Display for Guid {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl crate::schema::Schema for Guid {
    const TYPE: crate::schema::Type = crate::schema::Type::Guid;
}

#[cfg(feature = "typed")]
impl serde::Serialize for Guid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "typed")]
impl<'de> serde::Deserialize<'de> for Guid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a GUID"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let good = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
        assert_eq!(Guid::parse(good).unwrap().as_str(), good);
        assert_eq!(Guid::parse(&good.to_uppercase()).unwrap().as_str(), good);
        let cut = &good[1..];
        for bad in [
            "",
            "../../x",
            cut,
            "553c79f3-5625-4f38-b14b-ef7c0d1e87dg",
            "553c79f35625-4f38-b14b-ef7c0d1e87df-",
        ] {
            assert!(Guid::parse(bad).is_none(), "{bad}");
        }
        for tricky in ["553c79f3-5625-4f38-b14b-ef7c0d1e87d/", "%2e%2e%2f-5625-4f38-b14b-ef7c0d1e87df"] {
            assert!(!is_guid(tricky), "{tricky}");
        }
    }

    #[test]
    fn made_from_bytes_is_a_guid() {
        let made = Guid::from_bytes([0xff; 16]);
        assert_eq!(made.as_str(), "ffffffff-ffff-8fff-bfff-ffffffffffff");
        assert!(is_guid(made.as_str()));
        assert_eq!(Guid::from_random([0; 16]).as_str(), "00000000-0000-4000-8000-000000000000");
    }
}
