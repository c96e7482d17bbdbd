//! Ids and chance. Both come from the seed, so that the same seed and the same calls give the same bytes.

use loyalty_contract::Guid;

/// A GUID in 16 bytes: a million accounts with five million transactions hold many of them.
///
/// The order is that of the lower-case text, because the hyphens of all GUIDs stand at the same places. Packed,
/// because a row that holds one would otherwise be padded to sixteen bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(C, packed(4))]
pub(crate) struct Id(u128);

impl Id {
    /// Reads the 8-4-4-4-12 form, in either case.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !loyalty_contract::guid::is_guid(text) {
            return None;
        }
        let digits = text.chars().filter_map(|digit| digit.to_digit(16));
        Some(Self(digits.fold(0, |sum, digit| sum << 4 | u128::from(digit))))
    }

    /// The first half, which two ids of one sandbox don't share.
    #[must_use]
    pub(crate) const fn start(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// How the id's text stands to another text.
    #[must_use]
    pub(crate) fn order_text(self, text: &str) -> std::cmp::Ordering {
        // Most texts that come are ids. They need not be written out, and a filter asks this of every row.
        Self::parse(text)
            .filter(|_| !text.contains(|letter: char| letter.is_ascii_uppercase()))
            .map_or_else(|| self.to_string().as_str().cmp(text), |other| self.cmp(&other))
    }

    /// The id as the wire carries it.
    #[must_use]
    pub(crate) fn guid(self) -> Guid {
        Guid::parse(&self.to_string()).unwrap_or_default()
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("no GUID"))
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bits = self.0;
        write!(
            formatter,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            bits >> 96,
            bits >> 80 & 0xffff,
            bits >> 64 & 0xffff,
            bits >> 48 & 0xffff,
            bits & 0xffff_ffff_ffff
        )
    }
}

/// What an id is for: the n-th account and the n-th contact of one seed have different ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum IdKind {
    /// A loyalty account.
    Account = 1,
    /// A contact.
    Contact,
    /// A site member.
    Member,
    /// A transaction.
    Transaction,
    /// A reward.
    Reward,
    /// A request.
    Request,
    /// The site and what belongs to it.
    Site,
    /// A visitor.
    Visitor,
    /// A tier.
    Tier,
    /// A loyalty coupon.
    Coupon,
    /// A coupon of the shop.
    ShopCoupon,
    /// A bulk job.
    Job = 20,
    /// An event.
    Event = 30,
}

/// Makes the ids of one seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdSource {
    seed: u64,
}

impl IdSource {
    /// The ids of that seed.
    #[must_use]
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The n-th id of a kind: always the same, and never that of another n.
    #[must_use]
    pub(crate) fn nth(self, kind: IdKind, n: u64) -> Id {
        let start = self.starts(kind).nth(n);
        // Marked as version 4, variant 1, because that is what upstream's ids look like.
        let rest = mix(self.half(kind, 2) ^ n) & !(0x3 << 62) | 2 << 62;
        Id(u128::from(start) << 64 | u128::from(rest))
    }

    /// The first halves of the ids of a kind.
    #[must_use]
    pub(crate) fn starts(self, kind: IdKind) -> Starts {
        Starts(self.half(kind, 1))
    }

    fn half(self, kind: IdKind, salt: u64) -> u64 {
        mix(mix(self.seed) ^ (kind as u64) << 8 ^ salt)
    }
}

/// Makes the first halves of ids: an index compares a few hundred of them for each row that it puts in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Starts(u64);

impl Starts {
    /// [`Id::start`] of the n-th.
    #[must_use]
    pub(crate) fn nth(self, n: u64) -> u64 {
        mix(self.0 ^ n) & !(0xf << 12) | 4 << 12
    }
}

/// One round of SplitMix64: a bijection that spreads every bit.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

/// A number for a text of a row, for tables of hashes. Nobody attacks those: a sandbox serves its own developer.
#[must_use]
pub(crate) fn hash(row: u32, text: &str) -> u64 {
    let eights = text.as_bytes().chunks(8);
    let number = |bytes: &[u8]| bytes.iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte));
    eights.fold(mix(u64::from(row)), |sum, bytes| mix(sum ^ number(bytes)))
}

/// Seeded chance, for fixtures and faults.
#[derive(Debug, Clone)]
pub(crate) struct Chance {
    state: u64,
}

impl Chance {
    /// The run of that seed.
    #[must_use]
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: mix(seed) }
    }

    /// Where the run stands.
    #[must_use]
    pub(crate) const fn state(&self) -> u64 {
        self.state
    }

    /// Goes on from where a run stood.
    #[must_use]
    pub(crate) const fn at(state: u64) -> Self {
        Self { state }
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number of `from..=to`.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        let span = to.saturating_sub(from).unsigned_abs().saturating_add(1);
        from + (self.bits() % span).cast_signed()
    }

    /// Whether something of that probability happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        // 53 bits are what a double holds exactly.
        let unit = (self.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        unit < probability
    }

    /// One item of the list.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> Option<&'a T> {
        let last = i64::try_from(items.len()).ok()?.checked_sub(1)?;
        items.get(usize::try_from(self.between(0, last)).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_fixed_by_the_seed_distinct_and_of_version_4() {
        let (one, two) = (IdSource::new(1), IdSource::new(2));
        assert_eq!(one.nth(IdKind::Account, 5), one.nth(IdKind::Account, 5));
        assert_ne!(one.nth(IdKind::Account, 5), two.nth(IdKind::Account, 5));
        assert_ne!(one.nth(IdKind::Account, 5), one.nth(IdKind::Contact, 5));
        let all: HashSet<Id> = (0..100_000).map(|n| one.nth(IdKind::Account, n)).collect();
        assert_eq!(all.len(), 100_000);
        let text = one.nth(IdKind::Account, 5).to_string();
        assert_eq!(text.as_bytes()[14], b'4', "{text}");
        assert!(matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{text}");
    }

    #[test]
    fn text_and_order_survive() {
        let ids = IdSource::new(9);
        let mut made: Vec<Id> = (0..1_000).map(|n| ids.nth(IdKind::Transaction, n)).collect();
        made.sort();
        let texts: Vec<String> = made.iter().map(ToString::to_string).collect();
        assert!(texts.is_sorted());
        let starts = ids.starts(IdKind::Transaction);
        assert!((0..1_000).all(|n| starts.nth(n) == ids.nth(IdKind::Transaction, n).start()));
        for (id, text) in made.iter().zip(&texts) {
            assert_eq!(Id::parse(text), Some(*id));
            assert_eq!(Id::parse(&text.to_uppercase()), Some(*id));
            assert_eq!(id.guid().as_str(), text);
        }
        assert_eq!(Id::parse("not-a-guid"), None);
    }

    #[test]
    fn chance_is_the_same_run_for_the_same_seed() {
        let run = |seed| {
            let mut chance = Chance::new(seed);
            (0..50).map(|_| chance.between(-3, 3)).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        assert!(run(1).iter().all(|drawn| (-3..=3).contains(drawn)));
        let mut chance = Chance::new(4);
        let hits = (0..10_000).filter(|_| chance.happens(0.25)).count();
        assert!((2_200..2_800).contains(&hits), "{hits}");
        assert!(!chance.happens(0.0) && chance.happens(1.0));
    }
}
