//! What happened, as the service tells it: numbered for each entity, kept for tests, and queued for the shell to sign
//! and deliver.

mod accounts;
pub(crate) mod hook;
mod kept;
mod offers;

use std::collections::{HashMap, VecDeque};

use loyalty_contract::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ids::{Id, IdKind, IdSource};
use crate::ledger::Slot;
use crate::ledger::table::{Kept, Rows};
use hook::{Delivery, Hook, Post};
use kept::Written;

/// How many events are kept; the oldest go first.
pub(crate) const MOST: usize = 1_000;

/// One piece of news, before it has an id and a number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct News {
    entity: &'static str,
    slug: &'static str,
    id: Id,
    body: (&'static str, Value),
}

fn shown(record: &impl Serialize) -> Value {
    serde_json::to_value(record).unwrap_or_default()
}

impl News {
    /// An entity that is new. `entity` is the last part of its name, such as `tier`.
    pub(crate) fn created(entity: &'static str, id: Id, record: &impl Serialize) -> Self {
        let body = ("createdEvent", json!({ "entity": shown(record) }));
        Self { entity, slug: "created", id, body }
    }

    /// An entity as it is after a change.
    pub(crate) fn updated(entity: &'static str, id: Id, record: &impl Serialize) -> Self {
        let body = ("updatedEvent", json!({ "currentEntity": shown(record) }));
        Self { entity, slug: "updated", id, body }
    }

    /// An entity that is gone.
    pub(crate) fn deleted(entity: &'static str, id: Id) -> Self {
        Self { entity, slug: "deleted", id, body: ("deletedEvent", json!({})) }
    }

    /// Anything else, by its own name.
    pub(crate) fn action(entity: &'static str, slug: &'static str, id: Id, body: Value) -> Self {
        Self { entity, slug, id, body: ("actionEvent", json!({ "body": body })) }
    }
}

/// Who made it happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Cause {
    /// An app, by its credential.
    App(Id),
    /// A member, by a token.
    Member(Id),
    /// The owner of the site, by the control plane.
    Owner(Id),
    /// Nobody: time passed, or nothing is known.
    Unknown,
}

impl Cause {
    fn to_json(self) -> Value {
        match self {
            Self::App(id) => json!({ "identityType": "APP", "appId": id.to_string() }),
            Self::Member(id) => json!({ "identityType": "MEMBER", "memberId": id.to_string() }),
            Self::Owner(id) => json!({ "identityType": "WIX_USER", "wixUserId": id.to_string() }),
            Self::Unknown => json!({ "identityType": "UNKNOWN" }),
        }
    }
}

/// One event as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Event {
    id: String,
    kind: String,
    cause: Cause,
    /// What the innermost `data` says.
    domain: Value,
}

impl Event {
    /// What the token claims as `data`: JSON text with JSON text in it, as the service nests them.
    fn claim(&self, instance: Id) -> String {
        json!({
            "eventType": self.kind,
            "instanceId": instance.to_string(),
            "data": self.domain.to_string(),
            "identity": self.cause.to_json().to_string(),
        })
        .to_string()
    }
}

/// The events of a site. Silent until [`begin`](Self::begin).
#[derive(Debug, Clone)]
pub(crate) struct Events {
    ids: IdSource,
    seed: u64,
    instance: Option<Id>,
    cause: Cause,
    made: u64,
    /// How many events each entity had.
    sequences: Rows<(Id, u64)>,
    sequence_slots: HashMap<Id, Slot>,
    kept: VecDeque<Event>,
    dropped: u64,
    post: Kept<Option<Post>>,
    written: Option<Written>,
    /// The older part of what is listed, while it comes back from a store.
    older: VecDeque<Event>,
}

impl Events {
    /// Nobody listens yet.
    #[must_use]
    pub(crate) fn new(ids: IdSource) -> Self {
        Self {
            ids,
            seed: 0,
            instance: None,
            cause: Cause::Unknown,
            made: 0,
            sequences: Rows::default(),
            sequence_slots: HashMap::new(),
            kept: VecDeque::new(),
            dropped: 0,
            post: Kept::new(None),
            written: None,
            older: VecDeque::new(),
        }
    }

    /// Listens from now on, in the name of the app that is installed as `instance`.
    pub(crate) fn begin(&mut self, seed: u64, instance: Id, hook: Option<Hook>) {
        self.seed = seed;
        self.instance = Some(instance);
        self.deliver_to(hook);
    }

    /// Whether news is worth putting together.
    #[must_use]
    pub(crate) fn is_listening(&self) -> bool {
        self.instance.is_some()
    }

    /// The app on the site.
    #[must_use]
    fn instance(&self) -> Id {
        self.instance.unwrap_or_else(|| self.ids.nth(IdKind::Site, 2))
    }

    /// Who makes happen what happens next.
    pub(crate) fn set_cause(&mut self, cause: Cause) {
        self.cause = cause;
    }

    /// Delivers to another receiver from now on, or to none.
    pub(crate) fn deliver_to(&mut self, hook: Option<Hook>) {
        *self.post = hook.map(|hook| Post::new(hook, self.seed));
    }

    /// The receiver.
    #[must_use]
    pub(crate) fn hook(&self) -> Option<&Hook> {
        self.post.as_ref().map(|post| &post.hook)
    }

