//! What the ready line tells of a sandbox.

use serde_json::{Value, json};

use crate::fixtures;
use crate::sandbox::Sandbox;

impl Sandbox {
    /// What the ready line tells, the address apart.
    #[must_use]
    pub fn ready(&self) -> Value {
        let ledger = &self.ledger;
        let members: Vec<Value> = ledger
            .accounts()
            .iter()
            .filter_map(|account| {
                let contact = ledger.contact(account.contact)?;
                let member = contact.member?;
                Some(json!({
                    "name": &*contact.name,
                    "memberId": member.to_string(),
                    "contactId": contact.id.to_string(),
                    "accountId": account.id.to_string(),
                    "token": self.credentials.member_token(member),
                }))
            })
            .take(fixtures::NAMED_MEMBERS)
            .collect();
        let spare = ledger.contacts().iter().skip(self.options.accounts as usize);
        let contacts: Vec<Value> = spare
            .filter(|contact| contact.account.is_none())
            .map(|contact| json!({ "contactId": contact.id.to_string() }))
            .collect();
        // In the order of creation, which is that of the slots: the fixtures' are all of one moment.
        let mut rewards: Vec<_> = ledger.rewards_by_date().iter().map(|(_, _, slot)| *slot).collect();
        rewards.sort_unstable();
        let rewards = rewards.iter().filter_map(|slot| ledger.reward(*slot)).filter(|reward| reward.active);
        let rewards: Vec<String> = rewards.map(|reward| reward.id.to_string()).collect();
        let tiers: Vec<String> = ledger.ladder().map(|tier| tier.id.to_string()).collect();
        json!({
            "apiKey": self.credentials.api_key(),
            "siteId": self.credentials.site_id(),
            "appId": self.credentials.app_id(),
            "appSecret": self.credentials.app_secret(),
            "instanceId": self.credentials.instance_id().to_string(),
            "appRefreshToken": self.credentials.app_refresh_token(),
            "members": members,
            "contacts": contacts,
            "rewards": rewards,
            "tiers": tiers,
        })
    }
}
