//! An answer of upstream that keeps the contract: its text, and what of it reaches whom (P6, P23).
//!
//! Most answers go on as they came. What an answer says is looked up in its text; a tree is made only for what needs
//! one, and where the text is odd.

mod look;
#[cfg(test)]
mod made_up;
mod members;
mod number;
mod scan;
#[cfg(test)]
mod tests;

pub(crate) use look::Look;

use crate::project;
use loyalty_contract::schema::Record;
use loyalty_contract::validate;
use scan::Cuts;
use serde_json::Value;
use std::borrow::Cow;

/// An answer that keeps a record.
#[derive(Debug)]
pub(crate) struct Answered {
    record: &'static Record,
    form: Form,
    /// Its number among those that came to this exchange; `None` for one that was kept, or put together here.
    pub(crate) came: Option<u32>,
}

#[derive(Debug)]
enum Form {
    /// The text as it came, and what is to be cut from it.
    Text(String, Cuts),
    /// A tree: the text was odd, or there was none.
    Tree(Value),
}

/// What a reader gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The text of upstream, to the letter.
    AsItCame(String),
    /// Another one.
    Made(String),
}

impl Answered {
    /// Takes a text that keeps the record. `None` for one that doesn't.
    pub(crate) fn read(record: &'static Record, text: &str) -> Option<Self> {
        if let Some(cuts) = scan::scan(record, text) {
            return Some(Self { record, form: Form::Text(text.to_owned(), cuts), came: None });
        }
        let value = serde_json::from_str::<Value>(text).ok()?;
        validate::response(record, &value).is_empty().then(|| Self::made(record, value))
    }

    /// An answer that was put together here, from answers that were checked.
    pub(crate) const fn made(record: &'static Record, value: Value) -> Self {
        Self { record, form: Form::Tree(value), came: None }
    }

    /// A look at the whole.
    pub(crate) fn look(&self) -> Look<'_> {
        match &self.form {
            Form::Text(text, _) => Look::Text(text.trim_ascii()),
            Form::Tree(value) => Look::Tree(value),
        }
    }

    /// What stands at the end of a path of names, where it is text. Not copied to each place that asks.
    #[inline(never)]
    pub(crate) fn says(&self, path: &[&str]) -> Option<Cow<'_, str>> {
        self.look().at(path).and_then(Look::text)
    }

    /// The tree of what stands at the end of a path of names; `null` where nothing does.
    #[inline(never)]
    pub(crate) fn part(&self, path: &[&str]) -> Value {
        self.look().at(path).map(Look::value).unwrap_or_default()
    }

    /// The tree.
    pub(crate) fn into_value(self) -> Value {
        match self.form {
            Form::Text(text, _) => serde_json::from_str(&text).unwrap_or_default(),
            Form::Tree(value) => value,
        }
    }

    /// The tree of what reaches a customer, or one who works for the shop. `record` is of the method that is answered,
    /// which may be another than the one that was sent up.
    pub(crate) fn seen(self, record: &'static Record, is_customer: bool) -> Value {
        let value = self.into_value();
        if is_customer { project::known(record, value) } else { project::harmless(value) }
    }

    /// The text of the same.
    pub(crate) fn shown(self, record: &'static Record, is_customer: bool) -> Shown {
        match self.form {
            // A record's name tells its fields.
            Form::Text(text, cuts) if self.record.name == record.name => {
                let cuts = if is_customer { cuts.customer } else { cuts.staff };
                if cuts.is_empty() { Shown::AsItCame(text) } else { Shown::Made(without(&text, &cuts)) }
            }
            _ => Shown::Made(self.seen(record, is_customer).to_string()),
        }
    }
}

/// The text without some ranges of it.
fn without(text: &str, cuts: &[std::ops::Range<usize>]) -> String {
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    for cut in cuts {
        left.push_str(text.get(at..cut.start).unwrap_or_default());
        at = cut.end;
    }
    left.push_str(text.get(at..).unwrap_or_default());
    left
}
