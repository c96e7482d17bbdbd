//! The methods of the API: from a checked payload to an answer.

mod accounts;
mod bulk;
pub(crate) mod coupons;
pub(crate) mod neighbours;
mod program;
pub(crate) mod render;
mod rewards;
pub(crate) mod show;
mod tiers;
mod transactions;

use loyalty_contract::endpoint::{Endpoint, EndpointType};
use loyalty_contract::{Operation, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::auth::Caller;
use crate::auth::seal::Seal;
use crate::behaviour::Behaviour;
use crate::error::Failure;
use crate::jobs::Jobs;
use crate::ledger::Ledger;

/// What a method works on.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The state.
    pub ledger: &'a mut Ledger,
    /// The bulk jobs.
    pub jobs: &'a mut Jobs,
    /// The choices.
    pub behaviour: Behaviour,
    /// The seal of cursors.
    pub cursors: &'a Seal,
    /// Who calls.
    pub caller: Caller,
    /// When.
    pub now: Timestamp,
    /// When, by the real clock.
    pub real_ms: i64,
}

/// A method: its request in, its answer out.
trait Serve: EndpointType {
    fn serve(request: Self::Request, context: &mut Context<'_>) -> Result<Self::Response, Failure>;
}

/// Carries a method out.
///
/// # Errors
/// What the method refuses.
pub(crate) fn call(
    endpoint: &'static Endpoint,
    payload: Value,
    context: &mut Context<'_>,
) -> Result<Value, Failure> {
    use loyalty_contract::{
        accounts as a, coupons as c, programs as p, rewards as r, tiers as l, transactions as t,
    };
    if !endpoint.fields.is_empty() || matches!(endpoint.operation, Operation::ListAccounts) {
        context.ledger.catch_up();
    }
    match endpoint.operation {
        Operation::CreateAccount => run::<a::CreateAccount>(payload, context),
        Operation::EarnPoints => run::<a::EarnPoints>(payload, context),
        Operation::AdjustPoints => run::<a::AdjustPoints>(payload, context),
        Operation::GetAccount => run::<a::GetAccount>(payload, context),
        Operation::GetProgramTotals => run::<a::GetProgramTotals>(payload, context),
        Operation::GetCurrentMemberAccount => run::<a::GetCurrentMemberAccount>(payload, context),
        Operation::GetAccountBySecondaryId => run::<a::GetAccountBySecondaryId>(payload, context),
        Operation::ListAccounts => run::<a::ListAccounts>(payload, context),
        Operation::QueryLoyaltyAccounts => run::<a::QueryLoyaltyAccounts>(payload, context),
        Operation::SearchAccounts => run::<a::SearchAccounts>(payload, context),
        Operation::CountAccounts => run::<a::CountAccounts>(payload, context),
        Operation::BulkAdjustPoints => run::<a::BulkAdjustPoints>(payload, context),
        Operation::GetLoyaltyTransaction => run::<t::GetLoyaltyTransaction>(payload, context),
        Operation::QueryLoyaltyTransactions => run::<t::QueryLoyaltyTransactions>(payload, context),
        Operation::GetLoyaltyProgram => run::<p::GetLoyaltyProgram>(payload, context),
        Operation::ListTiers => run::<l::ListTiers>(payload, context),
        Operation::GetTier => run::<l::GetTier>(payload, context),
        Operation::GetTiersProgram => run::<l::GetTiersProgram>(payload, context),
        Operation::ListRewards => run::<r::ListRewards>(payload, context),
        Operation::GetReward => run::<r::GetReward>(payload, context),
        Operation::QueryRewards => run::<r::QueryRewards>(payload, context),
        Operation::RedeemPointsForCoupon => run::<c::RedeemPointsForCoupon>(payload, context),
        Operation::RedeemCurrentMemberPointsForCoupon => {
            run::<c::RedeemCurrentMemberPointsForCoupon>(payload, context)
        }
        Operation::GetCurrentMemberCoupons => run::<c::GetCurrentMemberCoupons>(payload, context),
        Operation::QueryLoyaltyCoupons => run::<c::QueryLoyaltyCoupons>(payload, context),
        // The proxy's own; the router finds it nowhere.
        Operation::Earn => Err(Failure::not_found("The sandbox has nothing at this path.")),
    }
}

fn run<M: Serve>(payload: Value, context: &mut Context<'_>) -> Result<Value, Failure>
where
    M::Request: DeserializeOwned,
    M::Response: Serialize,
{
    carry(payload, |request| M::serve(request, context))
}

fn carry<Q: DeserializeOwned, A: Serialize>(
    payload: Value,
    serve: impl FnOnce(Q) -> Result<A, Failure>,
) -> Result<Value, Failure> {
    // The validator has read the payload before, so this fails only where it and the types disagree.
    let request = serde_json::from_value(integral(payload))
        .map_err(|error| Failure::invalid_argument(format!("The request can't be read: {error}.")))?;
    let answer = serve(request)?;
    serde_json::to_value(answer)
        .map_err(|error| Failure::internal(format!("The answer can't be written: {error}.")))
}

/// JSON knows no integers: `5.0` is `5`.
fn integral(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if !number.is_i64() && float.fract() == 0.0 && float.abs() < 9e15 => {
                Value::from(float as i64)
            }
            _ => Value::Number(number),
        },
        Value::Array(items) => Value::Array(items.into_iter().map(integral).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, integral(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_are_integers_however_they_are_written() {
        let text = r#"{"a":5.0,"b":[1e3,2.5,-0.0],"c":{"d":"5.0"}}"#;
        assert_eq!(
            integral(serde_json::from_str(text).unwrap()),
            json!({"a":5,"b":[1000,2.5,0],"c":{"d":"5.0"}})
        );
    }
}
