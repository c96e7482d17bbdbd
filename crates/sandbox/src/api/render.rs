//! Rows as the wire shows them.

use loyalty_contract::types::{
    AccountContact, AccountTier, AdjustInfo, ExpireInfo, LoyaltyAccount, LoyaltyProgram, LoyaltyTransaction,
    PointDefinition, PointsExpirationStatus, PremiumFeatures, ProgramPointsExpiration, ProgramStatus,
    RedeemInfo, RefundInfo,
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
        // There are no rewards to be had yet.
        reward_available: false,
        created_date: Some(row.created),
        updated_date: Some(row.updated),
        revision: Int64(row.revision.to_string()),
        // The base tier, which has no id.
        tier: Some(AccountTier {
            updated_date: Some(row.created),
            points: row.points.earned + row.points.adjusted,
            ..AccountTier::default()
        }),
        contact: Some(AccountContact {
            id: Some(contact.id.guid()),
            name: Some(contact.name.to_string()),
            email: Some(contact.email.to_string()),
            display_name: Some(contact.name.to_string()),
            picture: None,
        }),
        last_activity_date: Some(row.active),
        points_expiration: None,
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
        Cause::Redeem { reward } => {
            shown.redeem_info = Some(RedeemInfo { reward_id: reward.guid(), ..RedeemInfo::default() });
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
        point_definition: Some(PointDefinition { custom_name: Some("Points".to_owned()), icon: None }),
        status: ProgramStatus::from(program.status.as_str()),
        created_date: Some(program.created),
        updated_date: Some(program.updated),
        points_expiration: Some(ProgramPointsExpiration {
            status: PointsExpirationStatus::Disabled,
            months_of_inactivity: None,
            expiring_points_percentage: None,
        }),
        premium_features: Some(PremiumFeatures {
            loyalty_program: Some(true),
            tiers: Some(true),
            points_expiration: Some(true),
        }),
    }
}
