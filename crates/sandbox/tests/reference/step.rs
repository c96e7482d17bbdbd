//! The steps that both take.

use proptest::prelude::*;

use super::support::plain::{Drawn, drawn};

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Create(usize),
    Earn {
        account: usize,
        amount: i64,
        key: u8,
        described: bool,
    },
    Adjust {
        account: usize,
        balance: Option<i64>,
        amount: Option<i64>,
        revision: Option<usize>,
    },
    Get(usize),
    Totals,
    Ask {
        way: usize,
        filter: Drawn,
        sorts: Vec<(usize, bool)>,
        limit: usize,
    },
    Pause(bool),
    Advance(i64),
    Redeem {
        account: usize,
        reward: usize,
    },
    /// An order of the shop for one of the coupons.
    Order {
        coupon: usize,
        order: &'static str,
    },
    /// What becomes of coupons from now on.
    Fate(&'static str),
    /// Long enough for coupons to be made.
    Wait,
    Expiry {
        on: bool,
        months: i64,
        percent: i64,
    },
    Window(i64),
    Bulk {
        filter: Drawn,
        balance: Option<i64>,
        amount: i64,
    },
}

/// Ways to ask: the three of the other tests, and coupons.
pub(crate) const ASKED: usize = 4;
const DAY_MS: i64 = 86_400_000;

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let account = 0..6_usize;
    let amount =
        prop_oneof![6 => -50..300_i64, 1 => Just(9_999_999), 1 => Just(-9_999_999), 1 => Just(10_000_000)];
    let balance = prop_oneof![4 => -1..500_i64, 2 => Just(999_999_999), 1 => Just(1_000_000_000)];
    let revision = prop::option::weighted(0.4, 0..4_usize);
    let orders = prop_oneof![4 => Just("refund"), 2 => Just("apply"), 1 => Just("fail"), 2 => Just("settle")];
    let of_points = prop_oneof![
        4 => (0..10_usize).prop_map(Step::Create),
        10 => (account.clone(), amount.clone(), any::<u8>(), any::<bool>())
            .prop_map(|(account, amount, key, described)| Step::Earn { account, amount, key: key % 24, described }),
        5 => (account.clone(), prop::option::weighted(0.5, balance), prop::option::weighted(0.8, amount), revision)
            .prop_map(|(account, balance, amount, revision)| Step::Adjust { account, balance, amount, revision }),
        3 => account.clone().prop_map(Step::Get),
        1 => Just(Step::Totals),
        3 => (0..ASKED, drawn(), prop::collection::vec((any::<usize>(), any::<bool>()), 0..3), 1..20_usize)
            .prop_map(|(way, filter, sorts, limit)| Step::Ask { way, filter, sorts, limit }),
        1 => prop::bool::weighted(0.3).prop_map(Step::Pause),
        3 => (0..90_000_000_i64).prop_map(Step::Advance),
    ];
    let set = prop_oneof![2 => (0..400_i64).prop_map(Some), 1 => Just(Some(999_999_999)), 3 => Just(None)];
    let by =
        prop_oneof![6 => -200..200_i64, 1 => Just(9_999_999)].prop_filter("0 is no change", |by| *by != 0);
    let of_offers = prop_oneof![
        10 => (account, 0..6_usize).prop_map(|(account, reward)| Step::Redeem { account, reward }),
        6 => (any::<usize>(), orders).prop_map(|(coupon, order)| Step::Order { coupon, order }),
        1 => prop_oneof![3 => Just("ACTIVE"), 1 => Just("FAILED"), 1 => Just("PENDING")].prop_map(Step::Fate),
        6 => Just(Step::Wait),
        2 => (prop::bool::weighted(0.8), 1..4_i64, 1..=100_i64)
            .prop_map(|(on, months, percent)| Step::Expiry { on, months, percent }),
        1 => (1..=6_i64).prop_map(Step::Window),
        3 => (1..60 * DAY_MS).prop_map(Step::Advance),
        2 => (drawn(), set, by).prop_map(|(filter, balance, amount)| Step::Bulk { filter, balance, amount }),
    ];
    prop_oneof![3 => of_points, 2 => of_offers]
}
