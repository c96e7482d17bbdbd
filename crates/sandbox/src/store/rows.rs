//! Contacts, accounts and transactions as bytes. Ids are not in them: they follow from the seed and the slot.

use loyalty_contract::Timestamp;
use loyalty_contract::types::{FollowedSocialMedia, Points};

use super::bytes::{Reader, Writer};
use super::{Stored, Table};
use crate::ids::Id;
use crate::ledger::{Account, Cause, Earned, Slot, Transaction};
use crate::sandbox::Sandbox;

/// The version that is written of every row.
const VERSION: u64 = 1;

fn slots(length: usize) -> Box<dyn Iterator<Item = u32>> {
    Box::new(0..Slot::try_from(length).unwrap_or(Slot::MAX))
}

/// A row of a version that is known.
fn versioned(row: &mut Reader<'_>) -> Option<()> {
    (row.number()? == VERSION).then_some(())
}

/// The key must be the next slot: rows are never removed, so a gap is a file that lost one.
fn is_next(key: u32, length: usize) -> Option<()> {
    (key as usize == length).then_some(())
}

/// The contacts.
pub(super) struct Contacts;

impl Stored for Contacts {
    const TABLE: Table = Table::Contacts;

    fn keys(sandbox: &Sandbox) -> Box<dyn Iterator<Item = u32>> {
        slots(sandbox.ledger.contacts().len())
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let contact = sandbox.ledger.contact(key)?;
        row.number(VERSION).number(contact.member.is_some().into()).text(&contact.name).text(&contact.email);
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.contacts().len())?;
        let is_member = row.number()? == 1;
        let (name, email) = (row.text()?, row.text()?);
        sandbox.ledger.add_contact(name, email, is_member);
        Some(())
    }
}

/// The accounts.
pub(super) struct Accounts;

impl Stored for Accounts {
    const TABLE: Table = Table::Accounts;

    fn keys(sandbox: &Sandbox) -> Box<dyn Iterator<Item = u32>> {
        slots(sandbox.ledger.accounts().len())
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let Account { id: _, contact, points, revision, created, updated, active, transactions: _ } =
            sandbox.ledger.account(key)?;
        row.number(VERSION).number(u64::from(*contact)).number(*revision);
        for moment in [created, updated, active] {
            row.signed(moment.0);
        }
        for part in [points.balance, points.earned, points.adjusted, points.redeemed, points.expired] {
            row.signed(part);
        }
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.accounts().len())?;
        let account = Account {
            id: sandbox.ledger.account_id(key),
            contact: row.small()?,
            revision: row.number()?,
            created: Timestamp(row.signed()?),
            updated: Timestamp(row.signed()?),
            active: Timestamp(row.signed()?),
            points: Points {
                balance: row.signed()?,
                earned: row.signed()?,
                adjusted: row.signed()?,
                redeemed: row.signed()?,
                expired: row.signed()?,
            },
            transactions: Vec::new(),
        };
        sandbox.ledger.restore_account(account)
    }
}

/// The transactions.
pub(super) struct Transactions;

impl Stored for Transactions {
    const TABLE: Table = Table::Transactions;

    fn keys(sandbox: &Sandbox) -> Box<dyn Iterator<Item = u32>> {
        slots(sandbox.ledger.transactions().len())
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let Transaction { id: _, account, created, amount, description, key, cause } =
            sandbox.ledger.transaction(key)?;
        row.number(VERSION).number(u64::from(*account)).signed(created.0).signed(*amount);
        row.maybe(description.as_deref()).maybe(key.as_deref());
        match cause {
            Cause::Earn(earned) => {
                let social = earned.social.as_ref().map(|social| social.channel.as_deref());
                row.number(0).text(&earned.app).maybe(earned.activity.as_deref());
                row.maybe(earned.order.as_deref()).number(social.is_some().into());
                if let Some(channel) = social {
                    row.maybe(channel);
                }
            }
            Cause::Adjust { before } => {
                row.number(1).signed(*before);
            }
            Cause::Redeem { reward } => {
                row.number(2).text(&reward.to_string());
            }
            Cause::Refund { of } => {
                row.number(3).number(u64::from(*of));
            }
            Cause::Expire { before } => {
                row.number(4).signed(*before);
            }
        }
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.transactions().len())?;
        let ledger = &mut sandbox.ledger;
        let transaction = Transaction {
            id: ledger.transaction_id(key),
            account: row.small()?,
            created: Timestamp(row.signed()?),
            amount: row.signed()?,
            description: row.maybe()?.map(|text| ledger.share(text)),
            key: row.maybe()?.map(Into::into),
            cause: match row.number()? {
                0 => Cause::Earn(Box::new(Earned {
                    app: ledger.share(row.text()?),
                    activity: row.maybe()?.map(|text| ledger.share(text)),
                    order: row.maybe()?.map(Into::into),
                    social: match row.number()? {
                        0 => None,
                        _ => Some(Box::new(FollowedSocialMedia { channel: row.maybe()?.map(str::to_owned) })),
                    },
                })),
                1 => Cause::Adjust { before: row.signed()? },
                2 => Cause::Redeem { reward: Id::parse(row.text()?)? },
                3 => Cause::Refund { of: row.small()? },
                4 => Cause::Expire { before: row.signed()? },
                _ => return None,
            },
        };
        ledger.restore_transaction(transaction)
    }
}
