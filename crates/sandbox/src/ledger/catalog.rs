//! What the program offers: tiers with their settings, and rewards with their prices.

use std::cmp::Reverse;

use loyalty_contract::Timestamp;
use loyalty_contract::types::{CouponReward, DiscountAmount, TierDefinition};

use super::change::Refusal;
use super::{Ledger, Slot};
use crate::ids::{Id, IdKind};

/// As many tiers as a program has above its base.
pub(crate) const MAX_TIERS: usize = 20;

/// A tier.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tier {
    /// Tier ID.
    pub id: Id,
    /// Name, picture and description.
    pub definition: TierDefinition,
    /// The points within the window that lead into it.
    pub required: i64,
    /// Goes up by 1 with each change.
    pub revision: u64,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// How many accounts are in it.
    pub accounts: i64,
    /// Deleted: its slot stays, and nothing leads to it.
    pub gone: bool,
}

/// Whether there are tiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TiersStatus {
    /// There are none.
    Disabled,
    /// They are being set up.
    Draft,
    /// Accounts are in tiers.
    Active,
    /// Stopped for now.
    Paused,
}

impl TiersStatus {
    /// The name on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "DISABLED",
            Self::Draft => "DRAFT",
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
        }
    }

    /// The status of that name.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Disabled, Self::Draft, Self::Active, Self::Paused]
            .into_iter()
            .find(|status| status.as_str() == name)
    }
}

/// How the tiers work.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TierSettings {
    /// Whether there are tiers.
    pub status: TiersStatus,
    /// Over how many months points count.
    pub months: i64,
    /// The tier that every account starts in.
    pub base: TierDefinition,
    /// Goes up by 1 with each change.
    pub revision: u64,
    /// When they were created.
    pub created: Timestamp,
    /// When they were last changed.
    pub updated: Timestamp,
}

/// What a reward gives, with its price in each tier.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Offer {
    /// Money off at checkout.
    Discount(DiscountAmount),
    /// A coupon.
    Coupon(CouponReward),
}

impl Offer {
    /// The reward type on the wire.
    #[must_use]
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Discount(_) => "DISCOUNT_AMOUNT",
            Self::Coupon(_) => "COUPON_REWARD",
        }
    }

    /// Tier and cost of each price; no tier is the base.
    #[must_use]
    pub(crate) fn prices(&self) -> Vec<(Option<Id>, i64)> {
        macro_rules! of {
            ($configs:expr) => {
                $configs
                    .iter()
                    .map(|config| {
                        (config.tier_id.as_ref().and_then(|id| Id::parse(id.as_str())), config.cost_in_points)
                    })
                    .collect()
            };
        }
        match self {
            Self::Discount(offer) => of!(offer.configs_by_tier),
            Self::Coupon(CouponReward { fixed_amount: Some(offer), .. }) => of!(offer.configs_by_tier),
            Self::Coupon(CouponReward { percentage: Some(offer), .. }) => of!(offer.configs_by_tier),
            Self::Coupon(CouponReward { free_shipping: Some(offer), .. }) => of!(offer.configs_by_tier),
            Self::Coupon(_) => Vec::new(),
        }
    }

    /// The price in a tier.
    #[must_use]
    pub(crate) fn price(&self, tier: Option<Id>) -> Option<i64> {
        self.prices().into_iter().find(|(of, _)| *of == tier).map(|(_, cost)| cost)
    }
}

/// A reward.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reward {
    /// Reward ID.
    pub id: Id,
    /// Name.
    pub name: Box<str>,
    /// Whether it can be redeemed now.
    pub active: bool,
    /// What it gives.
    pub offer: Offer,
    /// Goes up by 1 with each change.
    pub revision: u64,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Deleted: its slot stays, and nothing leads to it.
    pub gone: bool,
}

/// A new reward, or a reward's new state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RewardChange {
    /// Name.
    pub name: Box<str>,
    /// Whether it can be redeemed now.
    pub active: bool,
    /// What it gives.
    pub offer: Offer,
}

fn fresh(current: u64, sent: &str) -> Result<(), Refusal> {
    if sent.parse() == Ok(current) { Ok(()) } else { Err(Refusal::StaleRevision { current }) }
}

