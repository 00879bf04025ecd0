#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The evaluator against one that was written from the documents, over random scenarios.

    trial.py ANSWERS [PAIRS [SEED]]    ANSWERS: the program of answers.c; a pair is a scenario's policies and one of its questions
    trial.py ANSWERS FILE              scenarios that a failure printed, a line each, once more

Ends with "N passed, N failed"; disagreements are made as small as they get and printed as lines for ANSWERS, with both answers.
"""
import collections
import json
import os
import subprocess
import sys
import time

import draw
import judge
import language
import shrink

ASKS = 8  # of a scenario
BATCH = 1500  # scenarios at a time
LOOKED_AT, SHOWN = 40, 8  # of the disagreements
# Words for a verdict that have to come up, or the draw has gone blind.
REASONS = ("allow bucket_anyone acl acl_anyone implicit_deny implicit_deny:session explicit_deny:identity explicit_deny:session"
           " explicit_deny:bucket explicit_deny:boundary implicit_deny:boundary explicit_deny:trust implicit_deny:trust").split()


def read_all(scenario, rules):
    """(policies, names of what is refused)."""
    refused, read = [], {"identity": []}
    for i, text in enumerate(scenario["identity"]):
        try:
            read["identity"].append(language.read_policy(text, language.IDENTITY, rules))
        except language.Refused:
            refused.append("identity.%d" % i)
    for use in (language.BOUNDARY, language.SESSION, language.BUCKET, language.TRUST):
        if use in scenario:
            try:
                read[use] = language.read_policy(scenario[use], use, rules)
            except language.Refused:
                refused.append(use)
    return judge.Policies(**read), refused


def ask_of(scenario, ask, lists):
    """A question about no bucket is one about the caller's own account."""
    who, owner = scenario["who"], scenario["owner"]
    if ask["resource"] == "*":
        return judge.Ask(ask["action"], "*", ask["context"], who.get("owner", ""), who.get("appid", ""))
    return judge.Ask(ask["action"], ask["resource"], ask["context"], owner["uin"], owner["appid"], lists)


def expected(scenario):
    """(names of refused policies, verdicts): what answers.c may say of a scenario."""
    rules = language.Rules(**scenario.get("rules", {}))
    policies, refused = read_all(scenario, rules)
    if refused:
        return refused, []
    who = judge.Who(**scenario["who"])
    lists = {place: judge.read_list(text) for place, text in scenario["lists"].items()}
    if policies.trust is not None:
        return [], [judge.judge_assuming(who, policies, ask_of(scenario, ask, {}), rules) for ask in scenario["asks"]]
    return [], [judge.judge(who, policies, ask_of(scenario, ask, lists), rules) for ask in scenario["asks"]]


def agrees(verdict, word):
    return word[0] == "-+"[verdict.allowed] and word[1:] in verdict.reasons


def differences(scenario, line):
    """Pairs (kind, sentence); none where both say the same."""
    kind, *words = line.split()
    refused, verdicts = expected(scenario)
    theirs = words if kind == "refused" else []
    if refused or theirs:
        return [("%s refuses %s" % ("the oracle alone" if name in refused else "the evaluator alone", name.partition(".")[0]),
                 "refused by the oracle: %s; by the evaluator: %s" % (refused, theirs)) for name in sorted(set(refused) ^ set(theirs))]
    return [("%s %s" % ("-+"[verdict.allowed], word),
             "%s: oracle %s %s, evaluator %s" % (ask["action"], "allow" if verdict.allowed else "deny", sorted(verdict.reasons), word))
            for ask, verdict, word in zip(scenario["asks"], verdicts, words) if not agrees(verdict, word)]


class Evaluator:
    """The program of answers.c, run anew for each batch."""

    def __init__(self, program):
        self.program = program

    def answers(self, scenarios):
        text = "".join(json.dumps(scenario, ensure_ascii=False) + "\n" for scenario in scenarios)
        done = subprocess.run([self.program], input=text.encode(), stdout=subprocess.PIPE, check=True)
        lines = done.stdout.decode().splitlines()
        if len(lines) != len(scenarios):
            raise SystemExit("FAIL %d answers to %d scenarios" % (len(lines), len(scenarios)))
        return lines

    def kinds(self, scenarios):
        return [{kind for kind, _ in differences(scenario, line)} for scenario, line in zip(scenarios, self.answers(scenarios))]


def run(evaluator, batches):
    """(how often each word came, disagreements) over batches of (number, scenario)."""
    words, bad = collections.Counter(), []
    for batch in batches:
        for (number, scenario), line in zip(batch, evaluator.answers([scenario for _, scenario in batch])):
            if differences(scenario, line):
                bad.append((number, scenario))
            kind, *said = line.split()
            words.update(["refused"] if kind == "refused" else [word[1:] for word in said])
    return words, bad


def show(evaluator, bad):
    """The disagreements made small, those that read alike once."""
    seen = set()
    for number, scenario in bad[:LOOKED_AT]:
        small = shrink.shrink(scenario, evaluator.kinds)
        sentences = "\n  ".join(sentence for _, sentence in differences(small, evaluator.answers([small])[0]))
        if len(seen) < SHOWN and sentences not in seen:
            seen.add(sentences)
            print("FAIL scenario %d\n  %s\n  %s" % (number, sentences, json.dumps(small, ensure_ascii=False)), flush=True)


def drawn(seed, pairs):
    for first in range(0, pairs // ASKS, BATCH):
        yield [(i, draw.draw(seed, i)) for i in range(first, min(first + BATCH, pairs // ASKS))]


def main():
    evaluator, start = Evaluator(sys.argv[1]), time.monotonic()
    if len(sys.argv) > 2 and os.path.exists(sys.argv[2]):
        batches, total = [list(enumerate(json.loads(line) for line in open(sys.argv[2], encoding="utf-8")))], 0
    else:
        pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
        seed = int(sys.argv[3]) if len(sys.argv) > 3 else int.from_bytes(os.urandom(4), "little")
        print("%d pairs of seed %d" % (pairs, seed), flush=True)
        batches, total = drawn(seed, pairs), pairs // ASKS
    words, bad = run(evaluator, batches)
    show(evaluator, bad)
    unseen = [word for word in REASONS if total >= 2500 and not words[word]]
    for word in unseen:
        print("FAIL no verdict was %s" % word)
    print("%s; %.1f s" % (", ".join("%d %s" % (n, word) for word, n in words.most_common()), time.monotonic() - start))
    print("trial: %d passed, %d failed" % (total - len(bad), len(bad) + len(unseen)))
    return 1 if bad or unseen else 0


if __name__ == "__main__":
    sys.exit(main())
