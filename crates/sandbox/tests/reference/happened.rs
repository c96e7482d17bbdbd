//! What each event does to points, and the transaction that it is.

use serde_json::{Map, Value, json};

use super::model::{Event, What, at};

/// The app that adjustments and refunds are booked under.
const LOYALTY_APP: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

impl What {
    /// How the balance changes.
    pub(crate) fn amount(&self) -> i64 {
        match self {
            Self::Earned { amount, .. } | Self::Adjusted { amount, .. } | Self::Refunded { amount, .. } => {
                *amount
            }
            Self::Redeemed { cost, .. } => -cost,
            Self::Expired { amount, .. } => -amount,
            Self::Created { .. }
            | Self::Begun { .. }
            | Self::Failed { .. }
            | Self::Applied { .. }
            | Self::Terms => 0,
        }
    }

    /// Adds what has moved to sums of points.
    pub(crate) fn add_to(&self, points: &mut Value) {
        let (sum, sign) = match self {
            Self::Earned { .. } => ("earned", 1),
            Self::Adjusted { .. } => ("adjusted", 1),
            Self::Redeemed { .. } | Self::Refunded { .. } => ("redeemed", -1),
            Self::Expired { .. } => ("expired", -1),
            _ => return,
        };
        for (name, sign) in [(sum, sign), ("balance", 1)] {
            points[name] = json!(points[name].as_i64().unwrap_or_default() + sign * self.amount());
        }
    }

    /// The id of the transaction, where it is one.
    pub(crate) const fn transaction(&self) -> Option<&String> {
        match self {
            Self::Earned { transaction, .. }
            | Self::Adjusted { transaction, .. }
            | Self::Redeemed { transaction, .. }
            | Self::Refunded { transaction, .. }
            | Self::Expired { transaction, .. } => Some(transaction),
            _ => None,
        }
    }

    /// The same, to be filled in.
    pub(crate) const fn transaction_to_name(&mut self) -> Option<&mut String> {
        match self {
            Self::Earned { transaction, .. }
            | Self::Adjusted { transaction, .. }
            | Self::Redeemed { transaction, .. }
            | Self::Refunded { transaction, .. }
            | Self::Expired { transaction, .. } => Some(transaction),
            _ => None,
        }
    }

    /// A name to count it by.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Earned { .. } => "earned",
            Self::Adjusted { .. } => "adjusted",
            Self::Begun { .. } => "begun",
            Self::Redeemed { .. } => "redeemed",
            Self::Failed { .. } => "failed",
            Self::Applied { .. } => "applied",
            Self::Refunded { .. } => "refunded",
            Self::Expired { .. } => "expired",
            Self::Terms => "terms",
        }
    }

    pub(crate) const fn changes_the_account(&self) -> bool {
        matches!(self, Self::Created { .. }) || self.transaction().is_some()
    }
}

impl Event {
    /// The transaction as the wire shows it.
    pub(crate) fn shown(&self, before: i64) -> Option<Value> {
        let id = self.what.transaction()?;
        let after = before + self.what.amount();
        let mut info = Map::new();
        let (kind, told) = match &self.what {
            What::Earned { key, app, .. } => {
                info.insert("idempotencyKey".into(), json!(key));
                ("EARN", ("earnInfo", json!({ "appId": app })))
            }
            What::Adjusted { .. } => {
                let told = json!({ "appId": LOYALTY_APP, "amountBefore": before, "amountAfter": after });
                ("ADJUST", ("adjustInfo", told))
            }
            What::Redeemed { coupon, reward, .. } => {
                let told = json!({
                    "rewardId": at(reward, "id"),
                    "rewardType": at(reward, "type"),
                    "referenceEntityId": coupon,
                });
                ("REDEEM", ("redeemInfo", told))
            }
            What::Refunded { of, .. } => {
                ("REFUND", ("refundInfo", json!({ "appId": LOYALTY_APP, "refundedTransactionId": of })))
            }
            What::Expired { .. } => {
                ("EXPIRE", ("expireInfo", json!({ "amountBefore": before, "amountAfter": after })))
            }
            _ => return None,
        };
        info.insert(told.0.into(), told.1);
        info.insert("id".into(), json!(id));
        info.insert("accountId".into(), json!(self.account));
        info.insert("createdDate".into(), json!(self.at));
        info.insert("amount".into(), json!(self.what.amount()));
        info.insert("transactionType".into(), json!(kind));
        if let What::Earned { description: Some(text), .. } | What::Adjusted { description: Some(text), .. } =
            &self.what
        {
            info.insert("description".into(), json!(text));
        }
        Some(Value::Object(info))
    }
}
