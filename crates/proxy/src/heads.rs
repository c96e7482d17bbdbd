//! The headers that many answers have alike: made once for each origin, kind of answer and set of limits.

use crate::boundary::{self, Origin};
use crate::effect::Headers;
use crate::twin::Twin;
use std::cell::RefCell;

/// Origins are those of a list and limits those of a policy, so there are few; more are made each time.
const MOST: usize = 64;

/// A rate limit's name and its calls a minute.
pub(crate) type Limit = (&'static str, u32);

/// What has been made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heads(RefCell<Vec<Head>>);

#[derive(Debug, Clone)]
struct Head {
    origin: Origin,
    kind: &'static str,
    limits: Vec<Limit>,
    headers: Twin<Headers>,
}

impl Heads {
    /// The headers of an answer of this content type, which tell of these limits.
    pub(crate) fn of(&self, origin: &Origin, kind: &'static str, limits: &[Limit]) -> Twin<Headers> {
        let mut all = self.0.borrow_mut();
        let is_it = |head: &&Head| head.kind == kind && head.limits == limits && head.origin == *origin;
        if let Some(head) = all.iter().find(is_it) {
            return head.headers.clone();
        }
        let headers = Twin::new(made(origin, kind, limits));
        if all.len() < MOST {
            let (origin, limits, headers) = (origin.clone(), limits.to_vec(), headers.clone());
            all.push(Head { origin, kind, limits, headers });
        }
        headers
    }
}

fn made(origin: &Origin, kind: &str, limits: &[Limit]) -> Headers {
    let mut headers = boundary::headers(origin);
    headers.push(("content-type", kind.to_owned()));
    if !limits.is_empty() {
        let policies: Vec<_> = limits.iter().map(|(name, max)| format!("\"{name}\";q={max};w=60")).collect();
        headers.push(("ratelimit-policy", policies.join(", ")));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p19_each_origin_kind_and_limit_has_headers_of_its_own() {
        let heads = Heads::default();
        let (shop, other) =
            (Some("https://shop.example".to_owned()), Some("https://other.example".to_owned()));
        let of = |origin: &Origin, kind, limits: &[Limit]| heads.of(origin, kind, limits).to_vec();
        for _ in 0..2 {
            for (origin, kind, limits) in [
                (&shop, "application/json", &[("caller", 60)][..]),
                (&other, "application/json", &[("caller", 60)][..]),
                (&None, "application/json", &[("caller", 60)][..]),
                (&shop, "text/plain", &[("caller", 60)][..]),
                (&shop, "application/json", &[("caller", 61)][..]),
                (&shop, "application/json", &[("caller", 60), ("action", 5)][..]),
                (&shop, "application/json", &[][..]),
            ] {
                assert_eq!(of(origin, kind, limits), made(origin, kind, limits));
            }
        }
        assert_eq!(heads.0.borrow().len(), 7, "kept, each once");
        for number in 0..100 {
            of(&Some(number.to_string()), "text/plain", &[]);
        }
        assert_eq!(heads.0.borrow().len(), MOST);
    }
}