    /// The one way to tell news: gives it an id and a number, keeps it, and queues it for delivery.
    pub(crate) fn emit(&mut self, news: News, now: Timestamp) {
        let Some(instance) = self.instance else { return };
        let id = self.ids.nth(IdKind::Event, self.made).to_string();
        self.made += 1;
        let sequence = self.next_of(news.id);
        let mut domain = json!({
            "id": id,
            "entityFqdn": format!("wix.loyalty.v1.{}", news.entity),
            "slug": news.slug,
            "entityId": news.id.to_string(),
            "eventTime": now,
            "triggeredByAnonymizeRequest": false,
            "originatedFrom": "",
            "entityEventSequence": sequence.to_string(),
        });
        let (name, body) = news.body;
        if let Some(fields) = domain.as_object_mut() {
            fields.insert(name.to_owned(), body);
        }
        let kind = format!("wix.loyalty.v1.{}_{}", news.entity, news.slug);
        let event = Event { id, kind, cause: self.cause, domain };
        if let Some(post) = self.post.in_passing() {
            post.add(event.id.clone(), event.claim(instance));
        }
        if self.kept.len() >= MOST {
            self.kept.pop_front();
            self.dropped += 1;
        }
        self.kept.push_back(event);
        self.note_event();
    }

    /// The next number of an entity.
    fn next_of(&mut self, id: Id) -> u64 {
        let slot = match self.sequence_slots.get(&id) {
            Some(slot) => *slot,
            None => {
                let slot = self.sequences.add((id, 0));
                self.sequence_slots.insert(id, slot);
                slot
            }
        };
        self.sequences.change(slot).map_or(0, |(_, number)| {
            *number += 1;
            *number
        })
    }

    /// What is to be delivered since the last time.
    pub(crate) fn take_deliveries(&mut self) -> Vec<Delivery> {
        self.post.in_passing().as_mut().map(Post::take).unwrap_or_default()
    }

    /// Forgets what was kept. Ids and numbers go on.
    pub(crate) fn clear(&mut self) {
        self.note_clearing();
        self.kept.clear();
        self.dropped = 0;
    }

    /// The events, oldest first, and how many older ones were dropped.
    #[must_use]
    pub(crate) fn to_json(&self) -> Value {
        let instance = self.instance();
        let events = self.kept.iter().map(|event| {
            let mut told = Map::new();
            told.insert("id".to_owned(), json!(event.id));
            told.insert("eventType".to_owned(), json!(event.kind));
            told.insert("identity".to_owned(), event.cause.to_json());
            told.insert("event".to_owned(), event.domain.clone());
            told.insert("claim".to_owned(), json!(event.claim(instance)));
            Value::Object(told)
        });
        json!({ "events": events.collect::<Vec<_>>(), "dropped": self.dropped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening() -> (Events, IdSource) {
        let ids = IdSource::new(1);
        let mut events = Events::new(ids);
        let hook = serde_json::from_value(json!({ "url": "http://x/" })).unwrap();
        events.begin(1, ids.nth(IdKind::Site, 2), Some(hook));
        (events, ids)
    }

    #[test]
    fn l14_news_are_numbered_by_entity_and_nested_as_the_service_does() {
        let (mut events, ids) = listening();
        let [one, two] = [1, 2].map(|n| ids.nth(IdKind::Account, n));
        events.set_cause(Cause::Member(ids.nth(IdKind::Member, 3)));
        events.emit(News::created("tier", one, &json!({ "id": "x" })), Timestamp(0));
        events.emit(News::deleted("tier", one), Timestamp(0));
        events.emit(News::updated("tier", two, &json!({ "id": "y" })), Timestamp(0));
        let deliveries = events.take_deliveries();
        assert!(events.take_deliveries().is_empty(), "once");
        let inner: Vec<Value> = deliveries
            .iter()
            .map(|delivery| {
                let outer: Value = serde_json::from_str(&delivery.claim).unwrap();
                assert_eq!(outer["instanceId"], ids.nth(IdKind::Site, 2).to_string());
                let by: Value = serde_json::from_str(outer["identity"].as_str().unwrap()).unwrap();
                assert_eq!(by["identityType"], "MEMBER");
                serde_json::from_str(outer["data"].as_str().unwrap()).unwrap()
            })
            .collect();
        let numbers: Vec<_> = inner.iter().map(|event| event["entityEventSequence"].as_str()).collect();
        assert_eq!(numbers, [Some("1"), Some("2"), Some("1")]);
        assert_eq!(inner[0]["createdEvent"], json!({ "entity": { "id": "x" } }));
        assert_eq!(inner[1]["deletedEvent"], json!({}));
        assert_eq!(inner[2]["updatedEvent"], json!({ "currentEntity": { "id": "y" } }));
        assert_eq!(inner[2]["eventTime"], "1970-01-01T00:00:00.000Z");
        let kept = events.to_json();
        assert_eq!(kept["events"][1]["eventType"], "wix.loyalty.v1.tier_deleted");
        assert_eq!(kept["events"][1]["claim"], json!(deliveries[1].claim));
    }

    #[test]
    fn events_are_bounded_and_silent_before_they_begin() {
        let (mut events, ids) = listening();
        events.deliver_to(None);
        for _ in 0..=MOST {
            events.emit(News::deleted("tier", ids.nth(IdKind::Reward, 0)), Timestamp(0));
        }
        let kept = events.to_json();
        assert_eq!((kept["events"].as_array().unwrap().len(), &kept["dropped"]), (MOST, &json!(1)));
        assert!(events.take_deliveries().is_empty());
        events.clear();
        assert_eq!(events.to_json(), json!({ "events": [], "dropped": 0 }));
        let mut silent = Events::new(ids);
        silent.emit(News::deleted("tier", ids.nth(IdKind::Reward, 0)), Timestamp(0));
        assert_eq!(silent.to_json()["events"], json!([]));
    }
}
