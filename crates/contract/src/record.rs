//! The one way to declare a type of the wire: the macros give the serde struct and the schema together,
//! so that they can't disagree.

/// Declares an object type.
///
/// ```text
/// record! {
///     /// Documentation of the type.
///     pub struct Points {
///         /// Documentation of the field.
///         balance as "balance": i64 [Range(0, 999_999_999)],
///         tier_id as "tierId": Option<Guid>,
///     }
///     rules [ExactlyOne(&["balance", "tierId"])]
/// }
/// ```
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $fdoc:literal])*
                $field:ident as $wire:literal : $ty:ty $([ $($limit:expr),* $(,)? ])?
            ),* $(,)?
        }
        $(rules [ $($rule:expr),* $(,)? ])?
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "typed", derive(serde::Serialize, serde::Deserialize))]
        #[derive(Default)]
        pub struct $name {
            $(
                $(#[doc = $fdoc])*
                #[cfg_attr(feature = "typed", serde(rename = $wire, skip_serializing_if = "crate::schema::Schema::is_absent"))]
                pub $field: $ty,
            )*
        }

        impl crate::schema::RecordType for $name {
            const RECORD: &'static crate::schema::Record = &{
                #[allow(unused_imports)]
                use crate::schema::{Limit::*, Rule::*};
                crate::schema::Record {
                    name: stringify!($name),
                    doc: concat!($($doc, "\n"),*),
                    fields: &[$(
                        crate::schema::Field {
                            name: $wire,
                            doc: concat!($($fdoc, "\n"),*),
                            ty: <$ty as crate::schema::Schema>::TYPE,
                            required: <$ty as crate::schema::Schema>::REQUIRED,
                            limits: &[$($($limit),*)?],
                        }
                    ),*],
                    rules: &[$($($rule),*)?],
                }
            };
        }

        impl crate::schema::Schema for $name {
            const TYPE: crate::schema::Type =
                crate::schema::Type::Record(<$name as crate::schema::RecordType>::RECORD);
        }
    };
}

/// Declares a list of names. `Other` holds a name that is newer than this code.
macro_rules! names {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident { $( $(#[doc = $vdoc:literal])* $variant:ident = $wire:literal ),* $(,)? }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $( $(#[doc = $vdoc])* $variant, )*
            /// A name that this version does not know. Kept as it came.
            Other(String),
        }

        impl $name {
            /// The name on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $wire, )*
                    Self::Other(name) => name,
                }
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                match name {
                    $( $wire => Self::$variant, )*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        #[cfg(feature = "typed")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "typed")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Ok(Self::from(name.as_ref()))
            }
        }

        impl crate::schema::Schema for $name {
            const TYPE: crate::schema::Type = crate::schema::Type::Enum(&crate::schema::EnumDef {
                name: stringify!($name),
                doc: concat!($($doc, "\n"),*),
                values: &[$($wire),*],
            });
        }
    };
}

pub(crate) use {names, record};
