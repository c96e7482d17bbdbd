//! The methods of tiers, and their neighbours.

use loyalty_contract::neighbours::tiers::{
    BulkActionMetadata, BulkCreateTiersRequest, BulkCreateTiersResponse, BulkTierResult, CreateTierRequest,
    DeleteTierRequest, ItemError, ItemMetadata, SettingsInput, SettingsRequest, SettingsResponse, TierInput,
    TierResponse, UpdateTierRequest,
};
use loyalty_contract::tiers::{
    GetTier, GetTierRequest, GetTierResponse, GetTiersProgram, GetTiersProgramResponse, ListTiers,
    ListTiersResponse,
};
use loyalty_contract::types::{Tier, TierDefinition};
use loyalty_contract::validate::{ViolatedRule, Violation};
use loyalty_contract::values::{Int64, Json};

use super::neighbours::Nothing;
use super::{Context, Serve, show};
use crate::error::Failure;
use crate::ids::Id;
use crate::ledger::catalog::TiersStatus;
use crate::ledger::{Ledger, Slot};

fn find(ledger: &Ledger, id: &str) -> Result<Slot, Failure> {
    let slot = Id::parse(id).and_then(|id| ledger.tier_by_id(id));
    slot.ok_or_else(|| Failure::not_found("There is no such tier."))
}

fn tier(ledger: &Ledger, slot: Slot) -> Result<Tier, Failure> {
    ledger.tier(slot).map(show::tier).ok_or_else(|| Failure::not_found("There is no such tier."))
}

/// A field that a change can't do without.
pub(super) fn required(field: &str) -> Failure {
    Violation::new(field, ViolatedRule::Required, "is required").into()
}

/// The revision that a change was decided by.
pub(super) fn revision(sent: Option<Int64>, field: &str) -> Result<String, Failure> {
    sent.map(|revision| revision.0).ok_or_else(|| required(field))
}

impl Serve for ListTiers {
    fn serve(_: Self::Request, context: &mut Context<'_>) -> Result<ListTiersResponse, Failure> {
        Ok(ListTiersResponse { tiers: context.ledger.ladder().map(show::tier).collect() })
    }
}

impl Serve for GetTier {
    fn serve(request: GetTierRequest, context: &mut Context<'_>) -> Result<GetTierResponse, Failure> {
        let slot = find(context.ledger, request.tier_id.as_str())?;
        Ok(GetTierResponse { tier: tier(context.ledger, slot)? })
    }
}

impl Serve for GetTiersProgram {
    fn serve(_: Self::Request, context: &mut Context<'_>) -> Result<GetTiersProgramResponse, Failure> {
        Ok(GetTiersProgramResponse {
            tiers: context.ledger.ladder().map(show::tier).collect(),
            program_settings: Some(show::settings(&context.ledger.settings)),
        })
    }
}

fn add(context: &mut Context<'_>, new: TierInput, at: &str) -> Result<Tier, Failure> {
    let definition = new
        .tier_definition
        .filter(|definition| definition.name.is_some())
        .ok_or_else(|| required(&format!("{at}.tierDefinition.name")))?;
    let points = new.required_points.ok_or_else(|| required(&format!("{at}.requiredPoints")))?;
    let slot = context.ledger.create_tier(definition, points, context.now)?;
    tier(context.ledger, slot)
}

pub(super) fn create(request: CreateTierRequest, context: &mut Context<'_>) -> Result<TierResponse, Failure> {
    Ok(TierResponse { tier: add(context, request.tier, "tier")? })
}

/// What came of one item of many: its ID, or why there is none.
pub(super) fn item_metadata<T>(
    at: usize,
    made: &Result<T, Failure>,
    id: impl Fn(&T) -> loyalty_contract::Guid,
) -> ItemMetadata {
    let error = made.as_ref().err().map(|failure| {
        let (code, description) = failure.told();
        ItemError { code, description, data: Some(Json(serde_json::json!({}))) }
    });
    ItemMetadata {
        id: made.as_ref().ok().map(id),
        original_index: i64::try_from(at).unwrap_or_default(),
        success: made.is_ok(),
        error,
    }
}

