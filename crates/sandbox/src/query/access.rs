//! Ways to the rows that a filter can match at all, by the ordered indexes, and how many rows that is.
//!
//! What is found may be too much and never too little: each row is still tested.

use std::cmp::Ordering;

use loyalty_contract::filter::{Filter, Literal, Test};

use super::cell::{Cell, Collection};
use super::matcher::compare;
use crate::ledger::order::Order;
use crate::ledger::sorted::Place;
use crate::ledger::{Ledger, Slot};

/// Parts of indexes that hold every row that can match.
#[derive(Debug)]
pub(super) struct Access<'a> {
    pub ranges: Vec<(&'a Order, Place, Place)>,
    /// How many rows they hold together.
    pub count: usize,
    /// Whether they hold no others.
    pub exact: bool,
}

impl<'a> Access<'a> {
    /// The narrowest way for a filter, if there is any that is narrower than all rows.
    #[must_use]
    pub(super) fn to(filter: &Filter, collection: Collection, ledger: &'a Ledger) -> Option<Self> {
        match filter {
            Filter::And(parts) => {
                let (ways, others) = Self::to_each(parts, collection, ledger);
                let alone = ways.len() == 1 && others.is_empty();
                let narrowest = ways.into_iter().min_by_key(|way| way.count)?;
                Some(Self { exact: narrowest.exact && alone, ..narrowest })
            }
            Filter::Or(parts) => {
                let ways = parts.iter().map(|part| Self::to(part, collection, ledger));
                let ways = ways.collect::<Option<Vec<_>>>()?;
                let count = ways.iter().map(|way| way.count).sum();
                // A row that matches twice is counted twice.
                let exact = matches!(ways.as_slice(), [only] if only.exact);
                Some(Self { ranges: ways.into_iter().flat_map(|way| way.ranges).collect(), count, exact })
            }
            Filter::Field(field, test) => {
                let order = collection.order(ledger, field.path)?;
                let reach = Reach { order, ledger };
                let (mut ranges, exact) = reach.of(test)?;
                ranges.retain(|(low, high)| low < high);
                ranges.sort_unstable();
                ranges.dedup();
                let count =
                    ranges.iter().map(|(low, high)| order.rows.rank(*high) - order.rows.rank(*low)).sum();
                let ranges = ranges.into_iter().map(|(low, high)| (order, low, high)).collect();
                Some(Self { ranges, count, exact })
            }
            Filter::All | Filter::Not(_) => None,
        }
    }

    /// The part of an index outside of which no row can match.
    #[must_use]
    pub(super) fn within(
        filter: &Filter,
        collection: Collection,
        ledger: &'a Ledger,
        order: &Order,
    ) -> (Place, Place) {
        let (ways, _) = match filter {
            Filter::And(parts) => Self::to_each(parts, collection, ledger),
            filter => Self::to_each(std::slice::from_ref(filter), collection, ledger),
        };
        let part = ways.iter().find_map(|way| match way.ranges.as_slice() {
            &[(of, low, high)] if std::ptr::eq(of, order) => Some((low, high)),
            _ => None,
        });
        part.unwrap_or_else(|| (Place::default(), order.rows.end()))
    }

    /// The ways to conditions that must all hold, and the conditions that there is no way to. What is asked of the
    /// same field, as "from" and "to" of a time are, is one way.
    fn to_each<'f>(
        parts: &'f [Filter],
        collection: Collection,
        ledger: &'a Ledger,
    ) -> (Vec<Self>, Vec<&'f Filter>) {
        let (mut ways, mut others): (Vec<Self>, Vec<&Filter>) = (Vec::new(), Vec::new());
        for part in parts {
            let Some(way) = Self::to(part, collection, ledger) else {
                others.push(part);
                continue;
            };
            match ways.iter_mut().find_map(|other| Some((other.both(&way)?, other))) {
                Some((both, other)) => *other = both,
                None => ways.push(way),
            }
        }
        (ways, others)
    }

    /// What two ways have in common, where both are one part of the same index.
    fn both(&self, other: &Self) -> Option<Self> {
        let (&[(order, low, high)], &[(of, from, to)]) = (self.ranges.as_slice(), other.ranges.as_slice())
        else {
            return None;
        };
        if !std::ptr::eq(order, of) {
            return None;
        }
        let (low, high) = (low.max(from), high.min(to));
        let (low, high) = (low.min(high), high);
        let count = order.rows.rank(high) - order.rows.rank(low);
        Some(Self { ranges: vec![(order, low, high)], count, exact: self.exact && other.exact })
    }

    /// The rows, each once.
    #[must_use]
    pub(super) fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(self.count);
        for (order, low, high) in &self.ranges {
            slots.extend(order.rows.slots(*low, *high).flatten());
        }
        slots.sort_unstable();
        slots.dedup();
        slots
    }
}

