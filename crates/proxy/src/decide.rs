//! May they? A function of policy, caller and operation, and of nothing else.

use crate::caller::{Caller, Role};
use crate::policy::{Granted, Policy};
use loyalty_contract::Operation;

/// Whose data an operation can touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The same for everybody: program, tiers, rewards, totals.
    Shared,
    /// The caller's own by its meaning.
    Caller,
    /// Anybody's, but it can be narrowed to the caller's own.
    Ownable,
    /// Anybody's.
    Elevated,
}

/// Whose data an operation can touch. The match is exhaustive: a new operation doesn't compile without a line.
#[must_use]
pub(crate) const fn reach(operation: Operation) -> Reach {
    use Operation::{
        AdjustPoints, BulkAdjustPoints, CountAccounts, CreateAccount, Earn, EarnPoints, GetAccount,
        GetAccountBySecondaryId, GetCurrentMemberAccount, GetCurrentMemberCoupons, GetLoyaltyProgram,
        GetLoyaltyTransaction, GetProgramTotals, GetReward, GetTier, GetTiersProgram, ListAccounts,
        ListRewards, ListTiers, QueryLoyaltyAccounts, QueryLoyaltyCoupons, QueryLoyaltyTransactions,
        QueryRewards, RedeemCurrentMemberPointsForCoupon, RedeemPointsForCoupon, SearchAccounts,
    };
    match operation {
        GetLoyaltyProgram | GetProgramTotals | ListTiers | GetTier | GetTiersProgram | ListRewards
        | GetReward | QueryRewards => Reach::Shared,
        Earn | GetCurrentMemberAccount | GetCurrentMemberCoupons | RedeemCurrentMemberPointsForCoupon => {
            Reach::Caller
        }
        GetAccount
        | GetAccountBySecondaryId
        | GetLoyaltyTransaction
        | QueryLoyaltyTransactions
        | QueryLoyaltyCoupons
        | RedeemPointsForCoupon => Reach::Ownable,
        CreateAccount | EarnPoints | AdjustPoints | ListAccounts | QueryLoyaltyAccounts | SearchAccounts
        | CountAccounts | BulkAdjustPoints => Reach::Elevated,
    }
}

/// Of whose account a granted call may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Of any.
    Any,
    /// Of the account that the caller's token resolves to.
    Own,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They may.
    Allow(Scope),
    /// They may not, and why, for the log and the answer.
    Deny(&'static str),
}

/// Decides on an operation; `action` is the name of the action where the operation is [`Operation::Earn`].
#[must_use]
pub fn decide(policy: &Policy, caller: &Caller, operation: Operation, action: Option<&str>) -> Verdict {
    let granted = match action {
        Some(action) => policy.may_earn(caller.role, action).then_some(Granted::Own),
        None if operation == Operation::Earn => None,
        None => policy.granted(caller.role, operation),
    };
    let Some(granted) = granted else {
        return Verdict::Deny(match caller.role {
            Role::Visitor => "a visitor may not do this; sign in",
            _ => "the policy does not grant this to the caller",
        });
    };
    if operation == Operation::BulkAdjustPoints && caller.role != Role::Admin {
        return Verdict::Deny("bulk adjustments are the admin's alone");
    }
    match granted {
        Granted::Any => Verdict::Allow(Scope::Any),
        Granted::Own
            if caller.member_id.is_none() && caller.contact_id.is_none() && !caller.has_upstream_token =>
        {
            Verdict::Deny("the token names no member, so there is no own account")
        }
        Granted::Own => Verdict::Allow(Scope::Own),
    }
}
