//! The methods of accounts.

use loyalty_contract::accounts::{
    AccountResponse, AdjustPoints, AdjustPointsRequest, CountAccounts, CountAccountsRequest,
    CountAccountsResponse, CreateAccount, CreateAccountRequest, EarnPoints, EarnPointsRequest, GetAccount,
    GetAccountBySecondaryId, GetAccountBySecondaryIdRequest, GetAccountRequest, GetCurrentMemberAccount,
    GetProgramTotals, GetProgramTotalsResponse, ListAccounts, ListAccountsRequest, ListAccountsResponse,
    PointsResponse, QueryLoyaltyAccounts, QueryLoyaltyAccountsRequest, QueryLoyaltyAccountsResponse,
    SearchAccounts, SearchAccountsRequest, SearchAccountsResponse,
};
use loyalty_contract::endpoint::EndpointType;
use loyalty_contract::fields::ACCOUNTS_QUERY;
use loyalty_contract::types::{
    AggregationData, CursorPagingMetadata, EarnInfo, LoyaltyAccount, PagingMetadataV2, TierTotal,
};
use loyalty_contract::validate::{ViolatedRule, Violation};
use serde_json::json;

use super::{Context, Serve, render};
use crate::auth::Caller;
use crate::behaviour::{DuplicateEarn, OutOfRange, Refused, Tolerance};
use crate::error::Failure;
use crate::ids::Id;
use crate::ledger::change::{Adjustment, Earn, MAX_BALANCE, Refusal};
use crate::ledger::{Cause, Ledger, Slot};
use crate::query::aggregate;
use crate::query::cell::Collection;
use crate::query::cursor::Question;
use crate::query::zone::Zone;
use crate::query::{Asked, Found};

fn no_account() -> Failure {
    Failure::not_found("There is no such loyalty account.")
}

fn answer(ledger: &Ledger, slot: Option<Slot>) -> Result<AccountResponse, Failure> {
    let account = slot.and_then(|slot| render::account(ledger, slot)).ok_or_else(no_account)?;
    Ok(AccountResponse { account })
}

fn rendered(ledger: &Ledger, slots: &[Slot]) -> Vec<LoyaltyAccount> {
    slots.iter().filter_map(|slot| render::account(ledger, *slot)).collect()
}

/// How the older methods tell where a page stands. What is counted in all belongs to paging by offset.
pub(super) fn paging_v2(found: Found) -> PagingMetadataV2 {
    PagingMetadataV2 {
        count: Some(found.count()),
        cursors: Some(found.cursors),
        ..PagingMetadataV2::default()
    }
}

/// How the newer methods tell where a page stands.
pub(super) fn paging(found: &Found) -> CursorPagingMetadata {
    CursorPagingMetadata {
        count: Some(found.count()),
        has_next: Some(found.cursors.next.is_some()),
        cursors: Some(found.cursors.clone()),
    }
}

impl Serve for CreateAccount {
    fn serve(request: CreateAccountRequest, context: &mut Context<'_>) -> Result<AccountResponse, Failure> {
        let contact = Id::parse(request.contact_id.as_str()).ok_or_else(no_account)?;
        let opened = context.ledger.create_account(contact, context.now);
        let slot = opened.map_err(|refusal| context.behaviour.failure(refusal))?;
        answer(context.ledger, Some(slot))
    }
}

impl Serve for EarnPoints {
    fn serve(request: EarnPointsRequest, context: &mut Context<'_>) -> Result<PointsResponse, Failure> {
        let account = find(context.ledger, request.account_id.as_str())?;
        let earn = Earn {
            amount: request.amount,
            key: request.idempotency_key.into(),
            description: request.description.map(Into::into),
            info: EarnInfo {
                app_id: request.app_id,
                activity_type: request.activity_type,
                order_id: request.order_id,
                followed_social_media: request.followed_social_media,
            },
        };
        if let Some(first) = context.ledger.transaction_by_key(account, &earn.key) {
            let same = same_earn(context.ledger, account, &earn).is_some();
            let (wanted, refused) = if same {
                (context.behaviour.duplicate_earn, Refused::DuplicateEarn)
            } else {
                (context.behaviour.other_payload, Refused::OtherPayload)
            };
            return match wanted {
                DuplicateEarn::Replay => moved(context.ledger, account, first),
                DuplicateEarn::Reject => Err(context.behaviour.said(refused, Refusal::KeyUsed.into())),
            };
        }
        let paid = context.ledger.earn(account, earn, context.now);
        let slot = paid.map_err(|refusal| context.behaviour.failure(refusal))?;
        moved(context.ledger, account, slot)
    }
}

