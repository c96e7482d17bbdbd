//! Accounts by the words of their contact's name and address, so that a search need not read every name.

use super::sorted::{Place, Sorted};
use super::{Contact, Ledger, Slot};
use crate::query::words::runs;

/// A run of letters and digits of what is searched for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Run {
    /// In lower case.
    pub text: String,
    /// Whether a word has to end with it, because a mark follows.
    pub whole: bool,
}

/// Accounts, sorted by the beginnings of their words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    rows: Sorted,
    accounts: usize,
}

/// The first eight bytes of a word, filled up.
fn start(word: &str, filler: u8) -> u128 {
    let bytes = word.bytes().chain(std::iter::repeat(filler));
    bytes.take(8).fold(0, |sum, byte| sum << 8 | u128::from(byte)) << 64
}

/// The beginnings of the words of a contact, each once.
fn keys(contact: &Contact) -> Vec<u128> {
    let texts = [contact.name.to_lowercase(), contact.email.to_lowercase()];
    let mut keys: Vec<u128> = texts.iter().flat_map(|text| runs(text)).map(|word| start(word, 0)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl Terms {
    /// Adds the words of an account's contact.
    pub(crate) fn insert(&mut self, account: Slot, contact: &Contact) {
        self.accounts += 1;
        for key in keys(contact) {
            self.rows.insert(key, account, |other, slot| (other, slot) < (key, account));
        }
    }

    /// Sorts all accounts anew.
    pub(crate) fn build(&mut self, ledger: &Ledger) {
        let mut entries: Vec<(u128, Slot)> = Vec::with_capacity(ledger.accounts().len() * 5);
        for (slot, row) in (0..).zip(ledger.accounts()) {
            let keys = ledger.contact(row.contact).map(keys).unwrap_or_default();
            entries.extend(keys.into_iter().map(|key| (key, slot)));
        }
        entries.sort_unstable();
        self.accounts = ledger.accounts().len();
        self.rows = Sorted::of(entries.into_iter(), false);
    }

    /// How many accounts there are.
    #[must_use]
    pub(crate) const fn accounts(&self) -> usize {
        self.accounts
    }

    /// At most this many accounts have a word that is this one, or begins so.
    #[must_use]
    pub(crate) fn count(&self, run: &Run) -> usize {
        let (low, high) = self.range(run);
        self.rows.rank(high) - self.rows.rank(low)
    }

    /// The accounts that can have the word, or one that begins so.
    pub(crate) fn slots(&self, run: &Run) -> impl Iterator<Item = Slot> {
        let (mut place, high) = self.range(run);
        std::iter::from_fn(move || {
            let (_, slot) = self.rows.entry(place).filter(|_| place < high)?;
            place = self.rows.next(place);
            Some(slot)
        })
    }

    fn range(&self, run: &Run) -> (Place, Place) {
        let (from, to) = (start(&run.text, 0), start(&run.text, if run.whole { 0 } else { 0xff }));
        (self.rows.seek(|key, _| key < from), self.rows.seek(|key, _| key <= to))
    }
}