impl Ledger {
    /// The tiers, from the lowest to the highest.
    pub(crate) fn ladder(&self) -> impl Iterator<Item = &Tier> {
        self.ladder.iter().filter_map(|(_, slot)| self.tier(*slot))
    }

    /// The tier at that slot.
    #[must_use]
    pub(crate) fn tier(&self, slot: Slot) -> Option<&Tier> {
        self.tiers.at(slot)
    }

    /// Every tier, deleted ones with them, in the order of creation.
    #[must_use]
    pub(crate) fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The tier of that id.
    #[must_use]
    pub(crate) fn tier_by_id(&self, id: Id) -> Option<Slot> {
        self.ladder
            .iter()
            .map(|(_, slot)| *slot)
            .find(|slot| self.tier(*slot).is_some_and(|row| row.id == id))
    }

    fn tier_fits(&self, name: Option<&str>, required: i64, but: Option<Slot>) -> Result<(), Refusal> {
        for (_, slot) in self.ladder.iter().filter(|(_, slot)| Some(*slot) != but) {
            let Some(row) = self.tier(*slot) else { continue };
            if row.required == required {
                return Err(Refusal::Taken("Another tier has these requiredPoints."));
            }
            if name.is_some() && row.definition.name.as_deref() == name {
                return Err(Refusal::Taken("Another tier has this name."));
            }
        }
        Ok(())
    }

    /// Adds a tier and moves the accounts that reach it.
    ///
    /// # Errors
    /// The name or the points are another tier's, or there are too many tiers.
    pub(crate) fn create_tier(
        &mut self,
        definition: TierDefinition,
        required: i64,
        now: Timestamp,
    ) -> Result<Slot, Refusal> {
        self.tier_fits(definition.name.as_deref(), required, None)?;
        if self.ladder.len() >= MAX_TIERS {
            return Err(Refusal::Precondition("A program has at most 20 tiers; delete one first."));
        }
        let slot = self.tiers.next();
        let id = self.ids.nth(IdKind::Tier, u64::from(slot));
        self.tiers.add(Tier {
            id,
            definition,
            required,
            revision: 1,
            created: now,
            updated: now,
            accounts: 0,
            gone: false,
        });
        self.announce_new_tier(slot, now);
        self.climb_anew(now);
        Ok(slot)
    }

    /// Changes a tier and moves the accounts that the change moves.
    ///
    /// # Errors
    /// No tier, a stale revision, or the name or the points are another tier's.
    pub(crate) fn update_tier(
        &mut self,
        slot: Slot,
        sent: &str,
        definition: TierDefinition,
        required: i64,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        fresh(self.tier(slot).ok_or(Refusal::NotFound("tier"))?.revision, sent)?;
        self.tier_fits(definition.name.as_deref(), required, Some(slot))?;
        let row = self.tiers.change(slot).ok_or(Refusal::NotFound("tier"))?;
        row.definition = definition;
        row.required = required;
        row.revision += 1;
        row.updated = now;
        self.announce_tier(slot, now);
        self.climb_anew(now);
        Ok(())
    }

    /// Deletes a tier; its accounts fall to the one below.
    ///
    /// # Errors
    /// No tier, or a stale revision.
    pub(crate) fn delete_tier(&mut self, slot: Slot, sent: &str, now: Timestamp) -> Result<(), Refusal> {
        fresh(self.tier(slot).ok_or(Refusal::NotFound("tier"))?.revision, sent)?;
        if let Some(row) = self.tiers.change(slot) {
            row.gone = true;
        }
        self.announce_gone_tier(slot, now);
        self.climb_anew(now);
        Ok(())
    }

    /// Replaces the settings of the tiers.
    ///
    /// # Errors
    /// A stale revision.
    pub(crate) fn set_tier_settings(
        &mut self,
        sent: &str,
        status: TiersStatus,
        months: i64,
        base: TierDefinition,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        fresh(self.settings.revision, sent)?;
        let TierSettings { revision, created, .. } = *self.settings;
        *self.settings = TierSettings { status, months, base, revision: revision + 1, created, updated: now };
        self.move_window(now);
        self.climb_anew(now);
        Ok(())
    }

    /// The reward at that slot.
    #[must_use]
    pub(crate) fn reward(&self, slot: Slot) -> Option<&Reward> {
        self.rewards.at(slot)
    }

