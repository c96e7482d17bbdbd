//! `/async-jobs`: what becomes of a bulk job, and of each of its accounts.

use loyalty_contract::path;
use loyalty_contract::schema::{Field, Record, RecordType, Type};
use loyalty_contract::types::{CursorPaging, CursorPagingMetadata, Cursors};
use loyalty_contract::validate::{ViolatedRule, Violation};
use serde_json::{Value, json};

use super::{Job, Jobs};
use crate::auth::seal::{Seal, decode, encode};
use crate::error::Failure;
use crate::ids::Id;
use crate::ledger::Ledger;
use crate::ledger::change::{MAX_BALANCE, Refusal};

const ROOT: &str = "/async-jobs/v1/async-jobs/";
const DEFAULT_LIMIT: usize = 50;

/// What the query string of a call may hold.
static QUERY: Record = Record {
    name: "AsyncJobQuery",
    doc: "How many items, from where.",
    fields: &[
        Field {
            name: "jobId",
            doc: "The job, as in the path.",
            ty: Type::Guid,
            required: false,
            limits: &[],
        },
        Field {
            name: "paging",
            doc: "How many, from where.",
            ty: Type::Record(CursorPaging::RECORD),
            required: false,
            limits: &[],
        },
    ],
    rules: &[],
};

/// What a call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    job: &'a str,
    items: bool,
}

/// The call of a path; `None` where it is none of these.
#[must_use]
pub(crate) fn find(path: &str) -> Option<Place<'_>> {
    let rest = path.strip_prefix(ROOT)?;
    let (job, items) = match rest.split_once('/') {
        None => (rest, false),
        Some((job, "items")) => (job, true),
        Some(_) => return None,
    };
    (!job.is_empty()).then_some(Place { job, items })
}

impl Jobs {
    /// Answers a call.
    ///
    /// # Errors
    /// An id that is none, a job that isn't there, or a query string that doesn't fit.
    pub(crate) fn answer(
        &self,
        place: Place<'_>,
        query: &str,
        ledger: &Ledger,
        seal: &Seal,
    ) -> Result<Value, Failure> {
        let id = Id::parse(place.job)
            .ok_or_else(|| Violation::new("jobId", ViolatedRule::Format, "must be a GUID"))?;
        let sent = read(query, place)?;
        let job = self.get(id).ok_or_else(|| Failure::not_found("There is no such job."))?;
        if place.items { job.items(&sent, ledger, seal) } else { Ok(json!({ "job": job.shown() })) }
    }
}

/// The query string: the path's id again, and paging for items.
fn read(query: &str, place: Place<'_>) -> Result<Value, Failure> {
    let sent = path::parse_query(&QUERY, query)?;
    let fields = sent.as_object().into_iter().flatten();
    for (name, value) in fields {
        match name.as_str() {
            "jobId" if value.as_str().is_some_and(|again| again.eq_ignore_ascii_case(place.job)) => {}
            "jobId" => {
                return Err(Violation::new(name, ViolatedRule::Format, "is not the one in the path").into());
            }
            "paging" if place.items => {}
            _ => {
                let text = "is not a field of this request";
                return Err(Violation::new(name, ViolatedRule::NotAllowed, text).into());
            }
        }
    }
    Ok(sent)
}

impl Job {
    fn shown(&self) -> Value {
        let failed: usize = self.errors.values().sum();
        let succeeded = self.outcomes.len() - failed;
        json!({
            "id": self.id.to_string(),
            "status": self.status.as_str(),
            "counters": {
                "itemsToProcess": self.targets.len(),
                "itemsSucceeded": succeeded,
                "itemsFailed": failed,
            },
            // The newer name of the same, which the documentation gives beside it.
            "counts": {
                "total": self.targets.len(),
                "successCount": succeeded,
                "failCount": failed,
                "errorByCodeCount": self.errors,
            },
            "createdDate": self.created,
            "updatedDate": self.updated,
        })
    }

