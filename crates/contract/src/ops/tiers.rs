//! The 3 methods of tiers.

use super::{EmptyRequest, endpoint};
use crate::Guid;
use crate::record::record;
use crate::types::{Tier, TiersProgramSettings};
use alloc::vec::Vec;

record! {
    /// The tiers.
    pub struct ListTiersResponse {
        /// The tiers.
        tiers as "tiers": Vec<Tier>,
    }
}
endpoint! {
    /// Lists the tiers of the program.
    ListTiers(EmptyRequest) -> ListTiersResponse {
        Get "/loyalty-tiers/v1/tiers", "listTiers" in Tiers,
        args: &[],
        unwrap: None,
        identity: App "LOYALTY.READ_TIERS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/tiers/list-tiers",
    }
}

record! {
    /// Which tier.
    pub struct GetTierRequest {
        /// Tier ID.
        tier_id as "tierId": Guid,
    }
}
record! {
    /// One tier.
    pub struct GetTierResponse {
        /// The tier.
        tier as "tier": Tier,
    }
}
endpoint! {
    /// Reads a tier by its ID.
    GetTier(GetTierRequest) -> GetTierResponse {
        Get "/loyalty-tiers/v1/tiers/{tierId}", "getTier" in Tiers,
        args: &[Field { js: "tierId", wire: "tierId", optional: false }],
        unwrap: Some("tier"),
        identity: App "LOYALTY.READ_TIERS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/tiers/get-tier",
    }
}

record! {
    /// The tiers and how they work.
    pub struct GetTiersProgramResponse {
        /// The tiers.
        tiers as "tiers": Vec<Tier>,
        /// How they work.
        program_settings as "programSettings": Option<TiersProgramSettings>,
    }
}
endpoint! {
    /// Reads the tiers together with their settings.
    GetTiersProgram(EmptyRequest) -> GetTiersProgramResponse {
        Get "/loyalty-tiers/v1/tiers/program", "getTiersProgram" in Tiers,
        args: &[],
        unwrap: None,
        identity: App "LOYALTY.READ_TIERS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/tiers/get-tiers-program",
    }
}
