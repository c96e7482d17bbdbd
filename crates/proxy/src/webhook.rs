//! `POST /webhooks`: what the loyalty service tells of its own accord (P36). Only a signed body is believed, only of a
//! site on the list, only within a window; each event is handled once, and of one entity never in the wrong order.

use crate::canonical::fingerprint;
use crate::flow::{Context, Reply};
use crate::keys::shard;
use crate::once::{self, Failure, Once};
use crate::problem::Problem;
use crate::project;
use crate::rate;
use crate::store::{StoreOp, StoreReply};
use loyalty_contract::rename;
use loyalty_contract::schema::{Record, Type};
use loyalty_contract::{ErrorCode, Operation, Timestamp, validate};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The largest body: an event carries one entity, encoded thrice.
const MAX_BODY: usize = 64 * 1024;
/// How far ahead of ours the sender's clock may be.
const SKEW_MS: i64 = 300_000;
/// How long an event is being handled at most.
const LEASE_MS: i64 = 60_000;

/// What the developer says of webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhooks {
    /// The sites whose events are taken, by the id that the app has there.
    pub instance_ids: Vec<String>,
    /// The types of events that are handled.
    pub handled: Vec<String>,
    /// How old an event may be, in milliseconds.
    pub window_ms: i64,
}

/// An event, read from what was signed.
struct News {
    id: String,
    kind: String,
    entity: String,
    entity_id: String,
    sequence: Option<String>,
    instance: String,
    time: Timestamp,
    metadata: Value,
    body: Body,
}

enum Body {
    Entity(Value),
    Data(Value),
    None,
}

/// Takes an event in.
pub(crate) async fn receive(context: &Context) -> Result<Reply, Problem> {
    let Some(webhooks) = &context.config.webhooks else {
        let text = "this proxy takes no webhooks; give it webhooks: { publicKey, instanceIds, on }";
        return Err(Problem::new(ErrorCode::NotImplemented, text));
    };
    context.trail.route("webhook");
    rate::delivered(context).await?;
    let body = context.shell.body(MAX_BODY).await?;
    let claims = context.shell.verify(body.trim()).await?;
    context.trail.somebody(json!({ "role": "upstream" }));
    let news = News::read(&claims)
        .ok_or_else(|| Problem::argument("", "FORMAT", "the event is not as the loyalty service sends it"))?;
    context.trail.note("event", json!(news.id));
    context.trail.action(&news.kind);
    if !webhooks.instance_ids.contains(&news.instance) {
        return Err(Problem::new(
            ErrorCode::PermissionDenied,
            "the event is of a site that is not on instanceIds",
        ));
    }
    let age = context.shell.now().0 - news.time.0;
    if age > webhooks.window_ms || age < -SKEW_MS {
        return Err(Problem::argument(
            "eventTime",
            "RANGE",
            "is outside of the window in which events are taken",
        ));
    }
    forget(context, &news).await;
    let site = context.config.site_id.as_str();
    let once = Once {
        shard: shard(site, &format!("webhook:{}", news.entity_id)),
        key: fingerprint(&["webhook", site, &news.id]),
        fingerprint: fingerprint(&["webhook", &news.kind, &news.entity_id]),
        resume: true,
        claims: Vec::new(),
    };
    let keep = webhooks.window_ms.saturating_add(SKEW_MS);
    let handled = webhooks.handled.contains(&news.kind);
    once::run_for(context, Some(once), keep, async |_| in_order(context, &news, handled, keep).await).await
}

/// Handles an event, unless a later one of its entity and type was handled before this one was begun. Events of one entity wait for each other.
async fn in_order(context: &Context, news: &News, handled: bool, keep_ms: i64) -> Result<Reply, Failure> {
    if !handled {
        return Ok(said("ignored"));
    }
    let site = context.config.site_id.as_str();
    let line = fingerprint(&["webhook line", site, &news.kind, &news.entity_id]);
    let now = context.shell.now().0;
    let shard = shard(site, &format!("webhook:{}", news.entity_id));
    let hold = StoreOp::Reserve {
        shard: shard.clone(),
        key: line.clone(),
        fingerprint: String::new(),
        resume: true,
        lease_until: now + LEASE_MS,
        keep_until: now + 2 * LEASE_MS,
        claims: Vec::new(),
        look: false,
        now,
    };
    let StoreReply::Reserved { token, .. } = context.shell.store(hold).await.map_err(Failure::Refused)?
    else {
        let text = "another event of the same entity is being handled; send this one again";
        return Err(Failure::Refused(Problem::new(ErrorCode::InProgress, text).retry_after(1)));
    };
    let result = handle(context, news, &fingerprint(&["webhook last", &line]), keep_ms).await;
    let now = context.shell.now().0;
    let release = StoreOp::Release { shard, key: line, token, undo: true, now };
    if context.shell.store(release).await.is_err() {
        context.shell.log("events of one entity wait for a minute: the store did not answer");
    }
    result.map_err(Failure::Refused)
}

