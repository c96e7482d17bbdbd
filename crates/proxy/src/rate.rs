//! How many calls a minute: of one caller, from one address, of one action, and upstream in all (P24), and how
//! answers tell it (P25, draft-ietf-httpapi-ratelimit-headers-10).

use crate::canonical::fingerprint;
use crate::config::Config;
use crate::effect::Headers;
use crate::flow::Context;
use crate::heads::Limit;
use crate::keys::shard;
use crate::known::{Known, latest};
use crate::policy::DEFAULT_ADDRESS_PER_MINUTE;
use crate::problem::Problem;
use crate::store::{StoreOp, StoreReply, Window};
use crate::twin::Twin;
use loyalty_contract::ErrorCode;
use std::cell::RefCell;
use std::net::{IpAddr, Ipv6Addr};
use std::rc::Rc;

const MINUTE_MS: i64 = 60_000;
/// How long to wait where a 429 or 503 knows no better, in seconds.
const DEFAULT_WAIT: i64 = 5;
/// The longest address that is counted.
const MAX_ADDRESS: usize = 128;

/// One limit, and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    name: &'static str,
    max: u32,
    left: u32,
    ends_at: i64,
}

/// What was counted for one request.
#[derive(Debug, Default)]
pub(crate) struct Rates(RefCell<Vec<Rate>>);

/// What a request counts against, before its windows have names in the store.
struct Count {
    name: &'static str,
    of: String,
    max: u32,
    text: &'static str,
    /// Whose it is, where it is a caller's.
    caller: Option<Rc<Known>>,
}

impl Count {
    /// A caller's own place in the store, as for its records but those of earns; else one for what is counted.
    fn shard(&self, config: &Config) -> String {
        let site = &config.site_id;
        match (self.name, &self.caller) {
            ("caller", Some(caller)) => caller.shard(config, &self.of).to_owned(),
            ("caller", None) => shard(site, &self.of),
            ("service", _) => config.service_shard.clone(),
            (name, _) => shard(site, &format!("{name} {}", self.of)),
        }
    }

    /// The window of this minute. Those that most requests count in are known from the request before.
    fn window(&self, config: &Config, now: i64) -> Twin<Window> {
        let ends_at = end_of_minute(now);
        match (self.name, &self.caller) {
            ("caller", Some(caller)) => caller.window(ends_at, || window(config, self, now)),
            ("service", _) => latest(&config.service_window, ends_at, || window(config, self, now)),
            _ => Twin::new(window(config, self, now)),
        }
    }
}

/// Counts a call by where it comes from, before anything is done for it: a token that somebody made up or a sign-in costs
/// a check too, and maybe others'. Callers that can't be told apart count by this alone.
///
/// Where the policy says nothing, a process counts for itself, in its own memory: what it is to be spared is its own work,
/// and a look at the store before each call would cost everybody more. An address of a network of one's own is then
/// most likely that of a load balancer, and so everybody's.
pub(crate) async fn arriving(context: &Context) -> Result<(), Problem> {
    if context.config.policy.limits.address_per_minute.is_some() {
        return delivered(context).await;
    }
    let address = context.request.address.as_deref().filter(|address| is_public(address));
    let Some(of) = address.and_then(neighbourhood) else { return Ok(()) };
    hit_at(context, vec![from_one_address(of, DEFAULT_ADDRESS_PER_MINUTE)], Place::Here).await
}

/// The same for an event of the loyalty service, which sends them by the hundred from one address: only as the policy
/// says. A signature is soon checked, and no event costs anybody's budget.
pub(crate) async fn delivered(context: &Context) -> Result<(), Problem> {
    let address = context.request.address.as_deref().and_then(neighbourhood);
    let (Some(max), Some(of)) = (context.config.policy.limits.address_per_minute, address) else {
        return Ok(());
    };
    hit(context, vec![from_one_address(of, max)]).await
}

fn from_one_address(of: String, max: u32) -> Count {
    Count { name: "address", of, max, text: "too many calls from one address", caller: None }
}

