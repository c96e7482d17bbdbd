//! How a page is found: along the index of the order, testing row by row until the page is full; or by collecting the
//! few rows of the narrowest index of the filter and taking the best of them. The cheaper way is guessed from the
//! numbers of rows. Neither may look at more than [`MANY`] rows: where both would, or the walk turns out to, the
//! indexes make a [`Set`] of what the filter lets through, and the page is taken from that.

use super::access::{Access, share};
use super::along::Search;
use super::matcher::Matcher;
use super::page::{Position, Query, Sort};
use super::set::{Set, Sieve};
use super::walk::Walk;
use super::words::Narrowed;
use crate::ids::Id;
use crate::ledger::{Ledger, Slot};

/// More rows than this are not looked at one by one. Small in tests, so that all ways are gone.
pub(super) const MANY: usize = if cfg!(test) { 24 } else { 8_192 };
/// How much more a row costs that is met along an index than one that is met in the order of memory.
const OUT_OF_ORDER: f64 = 2.0;
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
        let back = from.is_some_and(|place| place.back);
        let few = self.few(ledger);
        let collected = few.as_ref().map_or(self.collection.len(ledger), Few::count);
        let words = match &few {
            Some(Few::Words(words)) => words.share,
            _ if self.words.is_some() => SHARE_WITH_WORDS,
            _ => 1.0,
        };
        if self.walked(ledger, most, words) * OUT_OF_ORDER <= collected as f64 {
            let left = collected.min(MANY);
            let mut search =
                Search { query: self, ledger, passes: &passes, most, back, left, found: Vec::new() };
            if search.along(&self.order, &mut Vec::new(), from) {
                return Some(search.found);
            }
        }
        if collected <= MANY {
            let candidates: Vec<Slot> = match few {
                Some(few) => few.slots(ledger),
                None => self.collection.slots(ledger).collect(),
            };
            let candidates = candidates.into_iter().filter(|slot| passes(*slot));
            return Some(self.best(ledger, from, back, most, candidates));
        }
        let mut found = Vec::new();
        self.sift(ledger, &self.set(ledger)?, &self.order, from, back, most, &mut found);
        Some(found)
    }

    /// How many rows a walk along the order will meet, if the filter's rows lie there by chance.
    fn walked(&self, ledger: &Ledger, most: usize, words: f64) -> f64 {
        let all = self.collection.len(ledger);
        // Where the filter is about the first sort too, the walk begins and ends with it.
        let order = self.order.first().and_then(|sort| self.collection.order(ledger, &sort.path));
        let part = order.map_or(1.0, |order| {
            let (low, high) = Access::within(&self.filter, self.collection, ledger, order);
            (order.rows.rank(high) - order.rows.rank(low)) as f64 / all.max(1) as f64
        });
        let share = share(&self.filter, self.collection, ledger) * words;
        (most as f64 * part / share.max(1e-9)).min(all as f64 * part)
    }

    /// All rows that match. `None` where the collection lacks a field of the filter.
    #[must_use]
    pub(super) fn set(&self, ledger: &Ledger) -> Option<Set> {
        let mut set = Sieve::new(ledger, self.collection).sift(&self.filter)?;
        if let Some(words) = &self.words {
            if let Some(narrowed) = words.narrowed(ledger.terms()) {
                set = set.and(&Set::of(self.collection.len(ledger), &narrowed.slots(ledger.terms())));
            }
            set.retain(|slot| words.found(ledger, slot));
        }
        Some(set)
    }

    /// The best rows of a set, in the order of some sorts: along their indexes, so that no more rows are looked at
    /// than the page needs, or the ones that share a value.
    #[allow(clippy::too_many_arguments, reason = "it goes through sorts by calling itself")]
    fn sift(
        &self,
        ledger: &Ledger,
        set: &Set,
        sorts: &[Sort],
        from: Option<&Position>,
        back: bool,
        most: usize,
        found: &mut Vec<Slot>,
    ) {
        let collection = self.collection;
        let order = sorts.split_first().and_then(|(sort, rest)| {
            let order = collection.order(ledger, &sort.path)?;
            (set.count() > MANY).then_some((sort, rest, order))
        });
        let Some((sort, rest, order)) = order else {
            found.extend(self.best(ledger, from, back, most - found.len(), set.slots()));
            return;
        };
        let within = Access::within(&self.filter, collection, ledger, order);
        let walk = Walk { order, ledger, collection, down: sort.down, back, within };
        let key = from.and_then(|place| place.keys.get(self.order.len() - sorts.len()));
        if rest.is_empty() {
            let start = from.and_then(|place| Some((key?.cell(), Id::parse(&place.id)?)));
            walk.rows(
                start,
                |slot| set.has(slot),
                |slot| {
                    found.push(slot);
                    found.len() < most
                },
            );
            return;
        }
        let (mut low, mut high) = walk.behind(key.map(|key| key.cell()));
        let mut group: Vec<(u128, Slot)> = Vec::new();
        let take = |group: &mut Vec<(u128, Slot)>, found: &mut Vec<Slot>| {
            let members = group.drain(..).map(|(_, slot)| slot);
            found.extend(self.best(ledger, from, back, most - found.len(), members));
        };
        loop {
            let mut long = None;
            let up = walk.values_up();
            order.rows.scan(
                (low, high),
                up,
                |slot| set.has(slot),
                |place, key, slot| {
                    if group.first().is_some_and(|first| !order.same(ledger, *first, (key, slot))) {
                        take(&mut group, found);
                    }
                    group.push((key, slot));
                    if group.len() > MANY {
                        long = Some(place);
                    }
                    found.len() < most && long.is_none()
                },
            );
            if found.len() >= most {
                return;
            }
            let Some(place) = long else { break };
            group.clear();
            let (first, last) = walk.group(place);
            let part = Set::within(&Set::all(ledger, collection), order, &[(first, last)]);
            // Only in the group that the place is in does the place matter.
            let value = order.rows.entry(place).map(|(_, slot)| (order.column)(ledger, slot));
            let inside = key.zip(value).is_some_and(|(key, value)| key.cell().order(value).is_eq());
            self.sift(ledger, &part.and(set), rest, from.filter(|_| inside), back, most, found);
            if found.len() >= most {
                return;
            }
            if up {
                low = last;
            } else {
                high = first;
            }
        }
        take(&mut group, found);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::random::{Drawn, changed};
    use crate::query::cell::{Cell, Collection, Column, Key};
    use crate::query::words::Words;
    use loyalty_contract::fields::{
        ACCOUNTS_QUERY, ACCOUNTS_SEARCH, COUPONS_QUERY, FieldSpec, REWARDS_QUERY, TRANSACTIONS_QUERY,
    };
    use loyalty_contract::filter::{Filter, Literal, Test};
    use proptest::prelude::*;

    fn fields(collection: Collection) -> Vec<&'static FieldSpec> {
        match collection {
            Collection::Accounts => ACCOUNTS_QUERY.iter().chain(ACCOUNTS_SEARCH).collect(),
            Collection::Transactions => TRANSACTIONS_QUERY.iter().collect(),
            Collection::Rewards => REWARDS_QUERY.iter().collect(),
            Collection::Coupons => COUPONS_QUERY.iter().collect(),
        }
    }

    fn literal(ledger: &Ledger, collection: Collection, column: Column, pick: usize) -> Literal {
        match column(ledger, (pick % collection.len(ledger).max(1)) as Slot) {
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
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn l10_every_way_to_a_page_finds_what_a_full_scan_finds(
            seed in 0_u64..4,
            steps in prop::collection::vec((any::<u8>(), any::<usize>(), -300_i64..300), 0..60),
            which in 0_usize..7,
            conditions in prop::collection::vec((any::<usize>(), any::<usize>(), any::<usize>()), 0..4),
            sorts in prop::collection::vec((any::<usize>(), any::<bool>()), 0..4),
            place in prop::option::of((any::<usize>(), any::<bool>())),
            most in 1_usize..40,
            expression in prop::option::of((any::<usize>(), any::<usize>(), any::<bool>(), any::<bool>())),
        ) {
            let steps: Vec<Drawn> = steps;
            let mut ledger = changed(seed, 60, &steps);
            ledger.catch_up();
            let collection = match which {
                0..3 => Collection::Accounts,
                3..5 => Collection::Transactions,
                5 => Collection::Coupons,
                _ => Collection::Rewards,
            };
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
            let words = expression.filter(|_| collection == Collection::Accounts).map(|drawn| words(&ledger, drawn));
            let query = Query { collection, filter: filter(&ledger, collection, &conditions), words, order };
            let from = place.filter(|_| collection.len(&ledger) > 0).map(|(pick, back)| {
                let slot = (pick % collection.len(&ledger)) as Slot;
                let keys = query.order.iter().map(|sort| Key::from((sort.column)(&ledger, slot))).collect();
                Position { keys, id: collection.id(&ledger, slot).to_string(), back }
            });
            let matcher = Matcher::new(&query.filter, collection).unwrap();
            let said = |slot| query.words.as_ref().is_none_or(|words| words.found(&ledger, slot));
            let passing: Vec<Slot> =
                collection.slots(&ledger).filter(|slot| matcher.passes(&ledger, *slot) && said(*slot)).collect();
            let back = from.as_ref().is_some_and(|place| place.back);
            let expected = query.best(&ledger, from.as_ref(), back, most, passing.iter().copied());
            prop_assert_eq!(query.slots(&ledger, from.as_ref(), most).unwrap(), expected);
            prop_assert_eq!(query.count(&ledger), passing.len());
            prop_assert_eq!(query.rows(&ledger), passing);
        }
    }
}
