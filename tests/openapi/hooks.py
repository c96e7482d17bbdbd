"""What the document can't say to a generator: a cursor comes from an earlier answer and from nowhere else."""

import re

import schemathesis

OWN = re.compile(r"[\w-]{20,}\.[\w-]{43}")


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
