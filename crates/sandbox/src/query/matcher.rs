//! Whether a row passes a filter.

use std::cmp::Ordering;

use loyalty_contract::filter::{Filter, Literal, Test};

use super::cell::{Cell, Collection, Column};
use crate::ledger::{Ledger, Slot};

/// A filter whose fields were looked up.
#[derive(Debug, Clone)]
pub(crate) enum Matcher {
    /// Every row.
    All,
    /// Rows that pass each.
    And(Vec<Self>),
    /// Rows that pass one at least.
    Or(Vec<Self>),
    /// Rows that don't pass.
    Not(Box<Self>),
    /// Rows whose value passes the test.
    Field(Column, Test),
}

impl Matcher {
    /// Looks the fields of a filter up. `None` where the collection lacks one.
    #[must_use]
    pub(crate) fn new(filter: &Filter, collection: Collection) -> Option<Self> {
        let all = |parts: &[Filter]| {
            parts.iter().map(|part| Self::new(part, collection)).collect::<Option<Vec<_>>>()
        };
        Some(match filter {
            Filter::All => Self::All,
            Filter::And(parts) => Self::And(all(parts)?),
            Filter::Or(parts) => Self::Or(all(parts)?),
            Filter::Not(part) => Self::Not(Box::new(Self::new(part, collection)?)),
            Filter::Field(field, test) => Self::Field(collection.column(field.path)?, test.clone()),
        })
    }

    /// Whether the row passes.
    #[must_use]
    pub(crate) fn passes(&self, ledger: &Ledger, slot: Slot) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.passes(ledger, slot)),
            Self::Or(parts) => parts.iter().any(|part| part.passes(ledger, slot)),
            Self::Not(part) => !part.passes(ledger, slot),
            Self::Field(column, test) => passes(column(ledger, slot), test),
        }
    }
}

/// Whether a value passes a test. What is missing equals `null`, and is neither less nor greater than anything.
#[must_use]
pub(crate) fn passes(cell: Cell<'_>, test: &Test) -> bool {
    let compares = |literal, wanted: fn(Ordering) -> bool| compare(cell, literal).is_some_and(wanted);
    match test {
        Test::Eq(literal) => equals(cell, literal),
        Test::Ne(literal) => !equals(cell, literal),
        Test::Lt(literal) => compares(literal, Ordering::is_lt),
        Test::Lte(literal) => compares(literal, Ordering::is_le),
        Test::Gt(literal) => compares(literal, Ordering::is_gt),
        Test::Gte(literal) => compares(literal, Ordering::is_ge),
        Test::In(literals) => literals.iter().any(|literal| equals(cell, literal)),
        Test::Nin(literals) => !literals.iter().any(|literal| equals(cell, literal)),
        Test::Exists(wanted) => (cell != Cell::Missing) == *wanted,
        Test::IsEmpty(wanted) => matches!(cell, Cell::Missing | Cell::Text("")) == *wanted,
        Test::StartsWith(start) => starts_with(cell, start),
    }
}

fn equals(cell: Cell<'_>, literal: &Literal) -> bool {
    match literal {
        Literal::Null => cell == Cell::Missing,
        literal => compare(cell, literal).is_some_and(Ordering::is_eq),
    }
}

pub(super) fn compare(cell: Cell<'_>, literal: &Literal) -> Option<Ordering> {
    match (cell, literal) {
        (Cell::Id(id), Literal::Text(text)) => Some(id.order_text(text)),
        (Cell::Text(one), Literal::Text(two)) => Some(one.cmp(two)),
        // Points stay far below 2^53, so a double holds them exactly.
        (Cell::Number(one), Literal::Number(two)) => (one as f64).partial_cmp(two),
        (Cell::Date(one), Literal::Date(two)) => Some(one.cmp(two)),
        _ => None,
    }
}

fn starts_with(cell: Cell<'_>, start: &str) -> bool {
    let begins = |text: &str| {
        let mut letters = text.chars().flat_map(char::to_lowercase);
        start.chars().flat_map(char::to_lowercase).all(|wanted| letters.next() == Some(wanted))
    };
    match cell {
        Cell::Id(id) => begins(&id.to_string()),
        Cell::Text(text) => begins(text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::Timestamp;

    fn text(text: &str) -> Literal {
        Literal::Text(text.to_owned())
    }

    #[test]
    fn l10_what_each_operator_means() {
        let five = || Literal::Number(5.0);
        for (cell, test, expected) in [
            (Cell::Number(5), Test::Eq(five()), true),
            (Cell::Number(5), Test::Eq(Literal::Number(5.5)), false),
            (Cell::Number(5), Test::Ne(five()), false),
            (Cell::Missing, Test::Ne(five()), true),
            (Cell::Missing, Test::Eq(Literal::Null), true),
            (Cell::Number(0), Test::Eq(Literal::Null), false),
            (Cell::Missing, Test::Ne(Literal::Null), false),
            (Cell::Number(4), Test::Lt(five()), true),
            (Cell::Number(5), Test::Lt(five()), false),
            (Cell::Number(5), Test::Lte(five()), true),
            (Cell::Number(6), Test::Gt(five()), true),
            (Cell::Number(5), Test::Gte(five()), true),
            (Cell::Missing, Test::Lt(five()), false),
            (Cell::Missing, Test::Gte(five()), false),
            (Cell::Date(Timestamp(5)), Test::Gt(Literal::Date(Timestamp(4))), true),
            (Cell::Text("EARN"), Test::In(vec![text("ADJUST"), text("EARN")]), true),
            (Cell::Text("EARN"), Test::Nin(vec![text("ADJUST"), text("EARN")]), false),
            (Cell::Missing, Test::In(vec![Literal::Null]), true),
            (Cell::Missing, Test::In(vec![]), false),
            (Cell::Missing, Test::Nin(vec![]), true),
            (Cell::Missing, Test::Exists(false), true),
            (Cell::Text(""), Test::Exists(true), true),
            (Cell::Text(""), Test::IsEmpty(true), true),
            (Cell::Missing, Test::IsEmpty(true), true),
            (Cell::Text("x"), Test::IsEmpty(true), false),
            (Cell::Text("x"), Test::IsEmpty(false), true),
            (Cell::Text("Über uns"), Test::StartsWith("üBER".to_owned()), true),
            (Cell::Text("Üb"), Test::StartsWith("über".to_owned()), false),
            (Cell::Missing, Test::StartsWith(String::new()), false),
            (Cell::Text("b"), Test::Gt(text("a")), true),
            (Cell::Text("B"), Test::Eq(text("b")), false),
        ] {
            assert_eq!(passes(cell, &test), expected, "{cell:?} {test:?}");
        }
    }

    #[test]
    fn ids_compare_as_their_text() {
        let id = crate::ids::IdSource::new(1).nth(crate::ids::IdKind::Account, 0);
        let written = id.to_string();
        assert!(passes(Cell::Id(id), &Test::Eq(text(&written))));
        assert!(passes(Cell::Id(id), &Test::StartsWith(written[..6].to_uppercase())));
        assert!(passes(Cell::Id(id), &Test::Gt(text(""))));
        assert!(!passes(Cell::Id(id), &Test::Eq(text("not-an-id"))));
    }
}