/// The transaction that was made by the same key and the same payload.
fn same_earn(ledger: &Ledger, account: Slot, earn: &Earn) -> Option<Slot> {
    let slot = ledger.transaction_by_key(account, &earn.key)?;
    let row = ledger.transaction(slot)?;
    let same_info = matches!(&row.cause, Cause::Earn(info) if info.info() == earn.info);
    (same_info && row.amount == earn.amount && row.description.as_deref() == earn.description.as_deref())
        .then_some(slot)
}

impl Serve for AdjustPoints {
    fn serve(request: AdjustPointsRequest, context: &mut Context<'_>) -> Result<PointsResponse, Failure> {
        let account = find(context.ledger, request.account_id.as_str())?;
        let adjustment = match (request.balance, request.amount) {
            (Some(balance), _) => Adjustment::To(balance),
            (None, Some(amount)) => Adjustment::By(amount),
            (None, None) => return Err(Failure::invalid_argument("Give a balance or an amount.")),
        };
        let adjustment = within_range(context, account, adjustment);
        let heeded = context.behaviour.stale_revision == Tolerance::Reject;
        let revision = request.revision.as_ref().map(|revision| revision.0.as_str()).filter(|_| heeded);
        let description = request.description.map(Into::into);
        let adjusted = context.ledger.adjust(account, adjustment, revision, description, context.now);
        let slot = adjusted.map_err(|refusal| context.behaviour.failure(refusal))?;
        moved(context.ledger, account, slot)
    }
}

/// The adjustment, or the nearest that the service of this behaviour makes of it.
fn within_range(context: &Context<'_>, account: Slot, adjustment: Adjustment) -> Adjustment {
    let before = context.ledger.account(account).map_or(0, |row| row.points.balance);
    let after = match adjustment {
        Adjustment::To(balance) => balance,
        Adjustment::By(amount) => before.saturating_add(amount),
    };
    if after < 0 && context.behaviour.below_zero == OutOfRange::Clamp {
        return Adjustment::To(0);
    }
    if after > MAX_BALANCE && context.behaviour.above_maximum == OutOfRange::Clamp {
        return Adjustment::To(MAX_BALANCE);
    }
    adjustment
}

fn find(ledger: &Ledger, id: &str) -> Result<Slot, Failure> {
    Id::parse(id).and_then(|id| ledger.account_by_id(id)).ok_or_else(no_account)
}

fn moved(ledger: &Ledger, account: Slot, transaction: Slot) -> Result<PointsResponse, Failure> {
    let account = render::account(ledger, account).ok_or_else(no_account)?;
    let transaction_id = ledger.transaction(transaction).map(|row| row.id.guid()).unwrap_or_default();
    Ok(PointsResponse { account, transaction_id })
}

impl Serve for GetAccount {
    fn serve(request: GetAccountRequest, context: &mut Context<'_>) -> Result<AccountResponse, Failure> {
        let slot = find(context.ledger, request.id.as_str())?;
        answer(context.ledger, Some(slot))
    }
}

impl Serve for GetProgramTotals {
    fn serve(_: Self::Request, context: &mut Context<'_>) -> Result<GetProgramTotalsResponse, Failure> {
        let ledger = &*context.ledger;
        let above: Vec<_> = ledger
            .ladder()
            .map(|tier| TierTotal { id: Some(tier.id.guid()), number_of_accounts: tier.accounts })
            .collect();
        let all = i64::try_from(ledger.accounts().len()).unwrap_or(i64::MAX);
        let base = all - above.iter().map(|tier| tier.number_of_accounts).sum::<i64>();
        let mut tier_totals = vec![TierTotal { id: None, number_of_accounts: base }];
        tier_totals.extend(above);
        Ok(GetProgramTotalsResponse { points: ledger.totals().clone(), tier_totals })
    }
}

impl Serve for GetCurrentMemberAccount {
    fn serve(_: Self::Request, context: &mut Context<'_>) -> Result<AccountResponse, Failure> {
        match context.caller {
            Caller::Member(member) => answer(context.ledger, context.ledger.account_of_member(member)),
            Caller::App | Caller::Visitor => {
                Err(Failure::not_found("An API key is no member: there is no current member to look up."))
            }
        }
    }
}

