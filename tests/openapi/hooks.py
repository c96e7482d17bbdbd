"""What the document can't say to a generator: a cursor comes from an earlier answer and from nowhere else, and a time
zone is one of a list that is too long to print."""

import re

import schemathesis

OWN = re.compile(r"[\w-]{20,}\.[\w-]{43}")
ZONE = re.compile(r"UTC|[A-Z][a-z]+/[A-Z][a-z]+|[+-]\d\d:\d\d")


def is_made_up(cursor):
    # Anything but a plausible string stays: whether it is refused is part of the test.
    return isinstance(cursor, str) and 0 < len(cursor) <= 16_000 and not OWN.fullmatch(cursor)


@schemathesis.hook
def before_call(context, case, kwargs):
    if isinstance(case.query, dict) and is_made_up(case.query.get("cursorPaging.cursor")):
        del case.query["cursorPaging.cursor"]
    if not isinstance(case.body, dict):
        return
    for part in ("query", "search"):
        paging = case.body[part].get("cursorPaging") if isinstance(case.body.get(part), dict) else None
        if isinstance(paging, dict) and is_made_up(paging.get("cursor")):
            del paging["cursor"]
    search = case.body.get("search")
    if isinstance(search, dict):
        zone = search.get("timeZone")
        if isinstance(zone, str) and len(zone) <= 50 and not ZONE.fullmatch(zone):
            del search["timeZone"]
