//! The store's rules once more, as `store.rs` of the crate words them.

use loyalty_proxy::Twin;
use loyalty_proxy::store::{Claim, StoreOp, StoreReply, Window};
use std::collections::HashMap;

struct Record {
    fingerprint: String,
    token: String,
    lease_until: i64,
    keep_until: i64,
    since: i64,
    done: Option<(u16, String)>,
}

struct Held {
    claim: Claim,
    holder: String,
    settled: bool,
    /// What it was before its holder took it over.
    before: Option<Box<Held>>,
}

#[derive(Default)]
pub struct Store {
    records: HashMap<String, Record>,
    claims: Vec<Held>,
    hits: HashMap<String, u32>,
    values: HashMap<String, (String, i64)>,
    tokens: u32,
}

impl Store {
    pub fn apply(&mut self, op: StoreOp) -> StoreReply {
        match op {
            StoreOp::Reserve {
                key, fingerprint, resume, lease_until, keep_until, claims, look, now, ..
            } => self.reserve(key, fingerprint, (resume, look), (lease_until, keep_until), claims, now),
            StoreOp::Settle { key, token, status, body, keep_until, .. } => match self.held(&key, &token) {
                Some(record) => {
                    record.done = Some((status, body));
                    record.keep_until = keep_until;
                    self.claims
                        .iter_mut()
                        .filter(|held| held.holder == key)
                        .for_each(|held| held.settled = true);
                    StoreReply::Ok { left: Vec::new() }
                }
                None => StoreReply::Lost,
            },
            StoreOp::Release { key, token, undo, now, .. } => match self.held(&key, &token) {
                Some(_) if undo => {
                    self.records.remove(&key);
                    let (ours, others) =
                        std::mem::take(&mut self.claims).into_iter().partition(|held| held.holder == key);
                    self.claims = others;
                    self.claims
                        .extend(ours.into_iter().filter_map(|held: Held| held.before).map(|held| *held));
                    StoreReply::Ok { left: Vec::new() }
                }
                Some(record) => {
                    record.lease_until = now;
                    StoreReply::Ok { left: Vec::new() }
                }
                None => StoreReply::Lost,
            },
            StoreOp::Hit { windows, .. } => {
                let full = |window: &&Twin<Window>| {
                    self.hits.get(&window.counter).is_some_and(|it| *it >= window.max)
                };
                if let Some(Window { counter, expires_at, .. }) =
                    windows.iter().find(full).map(|window| &**window)
                {
                    return StoreReply::Limit { counter: counter.clone(), expires_at: Some(*expires_at) };
                }
                let count = |window: &Twin<Window>| {
                    let count = self.hits.entry(window.counter.clone()).or_default();
                    *count += 1;
                    window.max - *count
                };
                StoreReply::Ok { left: windows.iter().map(count).collect() }
            }
            StoreOp::Get { key, now } => {
                let live = self.values.get(&key).filter(|(_, expires_at)| *expires_at > now);
                StoreReply::Value { value: live.map(|(value, _)| value.clone()) }
            }
            StoreOp::Put { key, value, only_new, expires_at, now } => {
                if only_new && self.values.get(&key).is_some_and(|(_, end)| *end > now) {
                    return StoreReply::Exists;
                }
                self.values.insert(key, (value, expires_at));
                StoreReply::Ok { left: Vec::new() }
            }
            StoreOp::Remove { key, .. } => {
                self.values.remove(&key);
                StoreReply::Ok { left: Vec::new() }
            }
        }
    }

    fn held(&mut self, key: &str, token: &str) -> Option<&mut Record> {
        self.records.get_mut(key).filter(|record| record.token == token && record.done.is_none())
    }

    fn reserve(
        &mut self,
        key: String,
        fingerprint: String,
        (resume, look): (bool, bool),
        (lease_until, keep_until): (i64, i64),
        claims: Vec<Claim>,
        now: i64,
    ) -> StoreReply {
        self.records.retain(|_, record| record.keep_until > now);
        self.claims.retain(|held| held.claim.expires_at.is_none_or(|at| at > now));
        self.tokens += 1;
        let token = self.tokens.to_string();
        if let Some(record) = self.records.get_mut(&key) {
            return match &record.done {
                _ if record.fingerprint != fingerprint => StoreReply::Conflict,
                Some((status, body)) => StoreReply::Done { status: *status, body: body.clone() },
                None if record.lease_until > now => StoreReply::Held { lease_until: record.lease_until },
                None if !resume => StoreReply::Unknown,
                None => {
                    record.token.clone_from(&token);
                    record.lease_until = lease_until;
                    StoreReply::Reserved { token, since: record.since }
                }
            };
        }
        let mut limits: Vec<(String, Option<i64>)> = Vec::new();
        for claim in &claims {
            let of_counter = || self.claims.iter().filter(|held| held.claim.counter == claim.counter);
            let full = match of_counter().find(|held| held.claim.id == claim.id) {
                Some(held) => {
                    held.settled || self.records.get(&held.holder).is_some_and(|it| it.lease_until > now)
                }
                None => of_counter().map(|held| held.claim.amount).sum::<i64>() + claim.amount > claim.max,
            };
            if full {
                let ends = of_counter().map(|held| held.claim.expires_at).collect::<Option<Vec<_>>>();
                let expires_at = ends.and_then(|ends| ends.into_iter().max());
                limits.push((claim.counter.clone(), expires_at));
            }
        }
        let end = |expires_at: &Option<i64>| expires_at.unwrap_or(i64::MAX);
        if let Some(last) = limits.iter().map(|(_, expires_at)| end(expires_at)).max() {
            let first = limits.into_iter().find(|(_, expires_at)| end(expires_at) == last);
            let (counter, expires_at) = first.unwrap();
            return StoreReply::Limit { counter, expires_at };
        }
        if look {
            return StoreReply::Ok { left: Vec::new() };
        }
        for claim in claims {
            let same = |held: &Held| held.claim.counter == claim.counter && held.claim.id == claim.id;
            let before = self.claims.iter().position(same).map(|at| Box::new(self.claims.swap_remove(at)));
            self.claims.push(Held { claim, holder: key.clone(), settled: false, before });
        }
        let record =
            Record { fingerprint, token: token.clone(), lease_until, keep_until, since: now, done: None };
        self.records.insert(key, record);
        StoreReply::Reserved { token, since: now }
    }
}
