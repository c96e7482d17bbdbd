//! How many calls a minute: of one caller, from one address, of one action, and upstream in all (P24), and how
//! answers tell it (P25, draft-ietf-httpapi-ratelimit-headers-10).

use crate::caller::Caller;
use crate::canonical::fingerprint;
use crate::flow::Context;
use crate::keys::shard;
use crate::problem::Problem;
use crate::store::{StoreOp, StoreReply, Window};
use loyalty_contract::ErrorCode;
use std::cell::RefCell;
use std::net::{IpAddr, Ipv6Addr};

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
}

impl Count {
    /// A caller's own place in the store, as for its records but those of earns; else one for what is counted.
    fn shard(&self, site: &str) -> String {
        match self.name {
            "caller" => shard(site, &self.of),
            name => shard(site, &format!("{name} {}", self.of)),
        }
    }
}

/// Counts a call by where it comes from, before anything is done for it: a token that somebody made up, a sign-in or an
/// event costs a check too, and maybe others'. Callers that can't be told apart count by this alone.
pub(crate) async fn arriving(context: &Context) -> Result<(), Problem> {
    let address = context.request.address.as_deref().and_then(neighbourhood);
    let (Some(max), Some(of)) = (context.config.policy.limits.address_per_minute, address) else {
        return Ok(());
    };
    hit(context, vec![Count { name: "address", of, max, text: "too many calls from one address" }]).await
}

/// Counts a call whose caller is known, in all its windows or in none, by one operation of the store. A call that is
/// refused by policy counts as well, but not against its action.
pub(crate) async fn incoming(
    context: &Context,
    caller: &Caller,
    action: Option<&str>,
) -> Result<(), Problem> {
    let policy = &context.config.policy;
    let mut counts = Vec::new();
    if let (Some(max), Some(subject)) = (policy.limits.caller_per_minute, caller.subject()) {
        counts.push(Count { name: "caller", of: subject, max, text: "too many calls" });
    }
    let limited = action.and_then(|name| Some((name, policy.action(name)?.limit.per_minute?)));
    if let Some((name, max)) = limited {
        counts.push(Count {
            name: "action",
            of: name.to_owned(),
            max,
            text: "too many claims of this action",
        });
    }
    if counts.is_empty() { Ok(()) } else { hit(context, counts).await }
}

/// Counts a call upstream, when it goes: what the policy, a cap or a cache answers takes nothing from the others.
pub(crate) async fn upstream(context: &Context) -> Result<(), Problem> {
    let max = context.config.policy.limits.upstream_per_minute;
    let text = "too many calls of all callers together";
    hit(context, vec![Count { name: "service", of: String::new(), max, text }]).await
}

async fn hit(context: &Context, counts: Vec<Count>) -> Result<(), Problem> {
    let now = context.shell.now().0;
    let minute = now.div_euclid(MINUTE_MS);
    let ends_at = (minute + 1) * MINUTE_MS;
    let minute = minute.to_string();
    let windows: Vec<Window> = counts
        .iter()
        .map(|count| Window {
            shard: count.shard(&context.config.site_id),
            // Hashed: no address stands in a store, and none outlives its minute there.
            counter: fingerprint(&["rate", &context.config.site_id, &minute, count.name, &count.of]),
            max: count.max,
            expires_at: ends_at,
        })
        .collect();
    match context.shell.store(StoreOp::Hit { windows: windows.clone(), now }).await? {
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
    let bare = text.split('%').next().unwrap_or(text);
    Some(match bare.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => ip.to_string(),
        Ok(IpAddr::V6(ip)) => {
            let network = u128::from(ip) & (u128::MAX << 64);
            Ipv6Addr::from(network).to_string()
        }
        Err(_) => text.to_ascii_lowercase(),
    })
}

impl Context {
    /// `RateLimit`, `RateLimit-Policy` and `Retry-After`. On 429 and 503 they name one limit and one time (P25).
    pub(crate) fn rate_headers(&self, problem: Option<&Problem>) -> Vec<(&'static str, String)> {
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
        let mut headers = Vec::new();
        if !rates.is_empty() {
            let policies = rates.iter().map(|rate| format!("\"{}\";q={};w=60", rate.name, rate.max));
            headers.push(("ratelimit-policy", join(policies)));
            let left = rates.iter().filter_map(|rate| match wait {
                Some((name, _)) if name != rate.name => None,
                Some((_, seconds)) => Some(format!("\"{}\";r=0;t={seconds}", rate.name)),
                None => {
                    Some(format!("\"{}\";r={};t={}", rate.name, rate.left, seconds_to(rate.ends_at, now)))
                }
            });
            headers.push(("ratelimit", join(left)));
        }
        let seconds = wait.map(|(_, seconds)| seconds).or(problem.and_then(|problem| problem.retry_after));
        if let Some(seconds) = seconds {
            headers.push(("retry-after", seconds.to_string()));
        }
        headers
    }
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
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
    fn p25_a_wait_is_long_enough_and_never_nothing() {
        assert_eq!(
            [seconds_to(60_000, 0), seconds_to(60_000, 59_001), seconds_to(60_000, 59_999)],
            [60, 1, 1]
        );
        assert_eq!([seconds_to(60_000, 60_000), seconds_to(60_000, 58_999)], [1, 2]);
    }
}
