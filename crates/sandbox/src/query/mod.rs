//! Queries: from what a request says to a page of rows and the cursors around it.

mod access;
pub(crate) mod aggregate;
mod along;
pub(crate) mod cell;
pub(crate) mod cursor;
pub(crate) mod matcher;
pub(crate) mod page;
mod plan;
mod set;
mod walk;
pub(crate) mod words;
pub(crate) mod zone;

use loyalty_contract::endpoint::{Endpoint, FieldSet};
use loyalty_contract::filter::{self, Filter};
use loyalty_contract::types::{CursorPaging, Cursors, SearchMode, SortOrder};
use loyalty_contract::validate::{ViolatedRule, Violation};

use crate::auth::seal::Seal;
use crate::error::Failure;
use crate::ledger::{Ledger, Slot};
use cell::Collection;
use cursor::Question;
use page::{Query, Sort};
use words::Words;

/// How many rows a page has unless told otherwise.
pub(crate) const DEFAULT_LIMIT: i64 = 50;

/// A question about one collection, as an operation asks it.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// The operation.
    pub endpoint: &'static Endpoint,
    /// What it goes over.
    pub collection: Collection,
    /// The fields that its filter may name.
    pub fields: FieldSet,
    /// The wire path of the part of the request that holds the question.
    pub at: &'static str,
    /// What is asked.
    pub question: Question,
    /// How many rows, from where.
    pub paging: Option<&'a CursorPaging>,
}

/// A page, found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The rows.
    pub slots: Vec<Slot>,
    /// The pages around it.
    pub cursors: Cursors,
    /// What was asked, the cursor's part included.
    pub query: Query,
}

impl Found {
    /// The number of rows of this page.
    #[must_use]
    pub(crate) fn count(&self) -> i64 {
        i64::try_from(self.slots.len()).unwrap_or(i64::MAX)
    }
}

impl Asked<'_> {
    /// Finds the page.
    ///
    /// # Errors
    /// A cursor that is not this query's, a question that doesn't fit, or one that was changed between pages.
    pub(crate) fn find(mut self, ledger: &Ledger, seal: &Seal) -> Result<Found, Failure> {
        let cursor = self.paging.and_then(|paging| paging.cursor.as_deref());
        let mut limit = self.paging.and_then(|paging| paging.limit);
        let mut from = None;
        if let Some(cursor) = cursor {
            let opened = cursor::open(seal, self.endpoint.operation, cursor).ok_or_else(|| {
                self.refuse("cursorPaging.cursor", "is not a cursor that this query gave out")
            })?;
            self.check_unchanged(&opened.question)?;
            self.question = opened.question;
            limit = limit.or(Some(opened.limit));
            from = Some(opened.position);
        }
        let limit = limit.unwrap_or(DEFAULT_LIMIT).clamp(1, 100);
        let query = self.query()?;
        let page = query.page(ledger, from.as_ref(), usize::try_from(limit).unwrap_or(1));
        let sealed = |position| cursor::make(seal, self.endpoint.operation, &self.question, limit, position);
        let cursors =
            Cursors { next: page.next.map(sealed).transpose()?, prev: page.prev.map(sealed).transpose()? };
        Ok(Found { slots: page.slots, cursors, query })
    }

    /// A cursor carries the question. One that stands beside it must be the same, or the caller expects
    /// something that won't happen.
    fn check_unchanged(&self, carried: &Question) -> Result<(), Failure> {
        let empty = |value: &serde_json::Value| value.as_object().is_some_and(serde_json::Map::is_empty);
        let sent = &self.question;
        if sent.filter.as_ref().is_some_and(|filter| !empty(filter)) && sent.filter != carried.filter {
            return Err(self.refuse("filter", "can't change between pages: the cursor carries the filter"));
        }
        if sent.sort.as_ref().is_some_and(|sort| !sort.is_empty()) && sent.sort != carried.sort {
            return Err(self.refuse("sort", "can't change between pages: the cursor carries the order"));
        }
        if sent.words.is_some() && sent.words != carried.words {
            return Err(self.refuse("search", "can't change between pages: the cursor carries the words"));
        }
        Ok(())
    }

    fn refuse(&self, field: &str, description: &str) -> Failure {
        let dot = if self.at.is_empty() { "" } else { "." };
        Violation::new(&format!("{}{dot}{field}", self.at), ViolatedRule::Format, description).into()
    }

    /// The question, read.
    ///
    /// # Errors
    /// A filter or a sort that the validator let through although this collection can't answer it.
    pub(crate) fn query(&self) -> Result<Query, Failure> {
        let filter = match &self.question.filter {
            Some(raw) => filter::parse(raw, self.fields)?,
            None => Filter::All,
        };
        let unsupported = |path: &str| self.refuse(path, "is not supported here");
        let mut order = Vec::new();
        for key in self.question.sort.iter().flatten() {
            let column =
                self.collection.column(&key.field_name).ok_or_else(|| unsupported(&key.field_name))?;
            let down = key.order == Some(SortOrder::Desc);
            order.push(Sort { path: key.field_name.clone(), column, down });
        }
        if order.is_empty() {
            order.push(Sort::by_default(self.collection));
        }
        let words = match &self.question.words {
            Some(details) => {
                let named = details.fields.iter().flatten().map(String::as_str);
                let mut paths: Vec<&str> = named.collect();
                if paths.is_empty() {
                    paths.extend(self.endpoint.searchable);
                }
                let columns =
                    paths.iter().map(|path| self.collection.column(path).ok_or_else(|| unsupported(path)));
                let columns = columns.collect::<Result<Vec<_>, _>>()?;
                let all = details.mode == Some(SearchMode::And);
                let expression = details.expression.as_deref().unwrap_or_default();
                Some(Words::new(expression, all, details.fuzzy == Some(true), columns))
            }
            None => None,
        };
        Ok(Query { collection: self.collection, filter, words, order })
    }
}
