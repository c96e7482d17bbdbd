//! Random changes of every kind, for the tests that hold the indexes against a full scan.

use loyalty_contract::Timestamp;
use loyalty_contract::types::{EarnInfo, TierDefinition};

use super::change::{Adjustment, Earn, Refusal};
use super::{Ledger, ProgramStatus, Slot};

/// What decides one change.
pub(crate) type Drawn = (u8, usize, i64);

/// What the fixtures and these changes begin at.
pub(crate) const NOW: Timestamp = Timestamp(1_780_000_000_000);
const DAY: i64 = 86_400_000;

/// A site whose rows were also changed one by one. The time goes on with each change, and now and then back.
pub(crate) fn changed(seed: u64, accounts: u32, steps: &[Drawn]) -> Ledger {
    let mut ledger = crate::fixtures::site(seed, accounts, NOW);
    let mut now = NOW;
    for drawn in steps {
        now = Timestamp(now.0 + drawn.2 % 7 * DAY);
        let _refused = change(&mut ledger, *drawn, now);
    }
    ledger
}

/// One change. A refused one is a change too: it must leave everything as it is.
pub(crate) fn change(
    ledger: &mut Ledger,
    (kind, pick, amount): Drawn,
    now: Timestamp,
) -> Result<(), Refusal> {
    let slot = |length: usize| (pick % length.max(1)) as Slot;
    let (account, coupon) = (slot(ledger.accounts().len()), slot(ledger.coupons().len()));
    match kind % 20 {
        0..3 => {
            let info = EarnInfo { app_id: "app".to_owned(), ..EarnInfo::default() };
            let key = format!("key-{}", pick % 50).into();
            let earn = Earn { amount: amount.abs() + 1, key, description: Some("Grüße".into()), info };
            ledger.earn(account, earn, now)?;
        }
        3..5 => drop(ledger.adjust(account, Adjustment::By(amount), None, Some("Why".into()), now)?),
        5..8 => {
            let made = ledger.begin_redemption(account, Some(slot(5)), now, now.0)?;
            if pick % 3 > 0 {
                ledger.end_redemption(made, pick % 3 == 1, now);
            }
        }
        8 => drop(ledger.refund_coupon(coupon, now)?),
        9 => ledger.apply_coupon(coupon, now)?,
        10 => {
            let revision = ledger.coupon(coupon).map_or(0, |row| row.revision).to_string();
            ledger.delete_coupon(coupon, &revision, now)?;
        }
        11 => drop(ledger.expire(account, amount.abs(), now)?),
        12 => ledger.set_expiration(pick % 4 > 0, 1 + (pick % 14) as i64, 10 + amount.abs() % 90, now),
        13 => {
            let to = [ProgramStatus::Paused, ProgramStatus::Draft, ProgramStatus::Active][pick % 3];
            ledger.set_status(to, now);
        }
        14 => ledger.set_status(ProgramStatus::Active, now),
        15 => ledger.expire_due(Timestamp(now.0 + amount * DAY)),
        16 => ledger.move_window(Timestamp(now.0 + amount * DAY)),
        17 => {
            let contact = ledger.add_contact("Zoë Ünal", "zoe@shop.example", pick % 2 == 0).id;
            ledger.create_account(contact, now)?;
        }
        18 => {
            let name = Some(format!("Tier {pick}"));
            ledger.create_tier(
                TierDefinition { name, ..TierDefinition::default() },
                amount.abs() + 5,
                now,
            )?;
        }
        _ => {
            let tier = slot(4);
            let revision = ledger.tier(tier).map_or(0, |row| row.revision).to_string();
            if pick % 2 == 0 && !ledger.tier(tier).is_some_and(|row| row.gone) {
                ledger.delete_tier(tier, &revision, now)?;
            } else {
                ledger.set_tier_settings(
                    &ledger.settings.revision.to_string(),
                    ledger.settings.status,
                    1 + (pick % 24) as i64,
                    TierDefinition::default(),
                    now,
                )?;
            }
        }
    }
    Ok(())
}
