//! Coupons: points are set aside when a reward is redeemed, and move when the coupon is there.

use std::sync::Arc;

use loyalty_contract::Timestamp;
use loyalty_contract::types::CouponSpecification;

use super::change::Refusal;
use super::{Ledger, ProgramStatus, Slot};
use crate::ids::{Id, IdKind};

/// How long a coupon is in the making, by the real clock.
pub(crate) const MAKING_MS: i64 = 80;

/// Where a coupon stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CouponStatus {
    /// In the making; the points have not moved.
    Pending,
    /// Ready to use; the points have moved.
    Active,
    /// Used in an order.
    Applied,
    /// Not made; the points stayed.
    Failed,
    /// Its points came back.
    Archived,
}

impl CouponStatus {
    /// The name on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::Applied => "APPLIED",
            Self::Failed => "FAILED",
            Self::Archived => "ARCHIVED",
        }
    }
}

/// What becomes of coupons in the making.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Fate {
    /// They are made.
    #[default]
    Made,
    /// They fail.
    Fails,
    /// They stay in the making until told otherwise.
    Waits,
}

impl Fate {
    /// The status that it leads to.
    #[must_use]
    pub(crate) const fn outcome(self) -> &'static str {
        match self {
            Self::Made => "ACTIVE",
            Self::Fails => "FAILED",
            Self::Waits => "PENDING",
        }
    }

    /// The one that leads to a status.
    #[must_use]
    pub(crate) fn of(outcome: &str) -> Option<Self> {
        [Self::Made, Self::Fails, Self::Waits].into_iter().find(|fate| fate.outcome() == outcome)
    }
}

/// A coupon.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coupon {
    /// Loyalty coupon ID.
    pub id: Id,
    /// Whose points pay for it.
    pub account: Slot,
    /// The reward.
    pub reward: Slot,
    /// What the reward was called.
    pub name: Arc<str>,
    /// What it costs.
    pub cost: i64,
    /// What the shop's coupon does.
    pub specification: Arc<CouponSpecification>,
    /// Where it stands.
    pub status: CouponStatus,
    /// Goes up by 1 with each change.
    pub revision: u64,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// The redemption that paid for it.
    pub transaction: Option<Slot>,
    /// What becomes of it, while it is in the making.
    pub fate: Fate,
    /// When that happens, by the real clock.
    pub due_ms: i64,
    /// Deleted: its slot stays, and nothing leads to it.
    pub gone: bool,
}

impl Ledger {
    /// The coupon at that slot.
    #[must_use]
    pub(crate) fn coupon(&self, slot: Slot) -> Option<&Coupon> {
        self.coupons.at(slot)
    }

    /// Every coupon, in the order of creation.
    #[must_use]
    pub(crate) fn coupons(&self) -> &[Coupon] {
        &self.coupons
    }

    /// The ID of the shop's coupon behind it.
    #[must_use]
    pub(crate) fn shop_coupon(&self, slot: Slot) -> Id {
        self.ids.nth(IdKind::ShopCoupon, u64::from(slot))
    }

    /// An account's coupons, in the order of creation.
    #[must_use]
    pub(crate) fn coupons_of(&self, account: Slot) -> &[Slot] {
        self.coupons_of.get(&account).map_or(&[], Vec::as_slice)
    }

    /// The points of an account that no coupon in the making has set aside.
    fn free(&self, account: Slot) -> i64 {
        let aside = self.aside.get(&account).copied().unwrap_or_default();
        self.account(account).map_or(0, |row| row.points.balance) - aside
    }

    /// Begins a redemption: sets the points aside and puts a coupon into the making, until `due_ms` of the real
    /// clock. Points that are set aside can't be redeemed a second time; staff may still take them.
    ///
    /// # Errors
    /// The program is not active, no account or reward, the reward can't be had, or too few points.
    pub(crate) fn begin_redemption(
        &mut self,
        account: Slot,
        reward: Option<Slot>,
        now: Timestamp,
        due_ms: i64,
    ) -> Result<Slot, Refusal> {
        if self.program.status != ProgramStatus::Active {
            return Err(Refusal::NotActive(self.program.status));
        }
        let row = self.account(account).ok_or(Refusal::NotFound("account"))?;
        let tier = row.standing.tier.and_then(|slot| self.tier(slot)).map(|row| row.id);
        let reward = reward.ok_or(Refusal::NotFound("reward"))?;
        let on_offer = self.rewards.at(reward).ok_or(Refusal::NotFound("reward"))?;
        if !on_offer.active {
            return Err(Refusal::Precondition("The reward is not active."));
        }
        let cost = on_offer
            .offer
            .price(tier)
            .ok_or(Refusal::Precondition("The reward has no price in the account's tier."))?;
        let free = self.free(account);
        if free < cost {
            return Err(Refusal::Insufficient { balance: free });
        }
        let specification = self.specifications.of(reward, on_offer, tier);
        let name = self.texts.share(&on_offer.name);
        let slot = self.coupons.next();
        let id = self.coupon_id(slot);
        let fate = *self.fate;
        self.coupons.add(Coupon {
            id,
            account,
            reward,
            name,
            cost,
            specification,
            status: CouponStatus::Pending,
            revision: 1,
            created: now,
            updated: now,
            transaction: None,
            fate,
            due_ms,
            gone: false,
        });
        let starts = self.coupon_starts;
        self.coupon_ids.insert(id.start(), slot, |slot| starts.nth(u64::from(slot)));
        self.coupons_of.entry(account).or_default().push(slot);
        self.await_making(slot);
        self.announce_new_coupon(slot, now);
        self.keep_up();
        Ok(slot)
    }