    /// A page of the accounts that were tried so far, in the order of the job.
    fn items(&self, sent: &Value, ledger: &Ledger, seal: &Seal) -> Result<Value, Failure> {
        let paging = &sent["paging"];
        let wrong = |field: &str, rule, text: &str| Violation::new(&format!("paging.{field}"), rule, text);
        if let Some(name) = paging
            .as_object()
            .and_then(|fields| fields.keys().find(|name| !matches!(name.as_str(), "limit" | "cursor")))
        {
            return Err(wrong(name, ViolatedRule::NotAllowed, "is not a field of this request").into());
        }
        let limit = match &paging["limit"] {
            Value::Null => DEFAULT_LIMIT,
            limit => match limit.as_f64() {
                Some(number) if number.fract() != 0.0 => {
                    return Err(wrong("limit", ViolatedRule::Type, "must be an integer").into());
                }
                Some(number) if number < 1.0 => {
                    return Err(wrong("limit", ViolatedRule::Min, "must be at least 1").into());
                }
                Some(number) if number > 100.0 => {
                    return Err(wrong("limit", ViolatedRule::Max, "must be at most 100").into());
                }
                Some(number) => number as usize,
                None => return Err(wrong("limit", ViolatedRule::Type, "must be an integer").into()),
            },
        };
        let from = match &paging["cursor"] {
            Value::Null => 0,
            cursor => cursor.as_str().and_then(|cursor| self.opened(cursor, seal)).ok_or_else(|| {
                wrong("cursor", ViolatedRule::Format, "is not a cursor that this job gave out")
            })?,
        };
        let items: Vec<Value> = self
            .targets
            .iter()
            .zip(&self.outcomes)
            .enumerate()
            .skip(from)
            .take(limit)
            .map(|(index, (account, outcome))| {
                let account = ledger.account(*account).map(|row| row.id.to_string());
                match outcome {
                    Ok(slot) => json!({
                        "itemMetadata": { "id": account, "originalIndex": index, "success": true },
                        "transactionId": ledger.transaction(*slot).map(|row| row.id.to_string()),
                    }),
                    Err(refusal) => {
                        let (code, description) = told(refusal);
                        let error = json!({ "code": code, "description": description, "data": {} });
                        json!({
                            "itemMetadata":
                                { "id": account, "originalIndex": index, "success": false, "error": error },
                        })
                    }
                }
            })
            .collect();
        let behind = from + items.len();
        let next = (behind < self.outcomes.len()).then(|| self.sealed(behind, seal));
        let prev = (from > 0).then(|| self.sealed(from.saturating_sub(limit), seal));
        let metadata = CursorPagingMetadata {
            count: i64::try_from(items.len()).ok(),
            has_next: Some(next.is_some()),
            cursors: Some(Cursors { next, prev }),
        };
        Ok(json!({ "items": items, "pagingMetadata": metadata }))
    }

    fn sealed(&self, place: usize, seal: &Seal) -> String {
        let text = encode(format!("job {} {place}", self.id).as_bytes());
        format!("{text}.{}", seal.of(&text))
    }

    fn opened(&self, cursor: &str, seal: &Seal) -> Option<usize> {
        let (text, mark) = cursor.split_once('.')?;
        if !seal.fits(text, mark) {
            return None;
        }
        let text = String::from_utf8(decode(text)?).ok()?;
        text.strip_prefix(&format!("job {} ", self.id))?.parse().ok()
    }
}

/// Why an account was left as it is, by code and in words.
pub(super) fn told(refusal: &Refusal) -> (String, String) {
    match Failure::from(refusal.clone()) {
        Failure::Application { code, description, .. } => (code.into_owned(), description),
        // The only field that a job can get wrong for one account is the amount.
        Failure::Validation(_) | Failure::WrongMethod(_) => {
            ("OUT_OF_RANGE".to_owned(), format!("The balance would rise above {MAX_BALANCE}."))
        }
    }
}
