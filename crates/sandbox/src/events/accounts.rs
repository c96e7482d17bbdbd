//! The news of accounts and of the program. Other entities tell theirs by [`Events::emit`](super::Events::emit) too.

use loyalty_contract::Timestamp;
use serde_json::json;

use super::News;
use crate::api::render;
use crate::ids::Id;
use crate::ledger::{Ledger, Slot};

impl Ledger {
    /// Says that an account was opened.
    pub(crate) fn announce_account(&mut self, slot: Slot, now: Timestamp) {
        if let Some((id, account)) = self.account_to_show(slot) {
            self.events.emit(News::created("account", id, &account), now);
        }
    }

    /// Whether the account had enough for a reward; asked before points move.
    #[must_use]
    pub(crate) fn could_redeem(&self, slot: Slot) -> bool {
        self.account(slot).filter(|_| self.events.is_listening()).is_some_and(|row| {
            self.cheapest(row.standing.tier).is_some_and(|cost| cost <= row.points.balance)
        })
    }

    /// Says that points moved: what the account is now, and whether a reward came into reach or out of it.
    pub(crate) fn announce_points(&mut self, slot: Slot, amount: i64, could_redeem: bool, now: Timestamp) {
        let Some((id, account)) = self.account_to_show(slot) else { return };
        self.events.emit(News::updated("account", id, &account), now);
        if amount != 0 {
            let body = json!({ "account": account });
            self.events.emit(News::action("account", "points_updated", id, body), now);
        }
        self.announce_availability(slot, could_redeem, "BALANCE_UPDATED", now);
    }

    /// Says that a reward came into reach or out of it, if that is so. `trigger` is one of `REWARD_UPDATED`,
    /// `BALANCE_UPDATED`, `TIERS_RECALCULATED`.
    pub(crate) fn announce_availability(
        &mut self,
        slot: Slot,
        could_redeem: bool,
        trigger: &str,
        now: Timestamp,
    ) {
        let Some((id, account)) = self.account_to_show(slot) else { return };
        if account.reward_available != could_redeem {
            let body = json!({ "rewardAvailable": account.reward_available, "updateTrigger": trigger });
            self.events.emit(News::action("account", "reward_availability_updated", id, body), now);
        }
    }

    /// Says that the program was changed. It has no id of its own, so it goes by that of the app on the site.
    pub(crate) fn announce_program(&mut self, now: Timestamp) {
        let program = render::program(self);
        let id = self.events.instance();
        self.events.emit(News::updated("program", id, &program), now);
    }

    /// Shown only where somebody listens: fixtures open a million accounts that nobody wants to read of.
    fn account_to_show(&self, slot: Slot) -> Option<(Id, loyalty_contract::types::LoyaltyAccount)> {
        let row = self.account(slot).filter(|_| self.events.is_listening())?;
        Some((row.id, render::account(self, slot)?))
    }
}
