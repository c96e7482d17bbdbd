//! The neighbours: methods of the same API that make the data which the 25 read. The sandbox answers them; no
//! client has functions for them and no proxy forwards them, so they stand in a table of their own.

pub mod coupons;
pub mod programs;
pub mod rewards;
pub mod tiers;

use crate::schema::Record;

/// An HTTP method. Beyond those of [`crate::endpoint::Method`] the neighbours change and delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// The payload is the query string.
    Get,
    /// The payload is the JSON body.
    Post,
    /// The payload is the JSON body, and replaces what is there.
    Put,
    /// The payload is the JSON body, and changes what it names.
    Patch,
    /// The payload is the query string.
    Delete,
}

impl Verb {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether the payload is the body.
    #[must_use]
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

/// One neighbour.
#[derive(Debug)]
pub struct Neighbour {
    /// Which one.
    pub operation: NeighbourOperation,
    /// The name in the official JavaScript client.
    pub name: &'static str,
    /// One paragraph for the docs.
    pub doc: &'static str,
    /// The HTTP method.
    pub verb: Verb,
    /// The path, with `{name}` where a field of the request stands; `{tier.id}` is the `id` of its `tier`.
    pub path: &'static str,
    /// The whole payload, path parameters included.
    pub request: &'static Record,
    /// The answer.
    pub response: &'static Record,
    /// The permission that upstream asks for; an elevated credential's in every case.
    pub permission: &'static str,
}

/// Declares the table: a line a method, in the order of the enum.
macro_rules! neighbours {
    ($(
        $(#[doc = $doc:literal])*
        $variant:ident: $verb:ident $path:literal $name:literal,
        $request:ty => $response:ty, $permission:literal;
    )*) => {
        /// Every neighbour, by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum NeighbourOperation { $( $(#[doc = $doc])* $variant ),* }

        /// The table, in the order of [`NeighbourOperation`].
        pub const NEIGHBOURS: &[&Neighbour] = &[$(
            &Neighbour {
                operation: NeighbourOperation::$variant,
                name: $name,
                doc: concat!($($doc, "\n"),*),
                verb: Verb::$verb,
                path: $path,
                request: <$request as crate::schema::RecordType>::RECORD,
                response: <$response as crate::schema::RecordType>::RECORD,
                permission: $permission,
            }
        ),*];
    };
}

use crate::ops::EmptyRequest;
use crate::types::PremiumFeatures;
use coupons::{DeleteLoyaltyCouponRequest, GetLoyaltyCouponRequest, GetLoyaltyCouponResponse};
use programs::{ProgramResponse, UpdateLoyaltyProgramRequest};
use rewards::{
    BulkCreateRewardsRequest, BulkCreateRewardsResponse, CreateRewardRequest, DeleteRewardRequest,
    RewardResponse, UpdateRewardRequest,
};
use tiers::{
    BulkCreateTiersRequest, BulkCreateTiersResponse, CreateTierRequest, DeleteTierRequest, SettingsRequest,
    SettingsResponse, TierResponse, UpdateTierRequest,
};

neighbours! {
    /// Changes the program's name, its points' name and icon, and the terms of expiry.
    UpdateLoyaltyProgram: Patch "/loyalty-programs/v1/program" "updateLoyaltyProgram",
        UpdateLoyaltyProgramRequest => ProgramResponse, "LOYALTY.MANAGE_PROGRAM";
    /// Lets points be earned and redeemed.
    ActivateLoyaltyProgram: Post "/loyalty-programs/v1/program/activate" "activateLoyaltyProgram",
        EmptyRequest => ProgramResponse, "LOYALTY.MANAGE_PROGRAM";
    /// Stops all points for a while.
    PauseLoyaltyProgram: Post "/loyalty-programs/v1/program/pause" "pauseLoyaltyProgram",
        EmptyRequest => ProgramResponse, "LOYALTY.MANAGE_PROGRAM";
    /// Lets points expire.
    EnablePointsExpiration: Post "/loyalty-programs/v1/program/points-expiration/enable" "enablePointsExpiration",
        EmptyRequest => ProgramResponse, "LOYALTY.MANAGE_PROGRAM";
    /// Lets points stay for ever.
    DisablePointsExpiration: Post "/loyalty-programs/v1/program/points-expiration/disable" "disablePointsExpiration",
        EmptyRequest => ProgramResponse, "LOYALTY.MANAGE_PROGRAM";
    /// Reads what the site's plan allows.
    GetLoyaltyProgramPremiumFeatures: Get "/loyalty-programs/v1/program/premium-features"
        "getLoyaltyProgramPremiumFeatures",
        EmptyRequest => PremiumFeatures, "LOYALTY.READ_PROGRAM";
    /// Creates a tier.
    CreateTier: Post "/loyalty-tiers/v1/tiers" "createTier",
        CreateTierRequest => TierResponse, "LOYALTY.MANAGE_TIERS";
    /// Creates up to 20 tiers, each for itself.
    BulkCreateTiers: Post "/loyalty-tiers/v1/bulk/tiers/create" "bulkCreateTiers",
        BulkCreateTiersRequest => BulkCreateTiersResponse, "LOYALTY.MANAGE_TIERS";
    /// Changes what is given of a tier.
    UpdateTier: Patch "/loyalty-tiers/v1/tiers/{tier.id}" "updateTier",
        UpdateTierRequest => TierResponse, "LOYALTY.MANAGE_TIERS";
    /// Deletes a tier; its accounts fall to the tier below.
    DeleteTier: Delete "/loyalty-tiers/v1/tiers/{tierId}" "deleteTier",
        DeleteTierRequest => EmptyRequest, "LOYALTY.MANAGE_TIERS";
    /// Creates the settings of the tiers, where there are none.
    CreateTiersProgramSettings: Post "/loyalty-tiers/v1/tiers/program-settings" "createTiersProgramSettings",
        SettingsRequest => SettingsResponse, "LOYALTY.MANAGE_TIERS";
    /// Reads the settings of the tiers.
    GetTiersProgramSettings: Get "/loyalty-tiers/v1/tiers/program-settings" "getTiersProgramSettings",
        EmptyRequest => SettingsResponse, "LOYALTY.READ_TIERS";
    /// Replaces the settings of the tiers.
    UpdateTiersProgramSettings: Patch "/loyalty-tiers/v1/tiers/program-settings" "updateTiersProgramSettings",
        SettingsRequest => SettingsResponse, "LOYALTY.MANAGE_TIERS";
    /// Creates a reward.
    CreateReward: Post "/loyalty-rewards/v1/rewards" "createReward",
        CreateRewardRequest => RewardResponse, "LOYALTY.MANAGE_REWARDS";
    /// Creates up to 10 rewards, each for itself.
    BulkCreateRewards: Post "/loyalty-rewards/v1/bulk/rewards/create" "bulkCreateRewards",
        BulkCreateRewardsRequest => BulkCreateRewardsResponse, "LOYALTY.MANAGE_REWARDS";
    /// Replaces a reward; its type stays.
    UpdateReward: Put "/loyalty-rewards/v1/rewards/{reward.id}" "updateReward",
        UpdateRewardRequest => RewardResponse, "LOYALTY.MANAGE_REWARDS";
    /// Deletes a reward; coupons that were redeemed for it stay.
    DeleteReward: Delete "/loyalty-rewards/v1/rewards/{id}" "deleteReward",
        DeleteRewardRequest => EmptyRequest, "LOYALTY.MANAGE_REWARDS";
    /// Reads a coupon by its ID.
    GetLoyaltyCoupon: Get "/loyalty-coupons/v1/coupons/{loyaltyCouponId}" "getLoyaltyCoupon",
        GetLoyaltyCouponRequest => GetLoyaltyCouponResponse, "LOYALTY.READ_COUPONS";
    /// Deletes a loyalty coupon; the shop's coupon and the points stay as they are.
    DeleteLoyaltyCoupon: Delete "/loyalty-coupons/v1/coupons/{id}" "deleteLoyaltyCoupon",
        DeleteLoyaltyCouponRequest => EmptyRequest, "LOYALTY.MANAGE_COUPONS";
}

impl NeighbourOperation {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static Neighbour {
        // The table is made from the same list as the enum, in the same order.
        #[allow(clippy::indexing_slicing)]
        NEIGHBOURS[self as usize]
    }

    /// The neighbour of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        NEIGHBOURS.iter().find(|neighbour| neighbour.name == name).map(|neighbour| neighbour.operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{ENDPOINTS, Operation};
    use std::collections::HashSet;

    #[test]
    fn the_two_tables_share_no_name_and_no_route() {
        let mut routes: HashSet<_> = ENDPOINTS.iter().map(|row| (row.method.as_str(), row.path)).collect();
        for (at, row) in NEIGHBOURS.iter().enumerate() {
            assert_eq!(row.operation as usize, at, "{}", row.name);
            assert_eq!(row.operation.row().name, row.name);
            assert_eq!(NeighbourOperation::from_name(row.name), Some(row.operation));
            assert!(Operation::from_name(row.name).is_none(), "{}", row.name);
            assert!(routes.insert((row.verb.as_str(), row.path)), "{}", row.path);
        }
    }
}
