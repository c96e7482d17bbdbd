//! Starting a bulk job. Working on it is the room of [`crate::jobs`].

use loyalty_contract::accounts::{BulkAdjustPoints, BulkAdjustPointsRequest, BulkAdjustPointsResponse};
use loyalty_contract::endpoint::EndpointType;
use loyalty_contract::validate::{ViolatedRule, Violation};

use super::accounts::zone_of;
use super::{Context, Serve};
use crate::error::Failure;
use crate::ledger::ProgramStatus;
use crate::ledger::change::Adjustment;
use crate::query::Asked;
use crate::query::cell::Collection;
use crate::query::cursor::Question;

impl Serve for BulkAdjustPoints {
    fn serve(
        request: BulkAdjustPointsRequest,
        context: &mut Context<'_>,
    ) -> Result<BulkAdjustPointsResponse, Failure> {
        let adjustment = match (request.balance, request.amount) {
            (Some(balance), _) => Adjustment::To(balance),
            (None, Some(amount)) => Adjustment::By(amount),
            (None, None) => return Err(Failure::invalid_argument("Give a balance or an amount.")),
        };
        let search = request.search.unwrap_or_default();
        // Passed over in silence, a limit of 10 would adjust every account that matches.
        if search.cursor_paging.is_some_and(|paging| paging.limit.is_some() || paging.cursor.is_some()) {
            let text = "has no meaning here: a job takes every account that the filter and the words match";
            return Err(Violation::new("search.cursorPaging", ViolatedRule::NotAllowed, text).into());
        }
        let status = context.ledger.program.status;
        if status != ProgramStatus::Active {
            return Err(Failure::program_not_active(status.as_str()));
        }
        let zone = zone_of(search.time_zone.as_deref())?;
        let filter = search.filter.map(|raw| zone.in_filter(raw.0, Self::ENDPOINT.fields));
        let asked = Asked {
            endpoint: Self::ENDPOINT,
            collection: Collection::Accounts,
            fields: Self::ENDPOINT.fields,
            at: "search",
            question: Question { filter, sort: None, words: search.search },
            paging: None,
        };
        let targets = asked.query()?.rows(context.ledger);
        let id = context.jobs.add(adjustment, targets, context.now);
        Ok(BulkAdjustPointsResponse { async_job_id: id.to_string() })
    }
}
