//! How a page is found: either along the index of the order, testing row by row until the page is full, or by
//! collecting the rows of the narrowest index of the filter and taking the best of them. The cheaper way is guessed
//! from the numbers of rows. A walk that turns out to be longer than the other way is given up for it, so that a page
//! costs twice the cheaper way at most.

use super::access::{Access, share};
use super::cell::{Cell, Column};
use super::matcher::Matcher;
use super::page::{Position, Query, Sort};
use super::walk::Walk;
use super::words::Narrowed;
use crate::ids::Id;
use crate::ledger::sorted::Place;
use crate::ledger::{Ledger, Slot};

/// Groups of equal values up to this size are sorted by themselves. Small in tests, so that both ways are gone.
const SMALL_GROUP: usize = if cfg!(test) { 4 } else { 2_048 };
/// How much more a row costs that is met along an index than one that is met in the order of memory.
const OUT_OF_ORDER: f64 = 2.0;
/// How many rows are met before they are tested.
const TOGETHER: usize = 32;
/// A row with words is rarer than one without: nothing tells how rare.
const SHARE_WITH_WORDS: f64 = 0.05;

impl Query {
    /// The first rows behind a place, in order. `None` where the collection lacks a field of the filter.
    #[must_use]
    pub(super) fn slots(&self, ledger: &Ledger, from: Option<&Position>, most: usize) -> Option<Vec<Slot>> {
        let matcher = Matcher::new(&self.filter, self.collection)?;
        let passes = |slot: Slot| {
            matcher.passes(ledger, slot) && self.words.as_ref().is_none_or(|words| words.found(ledger, slot))
        };
        let all = self.collection.len(ledger);
        let few = self.few(ledger);
        let collected = few.as_ref().map_or(all, Few::count);
        let words = match &few {
            Some(Few::Words(words)) => words.share,
            _ if self.words.is_some() => SHARE_WITH_WORDS,
            _ => 1.0,
        };
        // Where the filter is about the first sort too, the walk begins and ends with it.
        let order = self.order.first().and_then(|sort| self.collection.orders(ledger).by(&sort.path));
        let part = order.map_or(1.0, |order| {
            let (low, high) = Access::within(&self.filter, self.collection, ledger, order);
            (order.rows.rank(high) - order.rows.rank(low)) as f64 / all.max(1) as f64
        });
        let share = share(&self.filter, self.collection, ledger) * words;
        let walked = (most as f64 * part / share.max(1e-9)).min(all as f64 * part);
        if walked * OUT_OF_ORDER <= collected as f64 {
            let patience = if few.is_some() { collected } else { usize::MAX };
            let back = from.is_some_and(|place| place.back);
            let mut search = Search {
                query: self,
                ledger,
                passes: &passes,
                most,
                back,
                left: patience,
                found: Vec::new(),
            };
            if search.along(&self.order, &mut Vec::new(), from) {
                return Some(search.found);
            }
        }
        let candidates: Box<dyn Iterator<Item = Slot>> = match few {
            Some(few) => Box::new(few.slots(ledger).into_iter()),
            None => Box::new(self.collection.slots(ledger)),
        };
        let back = from.is_some_and(|place| place.back);
        Some(self.best(ledger, from, back, most, candidates.filter(|slot| passes(*slot))))
    }
}

/// The few rows that an index says can be meant.
#[derive(Debug)]
pub(super) enum Few<'a> {
    /// By the filter.
    Filter(Access<'a>),
    /// By the words.
    Words(Narrowed),
}

impl Few<'_> {
    /// How many at most.
    #[must_use]
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Filter(way) => way.count,
            Self::Words(words) => words.count,
        }
    }

    /// The rows, each once.
    #[must_use]
    pub(super) fn slots(&self, ledger: &Ledger) -> Vec<Slot> {
        match self {
            Self::Filter(way) => way.slots(),
            Self::Words(words) => words.slots(ledger.terms()),
        }
    }
}

impl Query {
    /// The narrowest way that an index offers.
    #[must_use]
    pub(super) fn few<'a>(&self, ledger: &'a Ledger) -> Option<Few<'a>> {
        let way = Access::to(&self.filter, self.collection, ledger).map(Few::Filter);
        // Only accounts are searched for words.
        let words = self.words.as_ref().and_then(|words| words.narrowed(ledger.terms())).map(Few::Words);
        way.into_iter().chain(words).min_by_key(Few::count)
    }
}

/// A walk that fills a page.
struct Search<'a, P> {
    query: &'a Query,
    ledger: &'a Ledger,
    passes: &'a P,
    most: usize,
    /// Whether the page is the one before the place.
    back: bool,
    /// How many rows may still be looked at.
    left: usize,
    found: Vec<Slot>,
}

