use crate::Timestamp;
use crate::record::{names, record};
use crate::types::Image;
use alloc::{borrow::ToOwned, string::String};

names! {
    /// Whether points can be earned and redeemed.
    pub enum ProgramStatus {
        /// Not told.
        Unknown = "UNKNOWN",
        /// Set up, but never activated.
        Draft = "DRAFT",
        /// Points can be earned and redeemed.
        Active = "ACTIVE",
        /// Stopped for now.
        Paused = "PAUSED",
    }
}

names! {
    /// Whether points expire.
    pub enum PointsExpirationStatus {
        /// Not told.
        UnknownStatus = "UNKNOWN_STATUS",
        /// They don't.
        Disabled = "DISABLED",
        /// They do.
        Enabled = "ENABLED",
    }
}

record! {
    /// The loyalty program of a site.
    pub struct LoyaltyProgram {
        /// Name, 2 to 50 characters.
        name as "name": Option<String> [Len(2, 50)],
        /// How points are called and drawn.
        point_definition as "pointDefinition": Option<PointDefinition>,
        /// Whether points can be earned and redeemed.
        status as "status": ProgramStatus [ReadOnly],
        /// When the program was created.
        created_date as "createdDate": Option<Timestamp> [ReadOnly],
        /// When the program was last changed.
        updated_date as "updatedDate": Option<Timestamp> [ReadOnly],
        /// How points expire.
        points_expiration as "pointsExpiration": Option<ProgramPointsExpiration>,
        /// What the site's plan allows.
        premium_features as "premiumFeatures": Option<PremiumFeatures> [ReadOnly],
    }
}

record! {
    /// How a program calls and draws its points.
    pub struct PointDefinition {
        /// Name of the points, up to 20 characters. "Points" when absent.
        custom_name as "customName": Option<String> [Len(0, 20)],
        /// Icon.
        icon as "icon": Option<Image>,
    }
}

record! {
    /// How points expire.
    pub struct ProgramPointsExpiration {
        /// Whether they do.
        status as "status": PointsExpirationStatus [ReadOnly],
        /// After how many months without activity, 1 to 12.
        months_of_inactivity as "monthsOfInactivity": Option<i64> [Range(1, 12)],
        /// How many percent of the balance, 1 to 100.
        expiring_points_percentage as "expiringPointsPercentage": Option<i64> [Range(1, 100)],
    }
}

record! {
    /// What the site's plan allows.
    pub struct PremiumFeatures {
        /// A loyalty program at all.
        loyalty_program as "loyaltyProgram": Option<bool>,
        /// Tiers.
        tiers as "tiers": Option<bool>,
        /// Expiry of points.
        points_expiration as "pointsExpiration": Option<bool>,
    }
}