async fn handle(context: &Context, news: &News, last: &str, keep_ms: i64) -> Result<Reply, Problem> {
    let now = context.shell.now().0;
    let Some(sequence) = &news.sequence else {
        context.shell.handle(news.given(false)).await?;
        return Ok(said("handled"));
    };
    let seen = value(context, last).await?;
    let late = seen.is_some_and(|seen| !is_later(sequence, &seen));
    let begun = fingerprint(&["webhook begun", &context.config.site_id, &news.id]);
    if late && value(context, &begun).await?.is_none() {
        return Ok(said("late"));
    }
    let put = |key: String| {
        let (value, expires_at) = (sequence.clone(), now.saturating_add(keep_ms));
        StoreOp::Put { key, value, only_new: false, expires_at, now }
    };
    if !late {
        // Written before: whoever throws or dies on the way is asked again, whatever was handled in between.
        context.shell.store(put(begun)).await?;
    }
    context.shell.handle(news.given(late)).await?;
    if !late {
        context.shell.store(put(last.to_owned())).await?;
    }
    Ok(said("handled"))
}

async fn value(context: &Context, key: &str) -> Result<Option<String>, Problem> {
    let now = context.shell.now().0;
    match context.shell.store(StoreOp::Get { key: key.to_owned(), now }).await? {
        StoreReply::Value { value } => Ok(value),
        _ => Err(context.shell.broken("the store answered get with another operation's reply")),
    }
}

fn said(status: &str) -> Reply {
    Reply::ok(&json!({ "status": status }), None)
}

/// Whether one sequence number, a decimal of any length, is above another.
fn is_later(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.trim_start_matches('0').to_owned();
    let (one, other) = (plain(one), plain(other));
    (one.len(), one.as_str()) > (other.len(), other.as_str())
}

/// What was known of the entity is not true any more.
async fn forget(context: &Context, news: &News) {
    let tags = match news.entity.as_str() {
        "wix.loyalty.v1.account" => vec![news.entity_id.to_ascii_lowercase()],
        "wix.loyalty.v1.tier" => vec!["tiers".to_owned()],
        "wix.loyalty.v1.reward" => vec!["rewards".to_owned()],
        "wix.loyalty.v1.program" => vec!["programs".to_owned(), "tiers".to_owned()],
        _ => return,
    };
    context.shell.forget(tags).await;
}

impl News {
    fn read(claims: &str) -> Option<Self> {
        let nested = |text: &Value| serde_json::from_str::<Value>(text.as_str()?).ok();
        let outer = nested(serde_json::from_str::<Value>(claims).ok()?.get("data")?)?;
        let inner = nested(outer.get("data")?)?;
        let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
        let (entity, slug) = (text(&inner, "entityFqdn")?, text(&inner, "slug")?);
        let (id, entity_id) = (text(&inner, "id")?, text(&inner, "entityId").unwrap_or_default());
        let (kind, instance) = (text(&outer, "eventType")?, text(&outer, "instanceId")?);
        let time = Timestamp::parse(&text(&inner, "eventTime")?)?;
        let sequence = inner.get("entityEventSequence").and_then(|number| {
            number.as_str().map(str::to_owned).or_else(|| number.as_u64().map(|number| number.to_string()))
        });
        let sound = [&id, &entity, &slug, &entity_id, &kind, &instance].iter().all(|text| is_plain(text))
            && !id.is_empty()
            && sequence.as_ref().is_none_or(|text| {
                (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
            });
        if !sound {
            return None;
        }
        let body = body(&entity, &inner)?;
        let mut metadata = json!({
            "_id": id, "instanceId": instance, "entityFqdn": entity, "slug": slug, "entityId": entity_id,
            "eventTime": date(time), "entityEventSequence": sequence,
        });
        if let (Some(identity), Some(map)) =
            (outer.get("identity").and_then(nested), metadata.as_object_mut())
        {
            map.insert("identity".to_owned(), project::harmless(identity));
        }
        Some(Self { id, kind, entity, entity_id, sequence, instance, time, metadata, body })
    }

    /// What the developer's handler gets. It is told where a newer event was handled already.
    fn given(&self, late: bool) -> Value {
        let mut event = Map::new();
        event.insert("type".to_owned(), json!(self.kind));
        match &self.body {
            Body::Entity(entity) => event.insert("entity".to_owned(), entity.clone()),
            Body::Data(data) => event.insert("data".to_owned(), data.clone()),
            Body::None => None,
        };
        event.insert("metadata".to_owned(), self.metadata.clone());
        if late {
            event.insert("late".to_owned(), json!(true));
        }
        Value::Object(event)
    }
}

/// Whether this can be an id or a name, and nothing that would be news in a log.
fn is_plain(text: &str) -> bool {
    text.len() <= 200 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte))
}

