use crate::record::record;
use crate::{Guid, Timestamp, values::Int64};
use alloc::string::String;

record! {
    /// A customer's loyalty account: one per contact of a site.
    pub struct LoyaltyAccount {
        /// Account ID. Differs from the contact ID and the member ID.
        id as "id": Guid [ReadOnly],
        /// ID of the contact that the account belongs to.
        contact_id as "contactId": Guid [ReadOnly],
        /// ID of the site member, where the contact is one.
        member_id as "memberId": Option<Guid> [ReadOnly],
        /// The account's points.
        points as "points": Points [ReadOnly],
        /// Whether the balance is enough for a reward.
        reward_available as "rewardAvailable": bool [ReadOnly],
        /// When the account was created.
        created_date as "createdDate": Option<Timestamp> [ReadOnly],
        /// When the account was last changed.
        updated_date as "updatedDate": Option<Timestamp> [ReadOnly],
        /// Goes up by 1 with each change of the account. Send it back to change only what you have read.
        revision as "revision": Int64,
        /// The account's tier.
        tier as "tier": Option<AccountTier> [ReadOnly],
        /// The contact's name and addresses.
        contact as "contact": Option<AccountContact> [ReadOnly],
        /// When points were last earned or redeemed.
        last_activity_date as "lastActivityDate": Option<Timestamp> [ReadOnly],
        /// The next points to expire.
        points_expiration as "pointsExpiration": Option<AccountPointsExpiration> [ReadOnly],
    }
}

record! {
    /// Points of one account or of the whole program. `balance = earned + adjusted - redeemed - expired`.
    pub struct Points {
        /// Points that can be spent now.
        balance as "balance": i64,
        /// All points ever earned.
        earned as "earned": i64,
        /// The sum of all adjustments, which can be negative.
        adjusted as "adjusted": i64,
        /// All points ever redeemed.
        redeemed as "redeemed": i64,
        /// All points that expired.
        expired as "expired": i64,
    }
}

record! {
    /// The tier that an account is in.
    pub struct AccountTier {
        /// Tier ID. Absent in the base tier.
        id as "id": Option<Guid>,
        /// When the account's tier was last computed.
        updated_date as "updatedDate": Option<Timestamp>,
        /// Earned and adjusted points within the rolling window, which decide the tier.
        points as "points": i64,
        /// When the tier is computed anew.
        recalculation_date as "recalculationDate": Option<Timestamp>,
    }
}

record! {
    /// What is known of the contact behind an account.
    pub struct AccountContact {
        /// Contact ID.
        id as "id": Option<Guid>,
        /// Full name.
        name as "name": Option<String>,
        /// Picture.
        picture as "picture": Option<ContactPicture>,
        /// Primary e-mail address.
        email as "email": Option<String>,
        /// Name to show.
        display_name as "displayName": Option<String>,
    }
}

record! {
    /// A contact's picture. Stays an object in JavaScript.
    pub struct ContactPicture {
        /// ID of the picture.
        id as "id": Option<String>,
        /// URL of the picture.
        url as "url": Option<String>,
        /// Height in pixels.
        height as "height": Option<i64>,
        /// Width in pixels.
        width as "width": Option<i64>,
    }
}

record! {
    /// The points that expire next, without further activity.
    pub struct AccountPointsExpiration {
        /// When they expire.
        expiration_date as "expirationDate": Option<Timestamp>,
        /// How many expire.
        expiring_points_amount as "expiringPointsAmount": i64,
    }
}

record! {
    /// How many accounts a tier has.
    pub struct TierTotal {
        /// Tier ID. Absent for the base tier.
        id as "id": Option<Guid>,
        /// Number of accounts.
        number_of_accounts as "numberOfAccounts": i64,
    }
}