/// Counts a call whose caller is known, in all its windows or in none, by one operation of the store. A call that is
/// refused by policy counts as well, but not against its action.
pub(crate) async fn incoming(
    context: &Context,
    caller: &Rc<Known>,
    action: Option<&str>,
) -> Result<(), Problem> {
    let policy = &context.config.policy;
    let mut counts = Vec::new();
    if let (Some(max), Some(subject)) = (policy.limits.caller_per_minute, caller.subject()) {
        let (of, caller) = (subject.to_owned(), Some(Rc::clone(caller)));
        counts.push(Count { name: "caller", of, max, text: "too many calls", caller });
    }
    let limited = action.and_then(|name| Some((name, policy.action(name)?.limit.per_minute?)));
    if let Some((name, max)) = limited {
        counts.push(Count {
            name: "action",
            of: name.to_owned(),
            max,
            text: "too many claims of this action",
            caller: None,
        });
    }
    if counts.is_empty() { Ok(()) } else { hit(context, counts).await }
}

/// Counts a call upstream, when it goes: what the policy, a cap or a cache answers takes nothing from the others.
pub(crate) async fn upstream(context: &Context) -> Result<(), Problem> {
    hit(context, vec![of_all(&context.config)]).await
}

/// The window that a call upstream counts in at a time, for those that the shell makes by itself.
#[cfg(target_arch = "wasm32")]
pub(crate) fn budget(config: &Config, now: i64) -> Window {
    window(config, &of_all(config), now)
}

fn of_all(config: &Config) -> Count {
    let max = config.policy.limits.upstream_per_minute;
    let text = "too many calls of all callers together";
    Count { name: "service", of: String::new(), max, text, caller: None }
}

fn window(config: &Config, count: &Count, now: i64) -> Window {
    let minute = now.div_euclid(MINUTE_MS);
    Window {
        shard: count.shard(config),
        // Hashed: no address stands in a store, and none outlives its minute there.
        counter: fingerprint(&["rate", &config.site_id, &minute.to_string(), count.name, &count.of]),
        max: count.max,
        expires_at: end_of_minute(now),
    }
}

const fn end_of_minute(now: i64) -> i64 {
    (now.div_euclid(MINUTE_MS) + 1) * MINUTE_MS
}

async fn hit(context: &Context, counts: Vec<Count>) -> Result<(), Problem> {
    hit_at(context, counts, Place::Store).await
}

/// Whose memory counts.
enum Place {
    /// That of all processes.
    Store,
    /// This one's own.
    Here,
}

async fn hit_at(context: &Context, counts: Vec<Count>, place: Place) -> Result<(), Problem> {
    let now = context.shell.now().0;
    let ends_at = end_of_minute(now);
    let windows: Vec<_> = counts.iter().map(|count| count.window(&context.config, now)).collect();
    let op = StoreOp::Hit { windows: windows.clone(), now };
    let reply = match place {
        Place::Store => context.shell.store(op).await?,
        Place::Here => context.shell.here(op).await?,
    };
    match reply {
        StoreReply::Ok { left } => {
            // The budget of all is nobody's to watch.
            let told = counts.iter().zip(left).filter(|(count, _)| count.name != "service");
            context.rates.0.borrow_mut().extend(told.map(|(count, left)| Rate {
                name: count.name,
                max: count.max,
                left,
                ends_at,
            }));
            Ok(())
        }
        StoreReply::Limit { counter, .. } => {
            let full = windows.iter().zip(&counts).find(|(window, _)| window.counter == counter);
            let Some((_, count)) = full else {
                return Err(context.shell.broken("the store named a window that it was not asked about"));
            };
            let told = Rate { name: count.name, max: count.max, left: 0, ends_at };
            context.rates.0.borrow_mut().push(told);
            let text = format!("{} in this minute", count.text);
            let mut problem =
                Problem::new(ErrorCode::RateLimited, text).retry_after(seconds_to(ends_at, now));
            problem.limit = Some(count.name);
            Err(problem)
        }
        _ => Err(context.shell.broken("the store answered hit with another operation's reply")),
    }
}

/// Whole seconds after which a time has come.
fn seconds_to(at: i64, now: i64) -> i64 {
    (at - now).max(1).saturating_add(999).div_euclid(1_000)
}

/// What one household or host can't easily leave: an IPv4 address, the first half of an IPv6 one.
fn neighbourhood(address: &str) -> Option<String> {
    let text = address.trim();
    if text.is_empty() || text.len() > MAX_ADDRESS {
        return None;
    }
    Some(match ip(text) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => {
            let network = u128::from(ip) & (u128::MAX << 64);
            Ipv6Addr::from(network).to_string()
        }
        None => text.to_ascii_lowercase(),
    })
}

