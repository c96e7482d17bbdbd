//! Tiers, rewards and coupons, from the same list of what happened.

use serde_json::{Value, json};

use super::model::{MOST, Model, Refused, What, at};
use super::time::plus_months;

const PRECONDITION: Refused = (428, "FAILED_PRECONDITION");

/// What a reward costs in a tier; no tier is the base.
fn price(reward: &Value, tier: Option<&str>) -> Option<i64> {
    let coupon = &reward["couponReward"];
    let offers =
        [&reward["discountAmount"], &coupon["fixedAmount"], &coupon["percentage"], &coupon["freeShipping"]];
    let mut configs = offers.into_iter().filter_map(|offer| offer["configsByTier"].as_array()).flatten();
    configs.find(|config| config["tierId"].as_str() == tier)?["costInPoints"].as_i64()
}

/// Where a coupon stands, and what is known of it.
struct Coupon<'a> {
    account: &'a str,
    reward: &'a Value,
    cost: i64,
    fate: &'a str,
    status: &'static str,
    changes: usize,
    created: &'a str,
    updated: &'a str,
    paid: Option<&'a str>,
}

impl Model {
    /// What was earned and adjusted within the window.
    pub(crate) fn tier_points(&self, account: &str) -> i64 {
        let edge = plus_months(&self.now, -self.window);
        let counted = self.happened(account).filter(|event| {
            event.at > edge && matches!(event.what, What::Earned { .. } | What::Adjusted { .. })
        });
        counted.map(|event| event.what.amount()).sum()
    }

    pub(crate) fn tier(&self, account: &str) -> Option<&Value> {
        let points = self.tier_points(account);
        self.tiers.iter().rfind(|tier| tier["requiredPoints"].as_i64().unwrap() <= points)
    }

    fn tier_id(&self, account: &str) -> Option<&str> {
        self.tier(account).map(|tier| at(tier, "id"))
    }

    pub(crate) fn reward_available(&self, account: &str) -> bool {
        let on_offer = self.rewards.iter().filter(|reward| reward["active"] == true);
        let mut prices = on_offer.filter_map(|reward| price(reward, self.tier_id(account)));
        prices.any(|cost| cost <= self.balance(account))
    }

    fn coupon_ids(&self) -> impl Iterator<Item = &str> {
        self.log.iter().filter_map(|event| match &event.what {
            What::Begun { coupon, .. } => Some(coupon.as_str()),
            _ => None,
        })
    }

    fn coupon(&self, id: &str) -> Option<Coupon<'_>> {
        let mut found: Option<Coupon<'_>> = None;
        for event in &self.log {
            let (status, paid) = match &event.what {
                What::Begun { coupon, reward, cost, fate } if coupon == id => {
                    found = Some(Coupon {
                        account: &event.account,
                        reward,
                        cost: *cost,
                        fate,
                        status: "PENDING",
                        changes: 0,
                        created: &event.at,
                        updated: &event.at,
                        paid: None,
                    });
                    continue;
                }
                What::Redeemed { coupon, transaction, .. } if coupon == id => ("ACTIVE", Some(transaction)),
                What::Failed { coupon } if coupon == id => ("FAILED", None),
                What::Applied { coupon } if coupon == id => ("APPLIED", None),
                What::Refunded { coupon, .. } if coupon == id => ("ARCHIVED", None),
                _ => continue,
            };
            let coupon = found.as_mut()?;
            coupon.status = status;
            coupon.paid = paid.map(String::as_str).or(coupon.paid);
            coupon.changes += 1;
            coupon.updated = &event.at;
        }
        found
    }

    pub(crate) fn shown_coupon(&self, id: &str) -> Option<Value> {
        let coupon = self.coupon(id)?;
        let mut shown = json!({
            "id": id,
            "accountId": coupon.account,
            "status": coupon.status,
            "rewardName": coupon.reward["name"],
            "revision": (1 + coupon.changes).to_string(),
            "createdDate": coupon.created,
            "updatedDate": coupon.updated,
            "refundable": false,
        });
        if let Some(paid) = coupon.paid {
            shown["transactionId"] = json!(paid);
        }
        if let Some(member) = self.account(coupon.account)?["memberId"].as_str() {
            shown["memberId"] = json!(member);
        }
        Some(shown)
    }

    /// Every coupon, in the order of creation.
    pub(crate) fn coupons(&self) -> Vec<Value> {
        self.coupon_ids().filter_map(|id| self.shown_coupon(id)).collect()
    }

    /// What the reward would cost the account. Points that coupons in the making have set aside can't pay again.
    pub(crate) fn may_redeem(&self, account: &str, reward: Option<&Value>) -> Result<i64, Refused> {
        self.may_move()?;
        let reward = reward.ok_or((404, "NOT_FOUND"))?;
        if reward["active"] != true {
            return Err(PRECONDITION);
        }
        let cost = price(reward, self.tier_id(account)).ok_or(PRECONDITION)?;
        let coupons = self.coupon_ids().filter_map(|id| self.coupon(id));
        let pending = coupons.filter(|coupon| coupon.account == account && coupon.status == "PENDING");
        let aside: i64 = pending.map(|coupon| coupon.cost).sum();
        if self.balance(account) - aside < cost { Err((428, "INSUFFICIENT_POINTS")) } else { Ok(cost) }
    }

    /// Ends the making of a coupon: paid for and there, or neither.
    fn end(&mut self, id: &str, made: bool) {
        let Some(coupon) = self.coupon(id) else { return };
        let (account, reward, cost) = (coupon.account.to_owned(), coupon.reward.clone(), coupon.cost);
        let paid = made && !self.paused && self.balance(&account) >= cost;
        let coupon = id.to_owned();
        let what = if paid {
            What::Redeemed { transaction: String::new(), coupon, reward, cost }
        } else {
            What::Failed { coupon }
        };
        self.happen(&account, what);
    }

    /// Long enough for every coupon in the making, but those that wait to be told.
    pub(crate) fn wait(&mut self) {
        let coupons = self.coupon_ids().filter_map(|id| Some((id.to_owned(), self.coupon(id)?)));
        let due = coupons.filter(|(_, coupon)| coupon.status == "PENDING" && coupon.fate != "PENDING");
        let due: Vec<(String, bool)> = due.map(|(id, coupon)| (id, coupon.fate == "ACTIVE")).collect();
        for (id, made) in due {
            self.end(&id, made);
        }
    }

    /// One of the shop's orders for a coupon.
    pub(crate) fn order(&mut self, id: &str, order: &str) -> Result<(), Refused> {
        let coupon = self.coupon(id).ok_or((404, "NOT_FOUND"))?;
        let (account, amount, of) =
            (coupon.account.to_owned(), coupon.cost, coupon.paid.unwrap_or_default().to_owned());
        let needed = if matches!(order, "settle" | "fail") { "PENDING" } else { "ACTIVE" };
        if coupon.status != needed {
            return Err(PRECONDITION);
        }
        let coupon = id.to_owned();
        match order {
            "settle" => self.end(id, true),
            "fail" => self.end(id, false),
            "apply" => self.happen(&account, What::Applied { coupon }),
            _ => {
                self.may_move()?;
                if self.balance(&account) + amount > MOST {
                    return Err((400, ""));
                }
                self.happen(&account, What::Refunded { transaction: String::new(), coupon, of, amount });
            }
        }
        Ok(())
    }
}
