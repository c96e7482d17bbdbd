//! The entities of the API: what stands inside requests and answers of several methods.

mod account;
mod coupon;
mod program;
mod query;
mod reward;
mod search;
mod tier;
mod transaction;

pub use account::*;
pub use coupon::*;
pub use program::*;
pub use query::*;
pub use reward::*;
pub use search::*;
pub use tier::*;
pub use transaction::*;

use crate::schema::{Schema, Type};
use alloc::string::String;

/// A picture of the media manager.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "typed", derive(serde::Serialize, serde::Deserialize))]
pub struct Image {
    /// ID of the picture.
    #[cfg_attr(feature = "typed", serde(default, skip_serializing_if = "Option::is_none"))]
    pub id: Option<String>,
    /// URL of the picture.
    #[cfg_attr(feature = "typed", serde(default, skip_serializing_if = "Option::is_none"))]
    pub url: Option<String>,
    /// Height in pixels.
    #[cfg_attr(feature = "typed", serde(default, skip_serializing_if = "Option::is_none"))]
    pub height: Option<i64>,
    /// Width in pixels.
    #[cfg_attr(feature = "typed", serde(default, skip_serializing_if = "Option::is_none"))]
    pub width: Option<i64>,
    /// Text for those who don't see it.
    #[cfg_attr(
        feature = "typed",
        serde(default, rename = "altText", skip_serializing_if = "Option::is_none")
    )]
    pub alt_text: Option<String>,
    /// Name of the file.
    #[cfg_attr(feature = "typed", serde(default, skip_serializing_if = "Option::is_none"))]
    pub filename: Option<String>,
}

impl Schema for Image {
    const TYPE: Type = Type::Image;
}