    /// Sets aside what a coupon in the making costs.
    pub(super) fn await_making(&mut self, slot: Slot) {
        let Some(Coupon { account, cost, fate, due_ms, .. }) = self.coupons.at(slot) else { return };
        *self.aside.entry(*account).or_default() += cost;
        if *fate != Fate::Waits {
            self.making.insert((*due_ms, slot));
        }
    }

    /// When the next coupon in the making is due, by the real clock.
    #[must_use]
    pub(crate) fn next_coupon_ms(&self) -> Option<i64> {
        self.making.first().map(|(due, _)| *due)
    }

    /// Ends the redemptions that are due. `at` is the sandbox's time at a moment of the real clock.
    pub(crate) fn end_redemptions(&mut self, real_ms: i64, at: impl Fn(i64) -> Timestamp) {
        while let Some((due, slot)) = self.making.first().copied().filter(|(due, _)| *due <= real_ms) {
            self.making.remove(&(due, slot));
            let fate = self.coupon(slot).map_or(Fate::Fails, |row| row.fate);
            self.end_redemption(slot, fate != Fate::Fails, at(due));
        }
    }

    /// Ends one redemption now: the points move and the coupon is there, or neither.
    pub(crate) fn end_redemption(&mut self, slot: Slot, made: bool, now: Timestamp) {
        let Some(row) = self.coupon(slot).filter(|row| row.status == CouponStatus::Pending) else { return };
        let Coupon { account, cost, reward, due_ms, .. } = *row;
        self.making.remove(&(due_ms, slot));
        if let Some(aside) = self.aside.get_mut(&account) {
            *aside -= cost;
            if *aside == 0 {
                self.aside.remove(&account);
            }
        }
        // Staff may have taken the points, or stopped the program: then there is no coupon.
        let paid = if made { self.redeem(account, cost, reward, Some(slot), now).ok() } else { None };
        let status = if paid.is_some() { CouponStatus::Active } else { CouponStatus::Failed };
        if let Some(row) = self.change_coupon(slot) {
            row.transaction = paid;
        }
        self.set_coupon(slot, status, now);
    }

    fn set_coupon(&mut self, slot: Slot, status: CouponStatus, now: Timestamp) {
        if let Some(row) = self.change_coupon(slot) {
            row.status = status;
            row.revision += 1;
            row.updated = now;
        }
    }

    /// Marks a coupon as used in an order.
    ///
    /// # Errors
    /// It is not active.
    pub(crate) fn apply_coupon(&mut self, slot: Slot, now: Timestamp) -> Result<(), Refusal> {
        self.paid_by(slot)?;
        self.set_coupon(slot, CouponStatus::Applied, now);
        Ok(())
    }

    /// Gives the points of a coupon back, and takes the coupon.
    ///
    /// # Errors
    /// It is not active, the program is not, or the balance would be too large.
    pub(crate) fn refund_coupon(&mut self, slot: Slot, now: Timestamp) -> Result<Slot, Refusal> {
        let redemption = self.paid_by(slot)?;
        let refund = self.refund(redemption, now)?;
        self.set_coupon(slot, CouponStatus::Archived, now);
        Ok(refund)
    }

    /// The redemption that paid for an active coupon.
    fn paid_by(&self, slot: Slot) -> Result<Slot, Refusal> {
        let row = self.coupon(slot).ok_or(Refusal::NotFound("coupon"))?;
        row.transaction
            .filter(|_| row.status == CouponStatus::Active)
            .ok_or(Refusal::Precondition("Only an ACTIVE coupon can be applied or refunded, and only once."))
    }

    /// Deletes a coupon's record. Its points and the shop's coupon stay as they are.
    ///
    /// # Errors
    /// No coupon, or a stale revision.
    pub(crate) fn delete_coupon(&mut self, slot: Slot, sent: &str, now: Timestamp) -> Result<(), Refusal> {
        let row = self.coupon(slot).ok_or(Refusal::NotFound("coupon"))?;
        let (current, account) = (row.revision, row.account);
        if sent.parse() != Ok(current) {
            return Err(Refusal::StaleRevision { current });
        }
        // One in the making has no shop's coupon yet, so it ends here.
        self.end_redemption(slot, false, now);
        if let Some(row) = self.change_coupon(slot) {
            row.gone = true;
        }
        if let Some(all) = self.coupons_of.get_mut(&account) {
            all.retain(|other| *other != slot);
        }
        self.announce_gone_coupon(slot, now);
        Ok(())
    }
}
