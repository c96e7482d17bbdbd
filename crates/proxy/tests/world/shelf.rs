//! What the shell keeps for several requests, as `effect.rs` words it, and many requests that take turns over it.

use super::World;
use loyalty_proxy::{Answer, Caller, Effect, Event, Exchange, Request, Started};
use serde_json::json;
use std::collections::HashMap;

struct Flight {
    key: String,
    owner: usize,
    /// Whether newcomers wait for it, and whether what it brings is kept.
    open: bool,
    landed: Option<Option<String>>,
}

#[derive(Default)]
pub struct Shelf {
    kept: HashMap<String, (String, i64, Vec<String>)>,
    flights: Vec<Flight>,
    /// Who waits for which flight, by owner and effect.
    waiting: HashMap<(usize, u32), usize>,
}

impl Shelf {
    /// Carries out one of the three effects; `None` where it has to wait.
    fn apply(&mut self, owner: usize, id: u32, effect: &Effect, now: i64) -> Option<Event> {
        match effect {
            Effect::Recall { key } => self.recall(owner, id, key, now).map(|text| Event::Recalled { text }),
            Effect::Share { key, text, until, tags } => {
                let mine = |flight: &&mut Flight| {
                    flight.owner == owner && flight.key == **key && flight.landed.is_none()
                };
                if let Some(flight) = self.flights.iter_mut().find(mine) {
                    flight.landed = Some(text.clone());
                    if let (true, Some(text)) = (flight.open && *until > now, text) {
                        self.kept.insert(key.to_string(), (text.clone(), *until, tags.clone()));
                    }
                }
                Some(Event::Noted)
            }
            Effect::Forget { tags } => {
                self.kept.retain(|_, (_, _, of)| !of.iter().any(|tag| tags.contains(tag)));
                self.flights.iter_mut().for_each(|flight| flight.open = false);
                Some(Event::Noted)
            }
            _ => None,
        }
    }

    fn recall(&mut self, owner: usize, id: u32, key: &str, now: i64) -> Option<Option<String>> {
        if let Some(flight) = self.waiting.get(&(owner, id)).copied() {
            let landed = self.flights[flight].landed.clone()?;
            self.waiting.remove(&(owner, id));
            if landed.is_some() {
                return Some(landed);
            }
        }
        if let Some((text, until, _)) = self.kept.get(key)
            && *until > now
        {
            return Some(Some(text.clone()));
        }
        let under_way = |flight: &Flight| flight.key == key && flight.open && flight.landed.is_none();
        if let Some(flight) = self.flights.iter().position(under_way) {
            self.waiting.insert((owner, id), flight);
            return None;
        }
        self.flights.push(Flight { key: key.to_owned(), owner, open: true, landed: None });
        Some(None)
    }

    /// The request is over, however.
    fn release(&mut self, owner: usize) {
        for flight in self.flights.iter_mut().filter(|flight| flight.owner == owner) {
            flight.landed.get_or_insert(None);
        }
    }
}

struct Running {
    owner: usize,
    exchange: Exchange,
    caller: Caller,
    /// What it has under way; the number is absent where it is alone.
    under_way: Vec<(Option<u32>, Effect)>,
}

/// Many requests over one shelf. Each turn carries out one effect of one of them.
#[derive(Default)]
pub struct Crowd {
    pub shelf: Shelf,
    running: Vec<Running>,
    owners: usize,
}

impl Crowd {
    /// Lets a request in; gives its number.
    pub fn enter(&mut self, world: &World, request: Request, caller: Caller) -> usize {
        let mut exchange = world.exchange(request);
        let effect = exchange.start(world.now);
        let owner = self.owners;
        self.owners += 1;
        let mut running = Running { owner, exchange, caller, under_way: Vec::new() };
        running.put(effect);
        self.running.push(running);
        owner
    }

    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// One effect of one request, as `pick` says; the number and the answer of a request that is done with it.
    pub fn turn(
        &mut self,
        world: &mut World,
        mut pick: impl FnMut(usize) -> usize,
    ) -> Option<(usize, Answer)> {
        // One that waits for another is passed over; somebody can always go on.
        for _ in 0..10_000 {
            let at = pick(self.running.len());
            let running = &mut self.running[at];
            let which = pick(running.under_way.len());
            let (id, effect) = running.under_way[which].clone();
            let event = match effect {
                Effect::Answer { answer } => {
                    let owner = running.owner;
                    self.running.swap_remove(at);
                    self.shelf.release(owner);
                    return Some((owner, answer));
                }
                Effect::Recall { .. } | Effect::Share { .. } | Effect::Forget { .. } => {
                    let number = id.unwrap_or(u32::MAX);
                    match self.shelf.apply(running.owner, number, &effect, world.now) {
                        Some(event) => event,
                        None => continue,
                    }
                }
                effect => world.perform(effect, &running.caller, &json!({})).unwrap(),
            };
            running.under_way.swap_remove(which);
            let event = match id {
                Some(id) => Event::Happened { id, event: Box::new(event) },
                None => event,
            };
            let next = running.exchange.step(event, world.now);
            running.put(next);
            return None;
        }
        panic!("nobody can go on");
    }

    /// Lets all go on to their ends, in turns; their answers in the order they came in.
    pub fn finish(&mut self, world: &mut World, mut pick: impl FnMut(usize) -> usize) -> Vec<Answer> {
        let mut answers = Vec::new();
        while !self.is_empty() {
            answers.extend(self.turn(world, &mut pick));
        }
        answers.sort_by_key(|(owner, _)| *owner);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
}

impl Running {
    fn put(&mut self, effect: Effect) {
        match effect {
            Effect::Several { start } => {
                let started = start.into_iter().map(|Started { id, effect }| (Some(id), effect));
                self.under_way.extend(started);
            }
            effect => self.under_way.push((None, effect)),
        }
    }
}
