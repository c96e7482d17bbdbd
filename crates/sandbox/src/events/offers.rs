//! The news of what the program offers: tiers, rewards, coupons. And of what follows from it: rewards that come into
//! reach of an account, or out of it, while its points stay.

use std::collections::HashMap;

use loyalty_contract::Timestamp;

use super::News;
use crate::api::show;
use crate::ledger::{Account, Ledger, Slot};

/// Which accounts had enough for a reward, in the order of their slots. Empty where nobody listens.
#[derive(Debug)]
pub(crate) struct Reach(Vec<bool>);

impl Ledger {
    /// Says that a tier is new.
    pub(crate) fn announce_new_tier(&mut self, slot: Slot, now: Timestamp) {
        let Some(row) = self.tier(slot).filter(|_| self.events.is_listening()) else { return };
        let news = News::created("tier", row.id, &show::tier(row));
        self.events.emit(news, now);
    }

    /// Says that a tier was changed.
    pub(crate) fn announce_tier(&mut self, slot: Slot, now: Timestamp) {
        let Some(row) = self.tier(slot).filter(|_| self.events.is_listening()) else { return };
        let news = News::updated("tier", row.id, &show::tier(row));
        self.events.emit(news, now);
    }

    /// Says that a tier is gone.
    pub(crate) fn announce_gone_tier(&mut self, slot: Slot, now: Timestamp) {
        let Some(id) = self.tier(slot).map(|row| row.id) else { return };
        self.events.emit(News::deleted("tier", id), now);
    }

    /// Says that a reward is new.
    pub(crate) fn announce_new_reward(&mut self, slot: Slot, now: Timestamp) {
        let Some(row) = self.reward(slot).filter(|_| self.events.is_listening()) else { return };
        let news = News::created("reward", row.id, &show::reward(row));
        self.events.emit(news, now);
    }

    /// Says that a reward was changed.
    pub(crate) fn announce_reward(&mut self, slot: Slot, now: Timestamp) {
        let Some(row) = self.reward(slot).filter(|_| self.events.is_listening()) else { return };
        let news = News::updated("reward", row.id, &show::reward(row));
        self.events.emit(news, now);
    }

    /// Says that a reward is gone.
    pub(crate) fn announce_gone_reward(&mut self, slot: Slot, now: Timestamp) {
        let Some(id) = self.reward(slot).map(|row| row.id) else { return };
        self.events.emit(News::deleted("reward", id), now);
    }

    /// Says that a coupon is in the making. No event tells what becomes of it: the service has none.
    pub(crate) fn announce_new_coupon(&mut self, slot: Slot, now: Timestamp) {
        if !self.events.is_listening() {
            return;
        }
        let Some((id, coupon)) = self.coupon(slot).map(|row| row.id).zip(show::coupon(self, slot)) else {
            return;
        };
        self.events.emit(News::created("coupon", id, &coupon), now);
    }

    /// Says that a coupon's record is gone.
    pub(crate) fn announce_gone_coupon(&mut self, slot: Slot, now: Timestamp) {
        let Some(id) = self.coupon(slot).map(|row| row.id) else { return };
        self.events.emit(News::deleted("coupon", id), now);
    }

    /// Who has enough for a reward: asked before rewards or tiers change.
    #[must_use]
    pub(crate) fn reach(&self) -> Reach {
        Reach(if self.events.is_listening() { self.who_affords() } else { Vec::new() })
    }

    /// Tells the accounts for which a reward came into reach or out of it, in the order of their creation.
    pub(crate) fn announce_reach(&mut self, Reach(before): Reach, trigger: &str, now: Timestamp) {
        if before.is_empty() {
            return;
        }
        let changed: Vec<(Slot, bool)> = (0..)
            .zip(before.into_iter().zip(self.who_affords()))
            .filter(|(_, (before, after))| before != after)
            .map(|(slot, (before, _))| (slot, before))
            .collect();
        for (slot, could_redeem) in changed {
            self.announce_availability(slot, could_redeem, trigger, now);
        }
    }

    /// Asks the price list once for each tier, and not once for each account.
    fn who_affords(&self) -> Vec<bool> {
        let mut least: HashMap<Option<Slot>, Option<i64>> = HashMap::new();
        let mut affords = |row: &Account| {
            let tier = row.standing.tier;
            least
                .entry(tier)
                .or_insert_with(|| self.cheapest(tier))
                .is_some_and(|cost| cost <= row.points.balance)
        };
        self.accounts().iter().map(&mut affords).collect()
    }
}