impl<'a, P: Fn(Slot) -> bool> Search<'a, P> {
    /// Goes along the first of `sorts` through the rows that have the `fixed` values. Says whether it got to the
    /// end of the page or of the rows; otherwise the way was too long, or a sort has no index.
    fn along(
        &mut self,
        sorts: &[Sort],
        fixed: &mut Vec<(Column, Cell<'a>)>,
        from: Option<&Position>,
    ) -> bool {
        let Some((sort, rest)) = sorts.split_first() else { return false };
        let (ledger, collection) = (self.ledger, self.query.collection);
        let Some(order) = collection.orders(ledger).by(&sort.path) else { return false };
        let within = Access::within(&self.query.filter, collection, ledger, order);
        let walk = Walk { order, ledger, collection, down: sort.down, back: self.back, within };
        let key = from.and_then(|place| place.keys.get(self.query.order.len() - sorts.len()));
        if rest.is_empty() {
            let start = from.and_then(|place| Some((key?.cell(), Id::parse(&place.id)?)));
            let mut met = Vec::with_capacity(TOGETHER);
            walk.rows(start, |slot| {
                met.push(slot);
                if met.len() < TOGETHER {
                    return true;
                }
                let goes_on = self.look(&met, fixed);
                met.clear();
                goes_on
            });
            return self.look(&met, fixed) || self.found.len() >= self.most;
        }
        let mut goes_well = true;
        walk.groups(key.map(|key| key.cell()), |group, cell| {
            // Only in the group that the place is in does the place matter.
            let from = from.filter(|_| key.is_some_and(|key| key.cell().order(cell).is_eq()));
            goes_well = self.group(walk, group, rest, (sort.column, cell), fixed, from);
            goes_well && self.found.len() < self.most
        });
        goes_well
    }

    /// The rows of one group of equal values.
    fn group(
        &mut self,
        walk: Walk<'a>,
        (mut low, high): (Place, Place),
        rest: &[Sort],
        value: (Column, Cell<'a>),
        fixed: &mut Vec<(Column, Cell<'a>)>,
        from: Option<&Position>,
    ) -> bool {
        let rows = &walk.order.rows;
        let size = rows.rank(high) - rows.rank(low);
        let missing = self.most - self.found.len();
        // Along the next index, one row in so many is of this group.
        let along = missing.saturating_mul(rows.len() / size.max(1));
        if size > SMALL_GROUP && along < size {
            fixed.push(value);
            let goes_well = self.along(rest, fixed, from);
            fixed.pop();
            return goes_well;
        }
        let mut members = Vec::with_capacity(size);
        while low < high
            && let Some((_, slot)) = rows.entry(low)
        {
            if self.left == 0 {
                return false;
            }
            self.left -= 1;
            if has(self.ledger, slot, fixed) && (self.passes)(slot) {
                members.push(slot);
            }
            low = rows.next(low);
        }
        // Even without a place to begin at, going back turns the order around.
        let best = self.query.best(self.ledger, from, self.back, missing, members.into_iter());
        self.found.extend(best);
        true
    }

    /// Tests rows in their order. Says whether to go on.
    fn look(&mut self, met: &[Slot], fixed: &[(Column, Cell<'a>)]) -> bool {
        // The tests come one after another; what they read is asked of memory all at once.
        self.query.collection.warm(self.ledger, met);
        for slot in met {
            if self.left == 0 || self.found.len() >= self.most {
                return false;
            }
            self.left -= 1;
            if has(self.ledger, *slot, fixed) && (self.passes)(*slot) {
                self.found.push(*slot);
            }
        }
        self.left > 0 && self.found.len() < self.most
    }
}

fn has(ledger: &Ledger, slot: Slot, fixed: &[(Column, Cell<'_>)]) -> bool {
    fixed.iter().all(|(column, cell)| column(ledger, slot) == *cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::ledger::change::Adjustment;
    use crate::query::cell::{Collection, Key};
    use crate::query::words::Words;
    use loyalty_contract::Timestamp;
    use loyalty_contract::fields::{ACCOUNTS_QUERY, ACCOUNTS_SEARCH, FieldSpec, TRANSACTIONS_QUERY};
    use loyalty_contract::filter::{Filter, Literal, Test};
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_780_000_000_000);

    fn fields(collection: Collection) -> Vec<&'static FieldSpec> {
        match collection {
            Collection::Accounts => ACCOUNTS_QUERY.iter().chain(ACCOUNTS_SEARCH).collect(),
            Collection::Transactions => TRANSACTIONS_QUERY.iter().collect(),
        }
    }

    /// A site whose rows were also changed one by one.
    fn changed(seed: u64, steps: &[(usize, i64)]) -> Ledger {
        let mut ledger = fixtures::site(seed, 60, NOW);
        for (pick, amount) in steps {
            let slot = (pick % ledger.accounts().len()) as Slot;
            let _refused =
                ledger.adjust(slot, Adjustment::By(*amount), None, None, Timestamp(NOW.0 + amount % 3));
        }
        ledger.catch_up();
        ledger
    }

    fn literal(ledger: &Ledger, collection: Collection, column: Column, pick: usize) -> Literal {
        match column(ledger, (pick % collection.len(ledger)) as Slot) {
            Cell::Missing => Literal::Null,
            Cell::Id(id) => Literal::Text(id.to_string()),
            Cell::Text(text) => Literal::Text(text.to_owned()),
            Cell::Number(number) => Literal::Number(number as f64 + [0.0, 0.5][pick % 2]),
            Cell::Date(date) => Literal::Date(date),
        }
    }

    /// A filter from numbers: one condition each, every third group joined by "or", every fifth turned around.
    fn filter(ledger: &Ledger, collection: Collection, drawn: &[(usize, usize, usize)]) -> Filter {
        let all = fields(collection);
        let condition = |&(field, test, pick): &(usize, usize, usize)| {
            let field = all[field % all.len()];
            let column = collection.column(field.path).unwrap();
            let value = |pick| literal(ledger, collection, column, pick);
            let part = |text: &str| text.chars().take(pick % 5).collect::<String>().to_uppercase();
            let test = match (test % 11, value(pick)) {
                (0, literal) => Test::Eq(literal),
                (1, literal) => Test::Ne(literal),
                (2, literal) => Test::Lt(literal),
                (3, literal) => Test::Lte(literal),
                (4, literal) => Test::Gt(literal),
                (5, literal) => Test::Gte(literal),
                (6, literal) => Test::In(vec![literal.clone(), value(pick / 2), literal, Literal::Null]),
                (7, literal) => Test::Nin(vec![literal, value(pick / 2)]),
                (8, _) => Test::Exists(pick % 2 == 0),
                (9, _) => Test::IsEmpty(pick % 2 == 0),
                (_, Literal::Text(text)) => Test::StartsWith(part(&text)),
                (_, literal) => Test::Eq(literal),
            };
            match pick % 5 {
                4 => Filter::Not(Box::new(Filter::Field(field, test))),
                _ => Filter::Field(field, test),
            }
        };
        let parts: Vec<Filter> = drawn.iter().map(condition).collect();
        match parts.len() {
            0 => Filter::All,
            n if n % 3 == 0 => Filter::Or(parts),
            _ => Filter::And(parts),
        }
    }

    /// Two pieces of what the contacts are called, as words.
    fn words(ledger: &Ledger, (one, two, all, fuzzy): (usize, usize, bool, bool)) -> Words {
        let piece = |pick: usize| {
            let contact = &ledger.contacts()[pick % ledger.contacts().len()];
            let text = [&contact.name, &contact.email][pick / 7 % 2].to_uppercase();
            text.chars().skip(pick / 3 % 6).take(1 + pick / 5 % 9).collect::<String>()
        };
        let columns =
            ["contact.name", "contact.email"].map(|path| Collection::Accounts.column(path).unwrap());
        Words::new(&format!("{} {}", piece(one), piece(two)), all, fuzzy, columns.to_vec())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

        #[test]
        fn l10_every_way_to_a_page_finds_what_a_full_scan_finds(
            seed in 0_u64..4,
            steps in prop::collection::vec((any::<usize>(), -300_i64..300), 0..60),
            which in any::<bool>(),
            conditions in prop::collection::vec((any::<usize>(), any::<usize>(), any::<usize>()), 0..4),
            sorts in prop::collection::vec((any::<usize>(), any::<bool>()), 0..4),
            place in prop::option::of((any::<usize>(), any::<bool>())),
            most in 1_usize..40,
            expression in prop::option::of((any::<usize>(), any::<usize>(), any::<bool>(), any::<bool>())),
        ) {
            let ledger = changed(seed, &steps);
            let collection = if which { Collection::Accounts } else { Collection::Transactions };
            let all = fields(collection);
            let mut order: Vec<Sort> = sorts
                .iter()
                .map(|(field, down)| {
                    let path = all[field % all.len()].path;
                    Sort { path: path.to_owned(), column: collection.column(path).unwrap(), down: *down }
                })
                .collect();
            if order.is_empty() {
                order.push(Sort::by_default(collection));
            }
            let words = expression.filter(|_| which).map(|drawn| words(&ledger, drawn));
            let query = Query { collection, filter: filter(&ledger, collection, &conditions), words, order };
            let from = place.map(|(pick, back)| {
                let slot = (pick % collection.len(&ledger)) as Slot;
                let keys = query.order.iter().map(|sort| Key::from((sort.column)(&ledger, slot))).collect();
                Position { keys, id: collection.id(&ledger, slot).unwrap().to_string(), back }
            });
            let matcher = Matcher::new(&query.filter, collection).unwrap();
            let said = |slot| query.words.as_ref().is_none_or(|words| words.found(&ledger, slot));
            let passing: Vec<Slot> =
                collection.slots(&ledger).filter(|slot| matcher.passes(&ledger, *slot) && said(*slot)).collect();
            let back = from.as_ref().is_some_and(|place| place.back);
            let expected = query.best(&ledger, from.as_ref(), back, most, passing.iter().copied());
            prop_assert_eq!(query.slots(&ledger, from.as_ref(), most).unwrap(), expected);
            prop_assert_eq!(query.count(&ledger), passing.len());
        }
    }
}