/// The record that an entity has in answers.
fn record(entity: &str) -> Option<&'static Record> {
    let (operation, field) = match entity {
        "wix.loyalty.v1.account" => (Operation::GetAccount, "account"),
        "wix.loyalty.v1.tier" => (Operation::GetTier, "tier"),
        "wix.loyalty.v1.reward" => (Operation::GetReward, "reward"),
        "wix.loyalty.v1.program" => (Operation::GetLoyaltyProgram, "loyaltyProgram"),
        "wix.loyalty.v1.coupon" => (Operation::RedeemPointsForCoupon, "coupon"),
        _ => return None,
    };
    match operation.endpoint().response.field(field)?.ty {
        Type::Record(record) => Some(record),
        _ => None,
    }
}

/// What the event carries, checked against the contract, with JavaScript's names and dates. `None` where it is not as
/// the contract has it.
fn body(entity: &str, event: &Value) -> Option<Body> {
    let known = |value: &Value| match record(entity) {
        Some(record) if validate::response(record, value).is_empty() => Some(of_record(record, value)),
        Some(_) => None,
        None => Some(named(value)),
    };
    if let Some(value) = event.pointer("/createdEvent/entity") {
        return known(value).map(Body::Entity);
    }
    if let Some(value) = event.pointer("/updatedEvent/currentEntity") {
        return known(value).map(Body::Entity);
    }
    let Some(Value::Object(map)) = event.pointer("/actionEvent/body") else { return Some(Body::None) };
    let mut data = Map::new();
    for (key, value) in map {
        let value =
            if key == "account" && entity == "wix.loyalty.v1.account" { known(value)? } else { named(value) };
        data.insert(rename::to_js(key).to_owned(), value);
    }
    Some(Body::Data(Value::Object(data)))
}

/// A date, as the shell makes one of it.
fn date(time: Timestamp) -> Value {
    json!({ "$date": time.0 })
}

fn of_record(record: &'static Record, value: &Value) -> Value {
    let Value::Object(map) = project::known(record, value.clone()) else { return Value::Null };
    let fields = map.into_iter().filter_map(|(key, value)| {
        let field = record.field(&key)?;
        Some((rename::to_js(&key).to_owned(), of_type(field.ty, &value)))
    });
    Value::Object(fields.collect())
}

fn of_type(ty: Type, value: &Value) -> Value {
    match (ty, value) {
        (Type::Record(record), Value::Object(_)) => of_record(record, value),
        (Type::List(item), Value::Array(items)) => items.iter().map(|value| of_type(*item, value)).collect(),
        (Type::Date, Value::String(text)) => Timestamp::parse(text).map_or(Value::Null, date),
        _ => named(value),
    }
}

/// A value of no known record, with JavaScript's names.
fn named(value: &Value) -> Value {
    match project::harmless(value.clone()) {
        Value::Object(map) => {
            let fields = map.iter().map(|(key, value)| (rename::to_js(key).to_owned(), named(value)));
            Value::Object(fields.collect())
        }
        Value::Array(items) => items.iter().map(named).collect(),
        leaf => leaf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p36_sequences_are_numbers_and_not_texts() {
        assert!(
            is_later("10", "9")
                && is_later("1", "0")
                && is_later("18446744073709551616", "18446744073709551615")
        );
        assert!(!is_later("9", "10") && !is_later("5", "5") && !is_later("005", "5"));
    }

    #[test]
    fn p36_what_is_not_an_event_is_none() {
        let event = |inner: Value| {
            let outer = json!({"eventType": "wix.loyalty.v1.account_updated", "instanceId": "i", "data": inner.to_string()});
            json!({ "data": outer.to_string() }).to_string()
        };
        let good = json!({"id": "e", "entityFqdn": "wix.loyalty.v1.account", "slug": "points_updated", "entityId": "a",
            "eventTime": "2030-01-01T00:00:00Z", "entityEventSequence": "3", "actionEvent": {"body": {"x": {"id": 1}}}});
        let news = News::read(&event(good.clone())).unwrap();
        assert_eq!(news.given(false)["data"], json!({"x": {"_id": 1}}));
        for (field, value) in [
            ("id", json!("")),
            ("id", json!("a b")),
            ("eventTime", json!("yesterday")),
            ("entityEventSequence", json!("-1")),
            ("entityFqdn", Value::Null),
            ("createdEvent", json!({"entity": {"points": "many"}})),
            ("actionEvent", json!({"body": {"account": 5}})),
        ] {
            let mut bad = good.clone();
            bad[field] = value;
            assert!(News::read(&event(bad.clone())).is_none(), "{bad}");
        }
        for bad in ["", "{}", "{\"data\":5}", "{\"data\":\"{}\"}", "[]"] {
            assert!(News::read(bad).is_none(), "{bad}");
        }
    }
}
