//! What the neighbours of programs take and give.

use crate::Timestamp;
use crate::record::record;
use crate::types::{LoyaltyProgram, PointDefinition, PointsExpirationStatus, PremiumFeatures, ProgramStatus};
use alloc::string::String;

record! {
    /// A program as it is sent. Callers send back what they have read, so what the service sets may stand in it.
    pub struct ProgramInput {
        /// Name, 2 to 50 characters.
        name as "name": Option<String> [Len(2, 50)],
        /// How points are called and drawn.
        point_definition as "pointDefinition": Option<PointDefinition>,
        /// Passed over: the program is activated and paused by methods of their own.
        status as "status": Option<ProgramStatus>,
        /// Passed over.
        created_date as "createdDate": Option<Timestamp>,
        /// Passed over.
        updated_date as "updatedDate": Option<Timestamp>,
        /// How points expire.
        points_expiration as "pointsExpiration": Option<ExpirationInput>,
        /// Passed over.
        premium_features as "premiumFeatures": Option<PremiumFeatures>,
    }
}
record! {
    /// The terms of expiry as they are sent.
    pub struct ExpirationInput {
        /// Passed over: expiry is enabled and disabled by methods of their own.
        status as "status": Option<PointsExpirationStatus>,
        /// After how many months without activity, 1 to 12.
        months_of_inactivity as "monthsOfInactivity": Option<i64> [Range(1, 12)],
        /// How many percent of the balance, 1 to 100.
        expiring_points_percentage as "expiringPointsPercentage": Option<i64> [Range(1, 100)],
    }
}

record! {
    /// What to change of the program.
    pub struct UpdateLoyaltyProgramRequest {
        /// The program; what is absent stays.
        loyalty_program as "loyaltyProgram": ProgramInput,
    }
}
record! {
    /// The program after the change.
    pub struct ProgramResponse {
        /// The program.
        loyalty_program as "loyaltyProgram": LoyaltyProgram,
    }
}
