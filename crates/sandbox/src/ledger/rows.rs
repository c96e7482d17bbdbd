//! The rows that the ledger keeps. Small on purpose: slots of four bytes instead of ids, boxed text.

use std::sync::Arc;

use loyalty_contract::Timestamp;
use loyalty_contract::types::{EarnInfo, FollowedSocialMedia, Image, Points};

use super::expiry::{Expiration, Rest};
use super::standing::Standing;
use crate::ids::Id;

/// Where a row stands in its table. Rows are never removed, so a slot stays good.
pub(crate) type Slot = u32;

/// A contact of the site.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contact {
    /// Contact ID.
    pub id: Id,
    /// Member ID, where the contact can sign in.
    pub member: Option<Id>,
    /// Full name.
    pub name: Box<str>,
    /// Primary e-mail address.
    pub email: Box<str>,
    /// The contact's account, once there is one.
    pub account: Option<Slot>,
}

/// A loyalty account.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Account {
    /// Account ID.
    pub id: Id,
    /// Whose it is.
    pub contact: Slot,
    /// The points; the balance is kept, not computed anew.
    pub points: Points,
    /// Goes up by 1 with each change.
    pub revision: u64,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// When points were last earned or redeemed.
    pub active: Timestamp,
    /// Its transactions, in the order of recording.
    pub transactions: Vec<Slot>,
    /// Where it stands among the tiers.
    pub standing: Standing,
    /// How often its points have expired since.
    pub rest: Rest,
}

/// One movement of points.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transaction {
    /// Transaction ID.
    pub id: Id,
    /// Whose points moved.
    pub account: Slot,
    /// When.
    pub created: Timestamp,
    /// How many, with the sign of their effect on the balance.
    pub amount: i64,
    /// Text for people.
    pub description: Option<Arc<str>>,
    /// The key that keeps it from happening twice.
    pub key: Option<Box<str>>,
    /// What moved them.
    pub cause: Cause,
}

/// What moved points, with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cause {
    /// Points were earned.
    Earn(Box<Earned>),
    /// The balance was set or changed by staff.
    Adjust {
        /// Balance before.
        before: i64,
    },
    /// Points were redeemed for a reward.
    Redeem {
        /// Which.
        reward: Slot,
        /// The coupon that came of it.
        coupon: Option<Slot>,
    },
    /// Redeemed points came back.
    Refund {
        /// The redemption that it undoes.
        of: Slot,
    },
    /// Points expired.
    Expire {
        /// Balance before.
        before: i64,
    },
}

/// Where earned points came from. Apps and activities are few and orders many, so the first are shared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Earned {
    /// ID of the app that gave them.
    pub app: Arc<str>,
    /// The activity, in the app's words.
    pub activity: Option<Arc<str>>,
    /// The order that earned them.
    pub order: Option<Box<str>>,
    /// The social channel that was followed.
    pub social: Option<Box<FollowedSocialMedia>>,
}

impl Earned {
    /// The same as the wire has it.
    #[must_use]
    pub(crate) fn info(&self) -> EarnInfo {
        EarnInfo {
            app_id: self.app.as_ref().to_owned(),
            activity_type: self.activity.as_deref().map(str::to_owned),
            order_id: self.order.as_deref().map(str::to_owned),
            followed_social_media: self.social.as_deref().cloned(),
        }
    }
}

impl Cause {
    /// The transaction type on the wire.
    #[must_use]
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Earn(_) => "EARN",
            Self::Adjust { .. } => "ADJUST",
            Self::Redeem { .. } => "REDEEM",
            Self::Refund { .. } => "REFUND",
            Self::Expire { .. } => "EXPIRE",
        }
    }
}

/// Whether points can move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProgramStatus {
    /// Set up, but never activated.
    Draft,
    /// They can.
    Active,
    /// Stopped for now.
    Paused,
}

impl ProgramStatus {
    /// The name on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
        }
    }

    /// The status of that name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Draft, Self::Active, Self::Paused].into_iter().find(|status| status.as_str() == name)
    }
}

/// The loyalty program.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Program {
    /// Name.
    pub name: Box<str>,
    /// What points are called.
    pub points_name: Box<str>,
    /// How points are drawn.
    pub icon: Option<Image>,
    /// How points expire.
    pub expiration: Expiration,
    /// Whether points can move.
    pub status: ProgramStatus,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}
