#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""camp is killed at each call that changes its directory; the next command goes on as if nothing
had happened.

For every writing command and every such call, in three modes (the process ends before the call,
after it, or in the middle of a write), on a fresh copy of a community. To end before a call is to end
after the one before it, so only the first call needs both.

* `camp timeline` works, and so does the next `camp post`, without any repair by hand;
* the community is then in the old state or in the new one, for every member alike; everything that
  was acknowledged before is there;
* `camp fsck` finds nothing; no half-written file, key or repository of nobody is left;
* what was being deleted is gone after `camp gc`.

The default run takes a sample, chosen by a seed that it prints; CAMP_FULL_DEPTH=1 runs all.

Usage: kill_points.py CAMP SHIM [SEED [ONLY]]
"""

import os
import random
import shutil
import subprocess
import sys

import faults

ARCHIVES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../support/mastodon_archive.py")
SAMPLE = 80
MARKER, LETTER = (f"vanish{rare}markerwort".encode() for rare in ("жщъ", "фцъ"))
WORD = MARKER.decode()
AFTER = "after the kill"
# Whoever removes a lock file invites races, so this one stays.
IMPORT_LOCK = "state/import.lock"
# Fewer points than this in all mean that the shim does not see the calls any more.
PLAUSIBLE = 2000


class Scenario:
    """One command, and what may come of it."""

    def __init__(self, name, words, member=None, deletes=None, gradual=False):
        self.name, self.words, self.member, self.deletes = name, words, member, deletes
        self.gradual = gradual  # done in batches; run again it goes on where it was


class Bench:
    """A prepared community, copied for each point."""

    def __init__(self, program, shim, scratch):
        self.program, self.shim, self.scratch = program, shim, scratch
        self.log = scratch + "/log"
        self.base = faults.Community(program, scratch + "/base")
        self.prepare()

    def prepare(self):
        camp, file = self.base.init("bo", "cy"), self.scratch + "/picture.png"
        with open(file, "wb") as handle:
            handle.write(faults.picture(MARKER))
        self.other = self.scratch + "/other.png"
        with open(self.other, "wb") as handle:
            handle.write(faults.picture(b"other", 90))
        self.archive = self.scratch + "/archive.zip"
        subprocess.run([sys.executable, ARCHIVES, "--posts", "12", "--media", "2", "--out",
                        self.archive], check=True, stdout=subprocess.DEVNULL)
        camp.ok("post", "the first one")
        camp.ok("post", "--to", "public", "open to all", member="bo")
        self.edited = camp.ok("post", "before the edit")["short"]
        self.deleted = camp.ok("post", f"gone {WORD}", "--attach", file)["short"]
        camp.ok("gc")
        self.letter = camp.ok("post", "--to", "direct", f"@bo @cy a letter {LETTER.decode()}")["short"]
        camp.ok("post", "not packed", member="cy")
        again = camp.ok("post", "twice edited")["short"]
        camp.ok("edit", again, "edited once")

    def scenarios(self):
        return [
            Scenario("post", ["post", "new words"]),
            Scenario("public post", ["post", "--to", "public", "new words"], member="cy"),
            Scenario("letter", ["post", "--to", "direct", "@bo @cy new words", "--attach",
                                self.other]),
            Scenario("edit", ["edit", self.edited, "new words"]),
            Scenario("like", ["like", self.edited], member="bo"),
            Scenario("delete", ["delete", "--now", self.deleted], deletes=(MARKER, "жщъ".encode())),
            Scenario("delete letter", ["delete", "--now", self.letter], deletes=(LETTER, "фцъ".encode())),
            Scenario("gc", ["gc"]),
            Scenario("member add", ["member", "add", "dee"]),
            Scenario("reindex", ["reindex"]),
            Scenario("account import", ["account", "import", "--from", "mastodon", self.archive],
                     gradual=True),
        ]

    def fresh(self):
        place = self.scratch + "/fresh"
        shutil.rmtree(place, ignore_errors=True)
        os.mkdir(place)
        return self.base.copy(place + "/camp")

    def begin(self, camp, scenario, at, mode):
        """Runs the command in the shim; its exit code."""
        if os.path.exists(self.log):
            os.unlink(self.log)
        done = camp.run(*scenario.words, member=scenario.member,
                        extra=faults.faulty(self.shim, camp.directory, self.log, at, mode))
        if done.returncode not in (0, faults.KILLED):
            raise faults.Failed(f"exit {done.returncode}: {done.stderr.decode()}")
        return done.returncode

    def calls(self):
        """The names of the calls of a run that was left alone."""
        with open(self.log, encoding="utf-8") as handle:
            return handle.read().split()[2:]

    def said(self):
        with open(self.log, encoding="utf-8") as handle:
            return handle.read().strip()


def state(camp):
    """What every member sees, and who the members are."""
    members = sorted(camp.members())
    return {who: [text for text in camp.contents(who) if text != AFTER]
            for who in ("ana", "bo", "cy")} | {"members": members}


def leftovers(camp):
    """Files and directories that nobody needs any more."""
    found, owners = [], set(camp.members().values())
    for path, directories, files in os.walk(camp.directory):
        for name in files + directories:
            place = os.path.relpath(os.path.join(path, name), camp.directory)
            half = name.startswith(("tmp_", ".tmp", ".camp")) or name.endswith((".new", "~"))
            lock = name.endswith(".lock") and place != IMPORT_LOCK
            if half or lock or name in ("rewrite.json", "fsck.db"):
                found.append(place)
            if path == camp.directory + "/private" and name.removesuffix(".git") not in owners:
                found.append(place)
    community = camp.ok("info")["id"]
    for name in os.listdir(camp.directory + "/keys"):
        if name not in owners | {community}:
            found.append("keys/" + name)
    return found


def require(truth, sentence):
    if not truth:
        raise faults.Failed(sentence)


def survive(bench, scenario, at, mode, states):
    """One kill and what comes after it. True if it took place."""
    camp = bench.fresh()
    if bench.begin(camp, scenario, at, mode) == 0:
        return False
    seen = camp.ok("timeline", "--all")
    require({post["content"] for post in seen} >= {"the first one", "not packed"},
            "the timeline lacks old posts")
    camp.ok("post", AFTER)
    if scenario.gradual:
        finished = camp.run(*scenario.words)
        require(finished.returncode in (0, 3), f"the second run: {finished.stderr.decode()}")
    now = state(camp)
    require(not scenario.gradual or now == states[1], "the second run did not finish the work")
    require(now in states, f"neither the old state nor the new one: {now}, not one of {states}")
    require(AFTER in camp.contents(), "the next post is not there")
    problems = camp.fsck()
    require(not problems, f"fsck: {problems}")
    camp.ok("gc")
    if scenario.deletes and now == states[1]:
        left = faults.search(camp, *scenario.deletes)
        require(not left, f"after gc the words are still in {left}")
    if now == states[0] and scenario.name == "member add":
        camp.ok("member", "add", "dee")
    require(state(camp) in states, "gc changed what there is to read")
    require(not leftovers(camp), f"left over: {leftovers(camp)}")
    require(not camp.fsck(), f"fsck after gc: {camp.fsck()}")
    return True


def survive_init(bench, at, mode):
    """A killed init leaves no community or a whole one, and the next init works."""
    place = bench.scratch + "/nest"
    shutil.rmtree(place, ignore_errors=True)
    os.mkdir(place)
    camp = faults.Community(bench.program, place + "/camp")
    words = ["init", camp.directory, "--name", "Nest", "--admin", "ana", "--paper-key-file"]
    outside = faults.Community(bench.program, bench.scratch)
    paper = bench.scratch + "/nest.paper"
    for file in (paper, bench.log):
        if os.path.exists(file):
            os.unlink(file)
    killed = outside.run(*words, paper, extra=faults.faulty(bench.shim, place, bench.log, at, mode))
    if killed.returncode == 0:
        return False
    require(killed.returncode == faults.KILLED, f"exit {killed.returncode}: {killed.stderr}")
    if not os.path.exists(camp.directory):
        if os.path.exists(paper):
            os.unlink(paper)
        again = outside.run(*words, paper)
        require(again.returncode == 0, f"the next init: {again.stderr.decode()}")
    camp.ok("post", AFTER)
    require(camp.contents() == [AFTER], "the new community cannot be used")
    require(not camp.fsck(), "fsck of the new community")
    require(os.listdir(place) == ["camp"], f"left over: {sorted(os.listdir(place))}")
    return True


def count_calls(bench, scenario):
    """The states before and after, and the number of calls in between."""
    camp = bench.fresh()
    before = state(camp)
    require(bench.begin(camp, scenario, 0, "before") == 0, f"{scenario.name} was killed by itself")
    return [before, state(camp)], bench.calls()


def kills(calls):
    """All (mode, number) for a command that makes these calls."""
    yield "before", 1
    for at, call in enumerate(calls, 1):
        yield "after", at
        if call in ("write", "pwrite"):
            yield "half", at


def points(bench, only):
    """All points, as (name, mode, call, what to do)."""
    every = []
    for scenario in bench.scenarios():
        if only and scenario.name != only:
            continue
        states, calls = count_calls(bench, scenario)
        print(f"{scenario.name}: {len(calls)} calls", flush=True)
        for mode, at in kills(calls):
            every.append((scenario.name, mode, at,
                          lambda at=at, mode=mode, scenario=scenario, states=states:
                          survive(bench, scenario, at, mode, states)))
    if only in (None, "init"):
        survive_init(bench, 0, "before")
        calls = bench.calls()
        print(f"init: {len(calls)} calls")
        for mode, at in kills(calls):
            every.append(("init", mode, at,
                          lambda at=at, mode=mode: survive_init(bench, at, mode)))
    return every


def main():
    program, shim = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261123
    only = sys.argv[4] if len(sys.argv) > 4 else None
    with faults.Scratch() as scratch:
        bench = Bench(program, shim, scratch)
        every = points(bench, only)
        chosen = every
        if not faults.full_depth():
            chosen = random.Random(seed).sample(every, min(SAMPLE, len(every)))
        print(f"seed {seed}: {len(chosen)} of {len(every)} points")
        hit, failures = 0, []
        for name, mode, at, act in chosen:
            try:
                hit += act()
            except Exception as error:  # every point is told, whatever went wrong at it
                failures.append(f"{name}, {mode} call {at} ({bench.said()}): {error}")
                print("FAILED " + failures[-1], flush=True)
        print(f"{hit} kills, {len(failures)} failures")
        require(only or len(every) >= PLAUSIBLE, f"only {len(every)} points: does the shim work?")
        require(hit + len(failures) >= 0.9 * len(chosen), f"only {hit} of {len(chosen)} kills took place")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