fn ip(address: &str) -> Option<IpAddr> {
    let bare = address.trim().split('%').next().unwrap_or_default();
    bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// Whether somebody elsewhere can have the address: not of loopback, of a network of one's own, or shared by a provider.
/// What is no address at all is a name that the developer's function made, and counts.
fn is_public(address: &str) -> bool {
    match ip(address) {
        Some(IpAddr::V4(ip)) => {
            let [first, second, ..] = ip.octets();
            let shared = first == 100 && (64..128).contains(&second);
            !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || shared)
        }
        Some(IpAddr::V6(ip)) => {
            !(ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local())
        }
        None => true,
    }
}

/// What an answer tells of the limits.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// For `RateLimit-Policy`.
    pub(crate) limits: Vec<Limit>,
    /// `RateLimit` and `Retry-After`.
    pub(crate) headers: Headers,
}

impl Context {
    /// What an answer tells of the limits. On 429 and 503 that is one limit and one time (P25).
    pub(crate) fn told(&self, problem: Option<&Problem>) -> Told {
        let mut rates = self.rates.0.borrow().clone();
        let now = self.shell.now().0;
        let wait = problem.filter(|problem| matches!(problem.status(), 429 | 503));
        let wait = wait.map(|problem| {
            let name = problem.limit.unwrap_or("service");
            (name, problem.retry_after.unwrap_or(DEFAULT_WAIT))
        });
        if let Some((name, _)) = wait
            && !rates.iter().any(|rate| rate.name == name)
        {
            let max = self.config.policy.limits.upstream_per_minute;
            rates.push(Rate { name, max, left: 0, ends_at: now });
        }
        let mut told =
            Told { limits: rates.iter().map(|rate| (rate.name, rate.max)).collect(), ..Told::default() };
        if !rates.is_empty() {
            let left = rates.iter().filter_map(|rate| match wait {
                Some((name, _)) if name != rate.name => None,
                Some((_, seconds)) => Some(format!("\"{}\";r=0;t={seconds}", rate.name)),
                None => {
                    Some(format!("\"{}\";r={};t={}", rate.name, rate.left, seconds_to(rate.ends_at, now)))
                }
            });
            told.headers.push(("ratelimit", left.collect::<Vec<_>>().join(", ")));
        }
        let seconds = wait.map(|(_, seconds)| seconds).or(problem.and_then(|problem| problem.retry_after));
        if let Some(seconds) = seconds {
            told.headers.push(("retry-after", seconds.to_string()));
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p24_an_address_counts_with_those_beside_it() {
        let of = |text| neighbourhood(text).unwrap_or_default();
        assert_eq!(of("203.0.113.7"), "203.0.113.7");
        assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7", "the same host by another name");
        assert_eq!(of("2001:db8:1:2:aaaa::1"), of("2001:DB8:1:2:bbbb::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("fe80::1%eth0"), of("fe80::2"));
        assert_eq!(of(" Unix-Socket "), "unix-socket");
        assert_eq!(neighbourhood(" "), None);
        assert_eq!(neighbourhood(&"x".repeat(129)), None);
    }

    #[test]
    fn p24_addresses_of_ones_own_network_are_not_public() {
        for own in [
            "127.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "::",
            "fd00::1",
            "fc00::1",
            "fe80::1%eth0",
        ] {
            assert!(!is_public(own), "{own}");
        }
        for public in [
            "203.0.113.7",
            "172.32.0.1",
            "100.128.0.1",
            "100.63.0.1",
            "11.0.0.1",
            "2001:db8::1",
            "fbff::1",
            "kiosk-7",
        ] {
            assert!(is_public(public), "{public}");
        }
    }

    #[test]
    fn p25_a_wait_is_long_enough_and_never_nothing() {
        assert_eq!(
            [seconds_to(60_000, 0), seconds_to(60_000, 59_001), seconds_to(60_000, 59_999)],
            [60, 1, 1]
        );
        assert_eq!([seconds_to(60_000, 60_000), seconds_to(60_000, 58_999)], [1, 2]);
    }
}
