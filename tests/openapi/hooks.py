"""What the document can't say to a generator: a cursor, and the tier of a price, come from an earlier answer and from
nowhere else; the levels of a nested aggregation have names of their own, and no schema says that two values differ; a
time zone is one of a list that is too long to print."""

import re

import requests
import schemathesis

OWN = re.compile(r"[\w-]{20,}\.[\w-]{43}")
ZONE = re.compile(r"UTC|[A-Z][a-z]+/[A-Z][a-z]+|[+-]\d\d:\d\d")


def part(value, name):
    # Anything but a plausible part stays: whether it is refused is part of the test.
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def items(value, name):
    inner = value.get(name)
    return [item for item in inner if isinstance(item, dict)] if isinstance(inner, list) else []


def is_made_up(cursor):
    return isinstance(cursor, str) and 0 < len(cursor) <= 16_000 and not OWN.fullmatch(cursor)


def without_cursors(case):
    for name in ("cursorPaging.cursor", "paging.cursor"):
        if isinstance(case.query, dict) and is_made_up(case.query.get(name)):
            del case.query[name]
    for name in ("query", "search"):
        paging = part(part(case.body, name), "cursorPaging")
        if is_made_up(paging.get("cursor")):
            del paging["cursor"]


def with_a_price_for_the_base_tier(reward):
    coupon = part(reward, "couponReward")
    kinds = [part(reward, "discountAmount")]
    kinds += [part(coupon, name) for name in ("fixedAmount", "percentage", "freeShipping")]
    for kind in kinds:
        prices = items(kind, "configsByTier")
        if len(prices) > 1 and len(prices) == len(kind["configsByTier"]) <= 21:
            del kind["configsByTier"][1:]
        for price in prices[:1]:
            if re.fullmatch(r"[0-9a-f-]{36}", str(price.get("tierId"))):
                del price["tierId"]


def with_names_of_their_own(search):
    for aggregation in items(search, "aggregations"):
        levels = items(part(aggregation, "nested"), "nestedAggregations")
        names = [level.get("name") for level in levels]
        if all(isinstance(name, str) and name for name in names) and len(set(names)) < len(names):
            for at, level in enumerate(levels):
                level["name"] = f"{at}{level['name']}"[:100]


@schemathesis.hook
def before_call(context, case, kwargs):
    # Where a sign-in leads to is no part of the proxy.
    kwargs["allow_redirects"] = False
    without_cursors(case)
    if not isinstance(case.body, dict):
        return
    with_a_price_for_the_base_tier(part(case.body, "reward"))
    search = part(case.body, "search")
    with_names_of_their_own(search)
    zone = search.get("timeZone")
    if isinstance(zone, str) and len(zone) <= 50 and not ZONE.fullmatch(zone):
        del search["timeZone"]


@schemathesis.hook
def after_call(context, case, response):
    """A paused program goes on, or all that comes behind meets nothing but 428."""
    if response.status_code == 200 and case.operation.path.endswith("/program/pause"):
        control = f"{case.operation.base_url.rstrip('/')}/_sandbox/program"
        requests.post(control, json={"status": "ACTIVE"}, headers={"X-Sandbox-Control": "1"}, timeout=10)
