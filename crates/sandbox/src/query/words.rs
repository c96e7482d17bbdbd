//! Free-text search: the words of an expression in the text of some columns.

use super::cell::{Cell, Column};
use crate::ledger::terms::{Run, Terms};
use crate::ledger::{Ledger, Slot};

/// What to look for, and where.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    /// The words, in lower case.
    pub words: Vec<String>,
    /// Whether every word must be found.
    pub all: bool,
    /// Whether words that are nearly the same count too.
    pub fuzzy: bool,
    /// Where to look.
    pub columns: Vec<Column>,
}

/// The beginnings of words that a row must have one of.
#[derive(Debug)]
pub(super) struct Narrowed {
    /// How many rows at most.
    pub count: usize,
    /// How much of all rows has the words, if they have nothing to do with each other.
    pub share: f64,
    runs: Vec<Run>,
}

impl Narrowed {
    /// The rows, each once.
    #[must_use]
    pub(super) fn slots(&self, terms: &Terms) -> Vec<Slot> {
        let mut slots: Vec<Slot> = self.runs.iter().flat_map(|run| terms.slots(run)).collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }
}

impl Words {
    /// The words of an expression, split at spaces.
    #[must_use]
    pub(crate) fn new(expression: &str, all: bool, fuzzy: bool, columns: Vec<Column>) -> Self {
        Self { words: expression.split_whitespace().map(str::to_lowercase).collect(), all, fuzzy, columns }
    }

    /// The accounts that can have the words, by their index, where that helps. Words that are nearly the same have
    /// no place in it.
    #[must_use]
    pub(super) fn narrowed(&self, terms: &Terms) -> Option<Narrowed> {
        if self.fuzzy || self.words.is_empty() {
            return None;
        }
        let all = terms.accounts().max(1) as f64;
        // Every run of a word must begin some word of the text, so it is enough to look at the rarest. A word that
        // begins with a mark begins nowhere in particular; its runs begin words all the same.
        let runs = |word: &str| -> Vec<(usize, Run)> {
            let each = runs(word).map(|text| Run { text: text.to_owned(), whole: !word.ends_with(text) });
            each.map(|run| (terms.count(&run), run)).collect()
        };
        let share =
            |runs: &[(usize, Run)]| runs.iter().map(|(count, _)| *count as f64 / all).product::<f64>();
        let words: Vec<Vec<(usize, Run)>> = self.words.iter().map(|word| runs(word)).collect();
        if self.all {
            let share = words.iter().map(|runs| share(runs)).product();
            let (count, run) = words.into_iter().flatten().min()?;
            return Some(Narrowed { count, share, runs: vec![run] });
        }
        let share = words.iter().map(|runs| share(runs)).sum::<f64>().min(1.0);
        let rarest = words.into_iter().map(|runs| runs.into_iter().min()).collect::<Option<Vec<_>>>()?;
        let count = rarest.iter().map(|(count, _)| count).sum();
        Some(Narrowed { count, share, runs: rarest.into_iter().map(|(_, run)| run).collect() })
    }

    /// Whether the row has the words. No words are in every row.
    #[must_use]
    pub(crate) fn found(&self, ledger: &Ledger, slot: Slot) -> bool {
        let texts = || {
            self.columns.iter().filter_map(|column| match column(ledger, slot) {
                Cell::Text(text) => Some(text),
                _ => None,
            })
        };
        let found = |word: &String| {
            texts().any(|text| begins_a_word(text, word) || (self.fuzzy && near(&text.to_lowercase(), word)))
        };
        if self.all {
            self.words.iter().all(found)
        } else {
            self.words.is_empty() || self.words.iter().any(found)
        }
    }
}

/// Whether the word stands in the text, at the beginning of one of its words: "ada" finds "Ada" and
/// "ada.pine@…", and not "Canada".
fn begins_a_word(text: &str, word: &str) -> bool {
    if text.is_ascii() && word.is_ascii() {
        return begins_a_plain_word(text.as_bytes(), word.as_bytes());
    }
    let text = text.to_lowercase();
    text.match_indices(word).any(|(at, _)| {
        text.get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|last| !last.is_alphanumeric())
    })
}

/// The same without writing the text in lower case first: a search asks this of row after row.
fn begins_a_plain_word(text: &[u8], word: &[u8]) -> bool {
    let mut inside = false;
    text.iter().enumerate().any(|(at, letter)| {
        let starts = !inside;
        inside = letter.is_ascii_alphanumeric();
        let part = || text.get(at..at + word.len());
        starts && part().is_some_and(|part| part.eq_ignore_ascii_case(word))
    }) || word.is_empty()
}

/// The runs of letters and digits of a text.
pub(crate) fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|run| !run.is_empty())
}

fn near(text: &str, word: &str) -> bool {
    let word: Vec<char> = word.chars().collect();
    let most = match word.len() {
        0..=2 => return false,
        3..=5 => 1,
        _ => 2,
    };
    runs(text).any(|other| {
        let other: Vec<char> = other.chars().collect();
        other.len().abs_diff(word.len()) <= most && edits(&word, &other) <= most
    })
}

/// How many letters have to be changed, added or taken away (Levenshtein), with two rows of the table.
fn edits(one: &[char], two: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(at + 1);
        for (other, pair) in two.iter().zip(row.windows(2)) {
            let (diagonal, above) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(letter != other)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::IdSource;
    use crate::query::cell::Collection;
    use loyalty_contract::Timestamp;

    fn found(expression: &str, all: bool, fuzzy: bool) -> bool {
        let mut ledger = Ledger::new(IdSource::new(1), Timestamp(0));
        let contact = ledger.add_contact("Ada Quintero", "ada.quintero@shop.example", true).id;
        let slot = ledger.create_account(contact, Timestamp(0)).unwrap();
        let columns =
            ["contact.name", "contact.email"].map(|path| Collection::Accounts.column(path).unwrap());
        Words::new(expression, all, fuzzy, columns.to_vec()).found(&ledger, slot)
    }

    #[test]
    fn l10_words_are_found_at_the_beginning_of_words() {
        for (expression, all, fuzzy, expected) in [
            ("", false, false, true),
            ("", true, false, true),
            ("ADA", false, false, true),
            ("quint", false, false, true),
            ("intero", false, false, false),
            ("ada.quintero@shop.example", true, false, true),
            ("ada nobody", false, false, true),
            ("ada nobody", true, false, false),
            ("ada shop", true, false, true),
            ("qintero", false, false, false),
            ("qintero", false, true, true),
            ("kuinterro", false, true, true),
            ("kuynterro", false, true, false),
            ("ad", false, true, true),
            ("xd", false, true, false),
            ("adx", false, true, true),
            ("axx", false, true, false),
        ] {
            assert_eq!(found(expression, all, fuzzy), expected, "{expression} {all} {fuzzy}");
        }
    }

    #[test]
    fn edit_distance() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        for (one, two, distance) in [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ä", "a", 1)] {
            assert_eq!(edits(&chars(one), &chars(two)), distance);
        }
    }
}