/// The numbers of a bulk call.
pub(super) fn bulk_metadata<'a>(items: impl Iterator<Item = &'a ItemMetadata>) -> BulkActionMetadata {
    let mut told = BulkActionMetadata::default();
    for item in items {
        let count = if item.success { &mut told.total_successes } else { &mut told.total_failures };
        *count += 1;
    }
    told
}

pub(super) fn bulk_create(
    request: BulkCreateTiersRequest,
    context: &mut Context<'_>,
) -> Result<BulkCreateTiersResponse, Failure> {
    let mut results = Vec::with_capacity(request.tiers.len());
    for (at, new) in request.tiers.into_iter().enumerate() {
        let made = add(context, new, &format!("tiers[{at}]"));
        let item_metadata = item_metadata(at, &made, |tier| tier.id.clone());
        results.push(BulkTierResult { item_metadata, item: made.ok() });
    }
    let bulk_action_metadata = bulk_metadata(results.iter().map(|result| &result.item_metadata));
    Ok(BulkCreateTiersResponse { results, bulk_action_metadata })
}

pub(super) fn update(request: UpdateTierRequest, context: &mut Context<'_>) -> Result<TierResponse, Failure> {
    let change = request.tier;
    let id = change.id.ok_or_else(|| required("tier.id"))?;
    let slot = find(context.ledger, id.as_str())?;
    let revision = revision(change.revision, "tier.revision")?;
    let row = context.ledger.tier(slot).ok_or_else(|| Failure::not_found("There is no such tier."))?;
    let mut definition = row.definition.clone();
    let points = change.required_points.unwrap_or(row.required);
    if let Some(TierDefinition { icon, name, description }) = change.tier_definition {
        definition.icon = icon.or(definition.icon);
        definition.name = name.or(definition.name);
        definition.description = description.or(definition.description);
    }
    context.ledger.update_tier(slot, &revision, definition, points, context.now)?;
    Ok(TierResponse { tier: tier(context.ledger, slot)? })
}

pub(super) fn delete(request: DeleteTierRequest, context: &mut Context<'_>) -> Result<Nothing, Failure> {
    let slot = find(context.ledger, request.tier_id.as_str())?;
    context.ledger.delete_tier(slot, &request.revision.0, context.now)?;
    Ok(Nothing {})
}

fn settings(context: &Context<'_>) -> SettingsResponse {
    SettingsResponse { program_settings: show::settings(&context.ledger.settings) }
}

pub(super) fn get_settings(_: Nothing, context: &mut Context<'_>) -> Result<SettingsResponse, Failure> {
    Ok(settings(context))
}

pub(super) fn create_settings(_: SettingsRequest, _: &mut Context<'_>) -> Result<SettingsResponse, Failure> {
    // A site of the sandbox is never without.
    Err(Failure::already_exists("The tiers have settings already; update them instead."))
}

pub(super) fn update_settings(
    request: SettingsRequest,
    context: &mut Context<'_>,
) -> Result<SettingsResponse, Failure> {
    let SettingsInput { rolling_window, status, revision: sent, base_tier_definition, .. } =
        request.program_settings;
    let revision = revision(sent, "programSettings.revision")?;
    let status = TiersStatus::from_name(status.as_str()).ok_or_else(|| {
        let text = "must be one of `DISABLED`, `DRAFT`, `ACTIVE`, `PAUSED`";
        Failure::from(Violation::new("programSettings.status", ViolatedRule::Unsupported, text))
    })?;
    let base = base_tier_definition.unwrap_or_default();
    let months = rolling_window.duration_in_months;
    context.ledger.set_tier_settings(&revision, status, months, base, context.now)?;
    Ok(settings(context))
}
