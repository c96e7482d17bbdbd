//! Rows as the wire shows them.

use loyalty_contract::types::{
    AccountContact, AccountPointsExpiration, AccountTier, AdjustInfo, ExpireInfo, LoyaltyAccount,
    LoyaltyProgram, LoyaltyTransaction, PointDefinition, PointsExpirationStatus, PremiumFeatures,
    ProgramPointsExpiration, ProgramStatus, RedeemInfo, RefundInfo,
};
use loyalty_contract::values::Int64;

use crate::ledger::{Cause, Ledger, Slot};

/// An account.
#[must_use]
pub(crate) fn account(ledger: &Ledger, slot: Slot) -> Option<LoyaltyAccount> {
    let row = ledger.account(slot)?;
    let contact = ledger.contact(row.contact)?;
    Some(LoyaltyAccount {
        id: row.id.guid(),
        contact_id: contact.id.guid(),
        member_id: contact.member.map(|id| id.guid()),
        points: row.points.clone(),
        reward_available: ledger.cheapest(row.standing.tier).is_some_and(|cost| cost <= row.points.balance),
        created_date: Some(row.created),
        updated_date: Some(row.updated),
        revision: Int64(row.revision.to_string()),
        tier: Some(AccountTier {
            // The base tier has no id.
            id: row.standing.tier.and_then(|slot| ledger.tier(slot)).map(|tier| tier.id.guid()),
            updated_date: Some(row.standing.since),
            points: row.standing.points,
            recalculation_date: None,
        }),
        contact: Some(AccountContact {
            id: Some(contact.id.guid()),
            name: Some(contact.name.to_string()),
            email: Some(contact.email.to_string()),
            display_name: Some(contact.name.to_string()),
            picture: None,
        }),
        last_activity_date: Some(row.active),
        points_expiration: ledger.due(row).map(|due| AccountPointsExpiration {
            expiration_date: Some(due.at),
            expiring_points_amount: due.amount,
        }),
    })
}

/// A transaction.
#[must_use]
pub(crate) fn transaction(ledger: &Ledger, slot: Slot) -> Option<LoyaltyTransaction> {
    let row = ledger.transaction(slot)?;
    let mut shown = LoyaltyTransaction {
        id: row.id.guid(),
        account_id: ledger.account(row.account)?.id.guid(),
        created_date: Some(row.created),
        amount: row.amount,
        transaction_type: row.cause.name().into(),
        description: row.description.as_deref().map(str::to_owned),
        idempotency_key: row.key.as_deref().map(str::to_owned),
        ..LoyaltyTransaction::default()
    };
    match &row.cause {
        Cause::Earn(info) => shown.earn_info = Some(info.info()),
        Cause::Adjust { before } => {
            shown.adjust_info = Some(AdjustInfo {
                app_id: Some(crate::fixtures::LOYALTY_APP.to_owned()),
                amount_before: Some(*before),
                amount_after: Some(before + row.amount),
            });
        }
        Cause::Redeem { reward, coupon } => {
            let reward = ledger.reward(*reward)?;
            shown.redeem_info = Some(RedeemInfo {
                reward_id: reward.id.guid(),
                reward_type: Some(reward.offer.name().to_owned()),
                reference_entity_id: coupon
                    .and_then(|slot| ledger.coupon(slot))
                    .map(|coupon| coupon.id.guid()),
            });
        }
        Cause::Refund { of } => {
            shown.refund_info = Some(RefundInfo {
                app_id: Some(crate::fixtures::LOYALTY_APP.to_owned()),
                refunded_transaction_id: ledger.transaction(*of).map(|refunded| refunded.id.guid()),
            });
        }
        Cause::Expire { before } => {
            shown.expire_info =
                Some(ExpireInfo { amount_before: Some(*before), amount_after: Some(before + row.amount) });
        }
    }
    Some(shown)
}

/// The program.
#[must_use]
pub(crate) fn program(ledger: &Ledger) -> LoyaltyProgram {
    let program = &ledger.program;
    LoyaltyProgram {
        name: Some(program.name.to_string()),
        point_definition: Some(PointDefinition {
            custom_name: Some(program.points_name.to_string()),
            icon: program.icon.clone(),
        }),
        status: ProgramStatus::from(program.status.as_str()),
        created_date: Some(program.created),
        updated_date: Some(program.updated),
        points_expiration: Some(ProgramPointsExpiration {
            status: if program.expiration.enabled {
                PointsExpirationStatus::Enabled
            } else {
                PointsExpirationStatus::Disabled
            },
            months_of_inactivity: Some(program.expiration.months),
            expiring_points_percentage: Some(program.expiration.percent),
        }),
        premium_features: Some(premium_features()),
    }
}

/// What the site's plan allows: all of it.
#[must_use]
pub(crate) fn premium_features() -> PremiumFeatures {
    PremiumFeatures { loyalty_program: Some(true), tiers: Some(true), points_expiration: Some(true) }
}