impl Serve for GetAccountBySecondaryId {
    fn serve(
        request: GetAccountBySecondaryIdRequest,
        context: &mut Context<'_>,
    ) -> Result<AccountResponse, Failure> {
        let id = |text: &Option<String>| text.as_deref().and_then(Id::parse);
        let by_contact = id(&request.contact_id).and_then(|id| context.ledger.account_of_contact(id));
        let by_member = id(&request.member_id).and_then(|id| context.ledger.account_of_member(id));
        answer(context.ledger, by_contact.or(by_member))
    }
}

impl Serve for ListAccounts {
    fn serve(
        request: ListAccountsRequest,
        context: &mut Context<'_>,
    ) -> Result<ListAccountsResponse, Failure> {
        let contacts = request.contact_ids.filter(|ids| !ids.is_empty());
        let filter = contacts.map(|ids| json!({ "contactId": { "$in": ids } }));
        let asked = Asked {
            endpoint: Self::ENDPOINT,
            collection: Collection::Accounts,
            fields: ACCOUNTS_QUERY,
            at: "",
            question: Question { filter, ..Question::default() },
            paging: request.cursor_paging.as_ref(),
        };
        let found = asked.find(context.ledger, context.cursors)?;
        Ok(ListAccountsResponse {
            accounts: rendered(context.ledger, &found.slots),
            paging_metadata: Some(paging_v2(found)),
        })
    }
}

impl Serve for QueryLoyaltyAccounts {
    fn serve(
        request: QueryLoyaltyAccountsRequest,
        context: &mut Context<'_>,
    ) -> Result<QueryLoyaltyAccountsResponse, Failure> {
        let query = request.query;
        let asked = Asked {
            endpoint: Self::ENDPOINT,
            collection: Collection::Accounts,
            fields: Self::ENDPOINT.fields,
            at: "query",
            question: Question { filter: query.filter.map(|raw| raw.0), sort: query.sort, words: None },
            paging: query.cursor_paging.as_ref(),
        };
        let found = asked.find(context.ledger, context.cursors)?;
        Ok(QueryLoyaltyAccountsResponse {
            loyalty_accounts: rendered(context.ledger, &found.slots),
            paging_metadata: Some(paging(&found)),
        })
    }
}

/// The time zone of a search.
pub(super) fn zone_of(name: Option<&str>) -> Result<Zone, Failure> {
    let Some(name) = name else { return Ok(Zone::utc()) };
    Zone::named(name).ok_or_else(|| {
        let text = "must be an IANA time zone, such as Europe/Paris, or an offset, such as +02:00";
        Violation::new("search.timeZone", ViolatedRule::Format, text).into()
    })
}

impl Serve for SearchAccounts {
    fn serve(
        request: SearchAccountsRequest,
        context: &mut Context<'_>,
    ) -> Result<SearchAccountsResponse, Failure> {
        let search = request.search;
        let plans = aggregate::read(&search.aggregations.unwrap_or_default()).map_err(Failure::Validation)?;
        let zone = zone_of(search.time_zone.as_deref())?;
        let asked = Asked {
            endpoint: Self::ENDPOINT,
            collection: Collection::Accounts,
            fields: Self::ENDPOINT.fields,
            at: "search",
            question: Question {
                filter: search.filter.map(|raw| zone.in_filter(raw.0, Self::ENDPOINT.fields)),
                sort: search.sort,
                words: search.search,
            },
            paging: search.cursor_paging.as_ref(),
        };
        let found = asked.find(context.ledger, context.cursors)?;
        let rows = if plans.is_empty() { Vec::new() } else { found.query.rows(context.ledger) };
        let results = plans.iter().map(|plan| plan.carry_out(context.ledger, &rows, &zone)).collect();
        Ok(SearchAccountsResponse {
            accounts: rendered(context.ledger, &found.slots),
            paging_metadata: Some(paging(&found)),
            aggregation_data: Some(AggregationData { results: Some(results) }),
        })
    }
}

impl Serve for CountAccounts {
    fn serve(
        request: CountAccountsRequest,
        context: &mut Context<'_>,
    ) -> Result<CountAccountsResponse, Failure> {
        let asked = Asked {
            endpoint: Self::ENDPOINT,
            collection: Collection::Accounts,
            fields: Self::ENDPOINT.fields,
            at: "",
            question: Question { filter: request.filter.map(|raw| raw.0), sort: None, words: request.search },
            paging: None,
        };
        let count = asked.query()?.count(context.ledger);
        Ok(CountAccountsResponse { count: i64::try_from(count).unwrap_or(i64::MAX) })
    }
}
