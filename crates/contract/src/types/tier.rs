use crate::record::{names, record};
use crate::types::Image;
use crate::{Guid, Timestamp, values::Int64};
use alloc::{borrow::ToOwned, string::String};

names! {
    /// Whether a program has tiers.
    pub enum TiersProgramStatus {
        /// Not told.
        Unknown = "UNKNOWN",
        /// It has none.
        Disabled = "DISABLED",
        /// They are being set up.
        Draft = "DRAFT",
        /// Accounts are in tiers.
        Active = "ACTIVE",
        /// Stopped for now.
        Paused = "PAUSED",
    }
}

record! {
    /// A tier: what an account reaches by earning points.
    pub struct Tier {
        /// Tier ID.
        id as "id": Guid [ReadOnly],
        /// Name, picture and description.
        tier_definition as "tierDefinition": Option<TierDefinition>,
        /// The points within the rolling window that lead into it, up to 9,999,999.
        required_points as "requiredPoints": i64 [Range(0, 9_999_999)],
        /// Goes up by 1 with each change.
        revision as "revision": Option<Int64> [ReadOnly],
        /// When the tier was created.
        created_date as "createdDate": Option<Timestamp> [ReadOnly],
        /// When the tier was last changed.
        updated_date as "updatedDate": Option<Timestamp> [ReadOnly],
    }
}

record! {
    /// How a tier is named and drawn.
    pub struct TierDefinition {
        /// Icon.
        icon as "icon": Option<Image>,
        /// Name, 1 to 50 characters.
        name as "name": Option<String> [Len(1, 50)],
        /// Description, up to 70 characters.
        description as "description": Option<String> [Len(0, 70)],
    }
}

record! {
    /// How a program's tiers work.
    pub struct TiersProgramSettings {
        /// Over how long points count for a tier.
        rolling_window as "rollingWindow": Option<RollingWindow>,
        /// Whether there are tiers.
        status as "status": TiersProgramStatus,
        /// Goes up by 1 with each change.
        revision as "revision": Option<Int64>,
        /// When the settings were created.
        created_date as "createdDate": Option<Timestamp> [ReadOnly],
        /// When the settings were last changed.
        updated_date as "updatedDate": Option<Timestamp> [ReadOnly],
        /// The tier that every account starts in.
        base_tier_definition as "baseTierDefinition": Option<TierDefinition>,
    }
}

record! {
    /// Over how long points count for a tier.
    pub struct RollingWindow {
        /// Length in months, 1 to 36.
        duration_in_months as "durationInMonths": i64 [Range(1, 36)],
    }
}