    /// Every reward, deleted ones with them, in the order of creation.
    #[must_use]
    pub(crate) fn rewards(&self) -> &[Reward] {
        &self.rewards
    }

    /// The reward of that id.
    #[must_use]
    pub(crate) fn reward_by_id(&self, id: Id) -> Option<Slot> {
        self.reward_ids.get(&id).copied()
    }

    /// The rewards that are not deleted, newest first.
    #[must_use]
    pub(crate) fn rewards_by_date(&self) -> &super::ByDate {
        &self.rewards_by_date
    }

    fn prices_fit(&self, offer: &Offer) -> Result<(), Refusal> {
        let prices = offer.prices();
        for (at, (tier, _)) in prices.iter().enumerate() {
            if tier.is_some_and(|id| self.tier_by_id(id).is_none()) {
                return Err(Refusal::WrongPrice { at, what: "names no tier of the program" });
            }
            if prices.iter().take(at).any(|(other, _)| other == tier) {
                return Err(Refusal::WrongPrice { at, what: "is the second price of this tier" });
            }
        }
        Ok(())
    }

    /// Adds a reward.
    ///
    /// # Errors
    /// A price names no tier, or one twice.
    pub(crate) fn create_reward(&mut self, new: RewardChange, now: Timestamp) -> Result<Slot, Refusal> {
        self.prices_fit(&new.offer)?;
        let reach = self.reach();
        let slot = self.rewards.next();
        let id = self.reward_id(slot);
        let RewardChange { name, active, offer } = new;
        self.rewards.add(Reward {
            id,
            name,
            active,
            offer,
            revision: 1,
            created: now,
            updated: now,
            gone: false,
        });
        if let Some(reward) = self.reward(slot).cloned() {
            self.list_reward(slot, &reward);
        }
        self.announce_new_reward(slot, now);
        self.announce_reach(reach, "REWARD_UPDATED", now);
        Ok(slot)
    }

    pub(super) fn list_reward(&mut self, slot: Slot, reward: &Reward) {
        self.reward_ids.insert(reward.id, slot);
        self.rewards_by_date.insert((Reverse(reward.created), reward.id, slot));
    }

    /// Replaces a reward; its type stays.
    ///
    /// # Errors
    /// No reward, a stale revision, another type, or a price that names no tier, or one twice.
    pub(crate) fn update_reward(
        &mut self,
        slot: Slot,
        sent: &str,
        change: RewardChange,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let row = self.reward(slot).ok_or(Refusal::NotFound("reward"))?;
        fresh(row.revision, sent)?;
        if row.offer.name() != change.offer.name() {
            return Err(Refusal::Precondition("A reward's type can't be changed; create another reward."));
        }
        self.prices_fit(&change.offer)?;
        let reach = self.reach();
        let row = self.rewards.change(slot).ok_or(Refusal::NotFound("reward"))?;
        row.name = change.name;
        row.active = change.active;
        row.offer = change.offer;
        row.revision += 1;
        row.updated = now;
        self.announce_reward(slot, now);
        self.announce_reach(reach, "REWARD_UPDATED", now);
        Ok(())
    }

    /// Deletes a reward. Coupons that were redeemed for it stay.
    ///
    /// # Errors
    /// No reward, or a stale revision.
    pub(crate) fn delete_reward(&mut self, slot: Slot, sent: &str, now: Timestamp) -> Result<(), Refusal> {
        fresh(self.reward(slot).ok_or(Refusal::NotFound("reward"))?.revision, sent)?;
        let reach = self.reach();
        let row = self.rewards.change(slot).ok_or(Refusal::NotFound("reward"))?;
        row.gone = true;
        self.reward_ids.remove(&row.id);
        self.rewards_by_date.remove(&(Reverse(row.created), row.id, slot));
        self.announce_gone_reward(slot, now);
        self.announce_reach(reach, "REWARD_UPDATED", now);
        Ok(())
    }

    /// The least that any active reward costs in a tier.
    #[must_use]
    pub(crate) fn cheapest(&self, tier: Option<Slot>) -> Option<i64> {
        let tier = tier.and_then(|slot| self.tier(slot)).map(|row| row.id);
        let on_offer = self.rewards.iter().filter(|row| row.active && !row.gone);
        on_offer.filter_map(|row| row.offer.price(tier)).min()
    }
}
