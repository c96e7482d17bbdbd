//! What the neighbours of tiers take and give.

use crate::record::record;
use crate::types::{RollingWindow, Tier, TierDefinition, TiersProgramSettings, TiersProgramStatus};
use crate::values::{Int64, Json};
use crate::{Guid, Timestamp};
use alloc::{string::String, vec::Vec};

record! {
    /// A tier as it is sent. Callers send back what they have read, so what the service sets may stand in it.
    pub struct TierInput {
        /// Tier ID. Passed over when a tier is created.
        id as "id": Option<Guid>,
        /// Passed over: the official client leaves it behind when it sends back what it has read.
        sdk_id as "_id": Option<String>,
        /// Name, picture and description.
        tier_definition as "tierDefinition": Option<TierDefinition>,
        /// The points within the rolling window that lead into it, up to 9,999,999.
        required_points as "requiredPoints": Option<i64> [Range(0, 9_999_999)],
        /// The revision that was read. Passed over when a tier is created.
        revision as "revision": Option<Int64>,
        /// Passed over.
        created_date as "createdDate": Option<Timestamp>,
        /// Passed over.
        updated_date as "updatedDate": Option<Timestamp>,
    }
}

record! {
    /// A tier to create.
    pub struct CreateTierRequest {
        /// The tier.
        tier as "tier": TierInput,
    }
}
record! {
    /// A tier to change.
    pub struct UpdateTierRequest {
        /// The tier; what is absent stays.
        tier as "tier": TierInput,
    }
}
record! {
    /// One tier.
    pub struct TierResponse {
        /// The tier.
        tier as "tier": Tier,
    }
}

record! {
    /// Tiers to create.
    pub struct BulkCreateTiersRequest {
        /// The tiers, 1 to 20.
        tiers as "tiers": Vec<TierInput> [Len(1, 20)],
    }
}
record! {
    /// What came of each tier.
    pub struct BulkCreateTiersResponse {
        /// In the order of the request.
        results as "results": Vec<BulkTierResult>,
        /// The numbers.
        bulk_action_metadata as "bulkActionMetadata": BulkActionMetadata,
    }
}
record! {
    /// What came of one tier.
    pub struct BulkTierResult {
        /// Whether it was created.
        item_metadata as "itemMetadata": ItemMetadata,
        /// The tier.
        item as "item": Option<Tier>,
    }
}

record! {
    /// What came of one item of many.
    pub struct ItemMetadata {
        /// ID of the item.
        id as "id": Option<Guid>,
        /// Where it stood in the request.
        original_index as "originalIndex": i64,
        /// Whether it went well.
        success as "success": bool,
        /// Why it did not.
        error as "error": Option<ItemError>,
    }
}
record! {
    /// Why one item of many was refused.
    pub struct ItemError {
        /// The code.
        code as "code": String,
        /// The sentence.
        description as "description": String,
        /// What belongs to it.
        data as "data": Option<Json>,
    }
}
record! {
    /// How many items went well.
    pub struct BulkActionMetadata {
        /// That many.
        total_successes as "totalSuccesses": i64,
        /// That many did not.
        total_failures as "totalFailures": i64,
        /// Of those, that many without an error beside them.
        undetailed_failures as "undetailedFailures": i64,
    }
}

record! {
    /// Which tier to delete.
    pub struct DeleteTierRequest {
        /// Tier ID.
        tier_id as "tierId": Guid,
        /// The revision that was read.
        revision as "revision": Int64,
    }
}

record! {
    /// The tiers' settings as they are sent.
    pub struct SettingsInput {
        /// Over how long points count for a tier.
        rolling_window as "rollingWindow": RollingWindow,
        /// Whether there are tiers.
        status as "status": TiersProgramStatus,
        /// The revision that was read. Not needed when settings are created.
        revision as "revision": Option<Int64>,
        /// Passed over.
        created_date as "createdDate": Option<Timestamp>,
        /// Passed over.
        updated_date as "updatedDate": Option<Timestamp>,
        /// The tier that every account starts in. Empty when absent.
        base_tier_definition as "baseTierDefinition": Option<TierDefinition>,
    }
}
record! {
    /// The settings to set.
    pub struct SettingsRequest {
        /// The settings.
        program_settings as "programSettings": SettingsInput,
    }
}
record! {
    /// The settings.
    pub struct SettingsResponse {
        /// The settings.
        program_settings as "programSettings": TiersProgramSettings,
    }
}
