# SPDX-License-Identifier: Apache-2.0
"""A scenario on which two evaluators disagree, made as small as it gets: whatever can be taken away, or put more simply, while they still
disagree in the same way, is."""
import json

POLICIES = ("session", "bucket", "boundary", "trust")


def _opened(text):
    """A policy as a value, so that parts of it can go; a text that is no JSON stays one."""
    try:
        return {"value": json.loads(text)}
    except ValueError:
        return {"text": text}


def _closed(opened):
    return opened["text"] if "text" in opened else json.dumps(opened["value"], ensure_ascii=False)


def _open(scenario):
    out = dict(scenario, identity=[_opened(text) for text in scenario["identity"]])
    out.update({use: _opened(scenario[use]) for use in POLICIES if use in scenario})
    return out


def _close(opened):
    out = dict(opened, identity=[_closed(one) for one in opened["identity"]])
    out.update({use: _closed(opened[use]) for use in POLICIES if use in opened})
    return out


def _smaller_text(text):
    if " " in text and text.split()[1:]:  # a list of grants, or a text with a blank
        words = text.split(" ")
        yield from (" ".join(words[:i] + words[i + 1:]) for i in range(1, len(words)))
    if text not in ("*", ""):
        yield "*"


def _smaller(value):
    """Every value that is one step smaller, the greatest steps first."""
    if isinstance(value, list):
        if len(value) == 1 and not isinstance(value[0], dict):
            yield value[0]
        for i in range(len(value)):
            if len(value) > 1:
                yield value[:i] + value[i + 1:]
        for i, member in enumerate(value):
            yield from (value[:i] + [other] + value[i + 1:] for other in _smaller(member))
    elif isinstance(value, dict):
        for name in value:
            yield {other: member for other, member in value.items() if other != name}
        for name, member in value.items():
            yield from (dict(value, **{name: other}) for other in _smaller(member))
    elif isinstance(value, str):
        yield from _smaller_text(value)


def _candidates(opened):
    for use in POLICIES:
        if use in opened:
            yield {name: member for name, member in opened.items() if name != use}
    for part in ("identity", "asks"):
        for i in range(len(opened[part])):
            yield dict(opened, **{part: opened[part][:i] + opened[part][i + 1:]})
    for i, policy in enumerate(opened["identity"]):
        if "value" in policy:
            yield from (dict(opened, identity=opened["identity"][:i] + [{"value": other}] + opened["identity"][i + 1:])
                        for other in _smaller(policy["value"]))
    for use in POLICIES:
        if use in opened and "value" in opened[use]:
            yield from (dict(opened, **{use: {"value": other}}) for other in _smaller(opened[use]["value"]))
    yield from (dict(opened, lists=other) for other in _smaller(opened["lists"]) if all(text != "*" for text in other.values()))
    for i, ask in enumerate(opened["asks"]):
        for key in ask["context"]:
            rest = {other: values for other, values in ask["context"].items() if other != key}
            yield dict(opened, asks=opened["asks"][:i] + [dict(ask, context=rest)] + opened["asks"][i + 1:])


def shrink(scenario, kinds_of):
    """@kinds_of: a list of scenarios -> for each the set of kinds of disagreement, empty where there is none."""
    kind = next(iter(sorted(kinds_of([scenario])[0])))
    now, is_smaller = _open(scenario), True
    while is_smaller:
        candidates = list(_candidates(now))
        closed = [_close(candidate) for candidate in candidates]
        found = next((i for i, kinds in enumerate(kinds_of(closed)) if kind in kinds), None) if closed else None
        is_smaller = found is not None
        if is_smaller:
            now = candidates[found]
    return _close(now)
