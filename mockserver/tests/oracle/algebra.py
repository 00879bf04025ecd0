#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What holds of every policy, whatever the documents leave open, asked of the evaluator alone.

    algebra.py ANSWERS [SCENARIOS [SEED]]

Each property makes another scenario of a random one and says how the answers of the two may differ.
"""
import json
import os
import random
import sys

import draw
import language
import trial

RULES = language.Rules()
EVERYTHING = '{"version":"2.0","statement":[{"effect":"allow","action":"*","resource":"*"}]}'


def statements_of(text):
    """(the policy as a value, the name of its statements)."""
    value = json.loads(text)
    return value, next(name for name in value if name.lower() == "statement")


def changed(text, change):
    """The policy with another list of statements."""
    value, name = statements_of(text)
    value[name] = change(value[name] if isinstance(value[name], list) else [value[name]])
    return json.dumps(value, ensure_ascii=False)


def each_policy(scenario, change):
    """The scenario with every policy changed by @change(use, text)."""
    out = dict(scenario, identity=[change("identity", text) for text in scenario["identity"]])
    out.update({use: change(use, scenario[use]) for use in ("boundary", "session", "bucket") if use in scenario})
    return out


def readable(scenario):
    """The scenario, unless a statement that was drawn for it is none."""
    return None if trial.expected(scenario)[0] else scenario


# --- properties: scenario -> another, or None where there is none to make ---

def a_deny_more(rng, scenario):
    """Adding a deny never allows more."""
    places = [("identity", i) for i in range(len(scenario["identity"]))] + [(use, None) for use in ("boundary", "session", "bucket") if use in scenario]
    if not places:
        return None
    use, i = rng.choice(places)
    statement = draw.draw_statement(rng, scenario["asks"], scenario["who"], use, "", denies=1)
    text = scenario[use] if i is None else scenario[use][i]
    added = changed(text, lambda statements: statements[:1] + [statement] + statements[1:])
    return readable(dict(scenario, **{use: added if i is None else scenario[use][:i] + [added] + scenario[use][i + 1:]}))


def an_allow_more(rng, scenario):
    """Adding an allow to what an identity has never denies more."""
    statement = draw.draw_statement(rng, scenario["asks"], scenario["who"], "identity", "", denies=0)
    return readable(dict(scenario, identity=scenario["identity"] + [json.dumps({"version": "2.0", "statement": [statement]})]))


def without_session(_, scenario):
    """An intersection never exceeds what the caller has."""
    return {name: member for name, member in scenario.items() if name != "session"} if "session" in scenario else None


def without_boundary(_, scenario):
    """A boundary gives nothing."""
    return {name: member for name, member in scenario.items() if name != "boundary"} if "boundary" in scenario else None


def with_everything(_, scenario):
    """An intersection never exceeds the session: a caller who has everything is allowed as much with it."""
    return dict(without_boundary(_, scenario) or scenario, identity=[EVERYTHING]) if "session" in scenario else None


def in_another_order(rng, scenario):
    """Neither the order of statements nor that of policies, actions, resources, values matters."""
    def shuffled(_, text):
        return changed(text, lambda statements: [reordered(rng, one) for one in rng.sample(statements, len(statements))])
    out = each_policy(scenario, shuffled)
    rng.shuffle(out["identity"])
    return out


def reordered(rng, value):
    if isinstance(value, list):
        return rng.sample([reordered(rng, one) for one in value], len(value))
    if isinstance(value, dict):
        return {name: reordered(rng, value[name]) for name in rng.sample(list(value), len(value))}
    return value


def in_pieces(_, scenario):
    """A policy is as good as its statements one by one."""
    pieces = []
    for text in scenario["identity"]:
        value, name = statements_of(text)
        statements = value[name] if isinstance(value[name], list) else [value[name]]
        pieces += [json.dumps(dict(value, **{name: [one]})) for one in statements]
    return dict(scenario, identity=pieces) if len(pieces) <= 16 else None  # MAX_POLICIES of answers.c


def said_twice(_, scenario):
    """Saying it twice changes nothing."""
    return each_policy(scenario, lambda use, text: changed(text, lambda statements: statements + statements))


def printed(_, scenario):
    """What was read, printed and read again is the same: in the words of values, not of the text that was read."""
    return each_policy(scenario, lambda use, text: print_policy(language.read_policy(text, use, RULES), use))


def print_policy(statements, use):
    return json.dumps({"version": "2.0", "statement": [print_statement(one, use) for one in statements]}, ensure_ascii=False)


def print_statement(one, use):
    out = {"effect": "allow" if one.allows else "deny", "action": ["*" if pair == ("*", "*") else "name/%s:%s" % pair for pair in one.actions],
           "resource": ["*" if each.every else "qcs::%s:%s:%s:%s" % (each.service, each.region, each.account, each.path) for each in one.resources]}
    if use == language.BUCKET:
        out["principal"] = {}
        for kind, name in one.principals:
            out["principal"].setdefault(kind, []).append(name)
    if one.conditions:
        out["condition"] = {}
        for i, each in enumerate(one.conditions):
            # blanks around an operator are cut off, so they keep equal ones apart
            word = " " * i + each.set_over + each.operator + ("_if_exist" if each.if_exist else "")
            out["condition"][word] = {each.key: each.texts}
    return out


# (property, how its answers may differ): MORE: what was allowed stays so; LESS: what was denied stays so; SAME.
MORE, LESS, SAME = "more", "less", "same"
PROPERTIES = ((a_deny_more, LESS), (an_allow_more, MORE), (without_session, MORE), (without_boundary, MORE), (with_everything, MORE), (in_another_order, SAME),
              (in_pieces, SAME), (said_twice, SAME), (printed, SAME))


def holds(relation, before, after):
    """Of two answers, "+allow" and "-implicit_deny"."""
    if relation == SAME:
        return before[0] == after[0]
    return not (before[0] == "+" and after[0] == "-") if relation == MORE else not (before[0] == "-" and after[0] == "+")


def main():
    evaluator = trial.Evaluator(sys.argv[1])
    total = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int.from_bytes(os.urandom(4), "little")
    print("%d scenarios of seed %d" % (total, seed), flush=True)
    drawn = [scenario for scenario in (draw.draw(seed, i) for i in range(total)) if not trial.expected(scenario)[0]]
    answers, failed = evaluator.answers(drawn), 0
    for make, relation in PROPERTIES:
        rng = random.Random("%s %d" % (make.__name__, seed))
        made = [(one, make(rng, one), line) for one, line in zip(drawn, answers)]
        made = [(one, other, line) for one, other, line in made if other is not None]
        bad = []
        for (one, other, line), again in zip(made, evaluator.answers([other for _, other, _ in made])):
            before, after = line.split(), again.split()
            if after[0] != "answers" or not all(holds(relation, *pair) for pair in zip(before[1:], after[1:])):
                bad.append((one, other, line, again))
        failed += bool(bad)
        print("%s %s: %s (%d scenarios)" % ("FAIL" if bad else "ok", make.__name__, make.__doc__.split("\n")[0], len(made)))
        for row in bad[:2]:
            print("  %s\n  %s\n  %s\n  %s" % (json.dumps(row[0], ensure_ascii=False), row[2], json.dumps(row[1], ensure_ascii=False), row[3]))
    print("algebra: %d passed, %d failed" % (len(PROPERTIES) - failed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