/// How much of all rows a filter lets through, as far as the indexes tell; what they don't tell is guessed.
#[must_use]
pub(super) fn share(filter: &Filter, collection: Collection, ledger: &Ledger) -> f64 {
    const UNKNOWN: f64 = 0.2;
    let all = collection.len(ledger).max(1) as f64;
    match filter {
        Filter::All => 1.0,
        Filter::And(parts) => {
            let (ways, others) = Access::to_each(parts, collection, ledger);
            let ways: f64 = ways.iter().map(|way| way.count as f64 / all).product();
            ways * others.iter().map(|part| share(part, collection, ledger)).product::<f64>()
        }
        Filter::Or(parts) => parts.iter().map(|part| share(part, collection, ledger)).sum::<f64>().min(1.0),
        Filter::Not(part) => 1.0 - share(part, collection, ledger),
        Filter::Field(field, Test::Ne(literal)) => {
            1.0 - share(&Filter::Field(field, Test::Eq(literal.clone())), collection, ledger)
        }
        Filter::Field(field, Test::Nin(literals)) => {
            1.0 - share(&Filter::Field(field, Test::In(literals.clone())), collection, ledger)
        }
        field @ Filter::Field(..) => {
            Access::to(field, collection, ledger).map_or(UNKNOWN, |way| way.count as f64 / all)
        }
    }
}

/// So many ways to write a beginning are followed at once.
const MOST_WAYS_TO_WRITE: usize = 64;

/// One index, asked for the places where a test can hold.
struct Reach<'a> {
    order: &'a Order,
    ledger: &'a Ledger,
}

impl Reach<'_> {
    /// The places, and whether the test holds at all of them.
    fn of(&self, test: &Test) -> Option<(Vec<(Place, Place)>, bool)> {
        let (there, end) = (self.seek(|cell| cell == Cell::Missing), self.order.rows.end());
        let ranges = match test {
            Test::Eq(literal) => vec![self.equal(literal)],
            Test::In(literals) => literals.iter().map(|literal| self.equal(literal)).collect(),
            // Nothing is less or greater than a value that is missing.
            Test::Lt(Literal::Null)
            | Test::Lte(Literal::Null)
            | Test::Gt(Literal::Null)
            | Test::Gte(Literal::Null) => Vec::new(),
            Test::Lt(literal) => vec![(there, self.lower(literal))],
            Test::Lte(literal) => vec![(there, self.upper(literal))],
            Test::Gt(literal) => vec![(self.upper(literal), end)],
            Test::Gte(literal) => vec![(self.lower(literal), end)],
            Test::Exists(true) => vec![(there, end)],
            Test::Exists(false) => vec![(Place::default(), there)],
            Test::IsEmpty(empty) => {
                let filled = self.seek(|cell| matches!(cell, Cell::Missing | Cell::Text("")));
                vec![if *empty { (Place::default(), filled) } else { (filled, end) }]
            }
            Test::StartsWith(start) => return self.holds_text().then(|| self.starting(start, (there, end))),
            Test::Ne(_) | Test::Nin(_) => return None,
        };
        Some((ranges, true))
    }

    /// The first place whose value is not `before`.
    fn seek(&self, before: impl Fn(Cell<'_>) -> bool) -> Place {
        self.order.rows.seek(|_, slot| before((self.order.column)(self.ledger, slot)))
    }

    fn lower(&self, literal: &Literal) -> Place {
        self.seek(|cell| cell == Cell::Missing || compare(cell, literal) == Some(Ordering::Less))
    }

    fn upper(&self, literal: &Literal) -> Place {
        self.seek(|cell| cell == Cell::Missing || compare(cell, literal) != Some(Ordering::Greater))
    }

    fn equal(&self, literal: &Literal) -> (Place, Place) {
        match literal {
            Literal::Null => (Place::default(), self.seek(|cell| cell == Cell::Missing)),
            literal => (self.lower(literal), self.upper(literal)),
        }
    }

    /// Whether the values are text. Ids compare as text and are none.
    fn holds_text(&self) -> bool {
        let last = self.order.rows.prev(self.order.rows.end()).and_then(|place| self.order.rows.entry(place));
        last.is_some_and(|(_, slot)| matches!((self.order.column)(self.ledger, slot), Cell::Text(_)))
    }

    /// The texts that begin so without regard to case, letter by letter: of all the ways to write a beginning only
    /// few are there. Plain letters only; what is behind the first other one is left to the test.
    fn starting(&self, start: &str, whole: (Place, Place)) -> (Vec<(Place, Place)>, bool) {
        let mut found = vec![(String::new(), whole)];
        for letter in start.chars() {
            // The capital I with a dot becomes an i and a mark, so behind an i the letters no longer correspond.
            let is_plain = letter.is_ascii() && !letter.eq_ignore_ascii_case(&'i');
            if !is_plain || found.len() > MOST_WAYS_TO_WRITE {
                return (found.into_iter().map(|(_, range)| range).collect(), false);
            }
            let mut forms = vec![letter.to_ascii_lowercase(), letter.to_ascii_uppercase()];
            forms.dedup();
            if letter.eq_ignore_ascii_case(&'k') {
                // The sign of the kelvin is a k in lower case.
                forms.push('\u{212a}');
            }
            let longer =
                found.iter().flat_map(|(start, _)| forms.iter().map(move |form| format!("{start}{form}")));
            let ranges = longer.map(|start| {
                let range = self.of_texts(&start);
                (start, range)
            });
            found = ranges.filter(|(_, (low, high))| low < high).collect();
        }
        (found.into_iter().map(|(_, range)| range).collect(), true)
    }

    fn of_texts(&self, start: &str) -> (Place, Place) {
        let low = self.seek(|cell| matches!(cell, Cell::Text(text) if text < start) || cell == Cell::Missing);
        let high = self.seek(|cell| {
            cell == Cell::Missing
                || matches!(cell, Cell::Text(text) if text < start || text.starts_with(start))
        });
        (low, high)
    }
}
