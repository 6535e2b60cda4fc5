#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""sync, clone and restore are killed at each call that changes a file, on either side; whoever runs
them again gets on as if nothing had happened.

A point is a call below the one directory that holds both sides (and the staging directory of a clone
that is being made). For each, on fresh copies:

* the command run again works, without any repair by hand. A clone is made anew: with the code while
  that still counts, else with the paper key that the first attempt saved;
* everybody sees on both sides what they would have seen without the kill: nothing that was written
  is lost, nothing is there twice, outboxes are empty, 'info --state' is the same on both sides;
* fsck finds nothing on either side, and no half-done work lies about.

The default run takes a sample, chosen by a seed that it prints; CAMP_FULL_DEPTH=1 runs all.

Usage: kill_points_test.py CAMP SHIM [SEED [ONLY [STRIDE]]]
"""

import os
import random
import shutil
import subprocess
import sys

import clones
import faults

SAMPLE = 60
PLAUSIBLE = 2000  # fewer points in all: the shim does not see the calls
AFTER = "after the kill"
# When things happen. A clone's clock and its origin's are one: the process's.
BEFORE, NOW, AHEAD, LATER, MONTHS_LATER = (
    "2027-01-20T08:00:00Z", "2027-01-20T10:00:00Z", "2027-01-20T15:00:00Z", "2027-01-20T12:00:00Z",
    "2027-03-03T10:00:00Z")


def require(truth, sentence):
    if not truth:
        raise faults.Failed(sentence)


def at(time):
    return {"CAMP_NOW": time}


class Place:
    """One directory with an origin and its clones in it."""

    def __init__(self, program, path):
        self.program, self.path = program, path
        self.home = clones.Origin.__new__(clones.Origin)
        clones.Camp.__init__(self.home, program, path + "/home")
        self.laptop, self.phone, self.desk = (clones.Camp(program, f"{path}/{name}")
                                              for name in ("laptop", "phone", "desk"))

    def write(self, name, data):
        with open(f"{self.path}/{name}", "wb") as handle:
            handle.write(data)
        return f"{self.path}/{name}"


class Bench:
    """Prepared places, copied to one and the same path for each point: addresses are absolute."""

    def __init__(self, program, shim, scratch):
        self.program, self.shim, self.scratch = program, shim, scratch
        self.log, self.current = scratch + "/log", scratch + "/place"
        self.prepared = {}

    def prepare(self, name, make):
        """Makes a place by `make(place)` on top of what `current` holds, and keeps it."""
        make(Place(self.program, self.current))
        self.keep(name)

    def keep(self, name):
        kept = f"{self.scratch}/kept-{name}"
        subprocess.run(["cp", "-a", self.current, kept], check=True)
        self.prepared[name] = kept

    def fresh(self, name):
        shutil.rmtree(self.current, ignore_errors=True)
        subprocess.run(["cp", "-a", self.prepared[name], self.current], check=True)
        place = Place(self.program, self.current)
        if name != "rolled back":  # a copy knows that it is one
            place.home.ok("restore", "--newest")
        return place

    def faulty(self, number, mode):
        if os.path.exists(self.log):
            os.unlink(self.log)
        return faults.faulty(self.shim, self.current, self.log, number, mode)

    def calls(self):
        """The names of the calls of a run that was left alone."""
        with open(self.log, encoding="utf-8") as handle:
            return handle.read().split()[2:]

    def said(self):
        with open(self.log, encoding="utf-8") as handle:
            return handle.read().strip()


# --- what places are like

def members(place):
    """@ana's origin with @bo and @cy, who have a clone each, and @dee, who is invited."""
    home = clones.Origin(place.program, place.path + "/home")
    home.ok("post", "welcome", extra=at(BEFORE))
    home.join(place.laptop.directory, "bo")
    home.join(place.desk.directory, "cy")
    with open(place.path + "/code", "w", encoding="utf-8") as file:
        file.write(home.invite("dee"))
    first = place.laptop.ok("post", "first of bo", extra=at(BEFORE))
    place.laptop.ok("post", "second of bo", "--to", "public", extra=at(BEFORE))
    place.laptop.sync(extra=at(BEFORE))
    place.desk.sync(extra=at(BEFORE))
    place.write("bo-first", first["short"].encode())


def bos_first(place):
    with open(place.path + "/bo-first", encoding="utf-8") as file:
        return file.read()


def written_in_laptop(place, when=NOW):
    laptop, first = place.laptop, bos_first(place)
    picture = place.write("laptop.png", faults.picture(b"laptop", 40))
    root = laptop.ok("post", "from the train", "--attach", picture, extra=at(when))["short"]
    laptop.ok("reply", root, "and on", extra=at(when))
    laptop.ok("edit", first, "first of bo, edited", extra=at(when))
    welcome = [row["short"] for row in laptop.timeline() if row["content"] == "welcome"][0]
    laptop.ok("like", welcome, extra=at(when))
    laptop.ok("post", "--to", "direct", "@ana @cy a letter from bo", "--attach", picture,
              extra=at(when))
    gone = laptop.ok("post", "regretted", extra=at(when))["short"]
    laptop.ok("delete", gone, extra=at(when))


def written_at_home(place):
    home = place.home
    picture = place.write("home.png", faults.picture(b"home", 80))
    home.ok("post", "--to", "public", "from home", "--attach", picture, extra=at(NOW))
    home.ok("post", "--to", "direct", "@bo a letter from ana", "--attach", picture, extra=at(NOW))
    place.desk.ok("post", "from the desk", extra=at(NOW))
    place.desk.ok("post", "--to", "direct", "@bo a letter from cy", extra=at(NOW))
    place.desk.sync(extra=at(NOW))


def both(place):
    written_at_home(place)
    written_in_laptop(place)


def ahead(place):
    """A laptop whose clock was hours ahead; the edit was written when it was right again."""
    laptop = place.laptop
    root = laptop.ok("post", "from the future", extra=at(AHEAD))["short"]
    laptop.ok("reply", root, "an answer from the future", extra=at(AHEAD))
    laptop.ok("edit", root, "from the past", extra=at(NOW))
    laptop.ok("like", root, extra=at(NOW))


def squashed(place):
    """A laptop that stayed away while a month ended, with a deletion and a purge in it."""
    written_in_laptop(place)
    home = place.home
    post = home.ok("post", "vanishes", extra=at(NOW))["short"]
    home.ok("post", "stays", extra=at(NOW))
    shutil.copytree(place.laptop.directory, place.path + "/away", symlinks=True)
    place.laptop.sync(extra=at(LATER))
    home.ok("delete", post, extra=at("2027-01-21T10:00:00Z"))
    home.ok("gc", extra=at(MONTHS_LATER))
    place.laptop.ok("post", "after months", extra=at(MONTHS_LATER))
    shutil.rmtree(place.path + "/away")


def rolled_back(place):
    """An origin that was put back from an old copy, and clones that know better."""
    old = place.path + "/old"
    shutil.copytree(place.home.directory, old, symlinks=True)
    both(place)
    place.laptop.sync("--media", extra=at(LATER))
    place.desk.sync(extra=at(LATER))
    place.home.ok("member", "add", "eva")
    place.laptop.sync("--media", extra=at(LATER))
    shutil.rmtree(place.home.directory)
    os.rename(old, place.home.directory)


# --- what is done to them

class Scenario:
    """One command that may be killed, and what comes after it."""

    def __init__(self, name, base, kind="sync", words=("sync",), time=LATER, handle="bo"):
        self.name, self.base, self.kind, self.words = name, base, kind, list(words)
        self.time, self.handle = time, handle

    def first(self, place, extra):
        """The run that may be killed."""
        extra = {**at(self.time), **extra}
        if self.kind == "clone":
            return self.clone(place, extra, self.sheet(place, "first"))
        if self.kind == "restore":
            return place.home.run("restore", "--from-clone", place.laptop.directory, extra=extra)
        return place.laptop.run(*self.words, extra=extra)

    def sheet(self, place, attempt):
        """Where the paper key is, or is to be saved."""
        return f"{place.path}/{self.handle}.{attempt if self.handle == 'dee' else 'paper'}"

    def clone(self, place, extra, sheet, code=True):
        command = ["clone", place.home.directory, place.path + "/new", *self.words]
        if self.handle == "dee" and code:
            with open(place.path + "/code", encoding="utf-8") as file:
                command += ["--code", file.read()]
        if self.handle:
            command += ["--paper-key-file", sheet]
        return place.home.run(*command, member=self.handle, extra=extra)

    def again(self, place):
        """What a person does who saw the first run end too early."""
        extra = at(self.time)
        if self.kind == "clone":
            return self.clone_again(place, extra)
        done = self.first(place, extra)
        require(done.returncode == 0, f"the next run: exit {done.returncode}: {done.stderr.decode()}")
        if self.kind == "restore":
            for camp in (place.laptop, place.desk):
                done = camp.run("sync", "--media", extra=extra)
                require(done.returncode == 0, f"sync after it: {done.stderr.decode()}")
            done = place.home.run("restore", "--from-clone", place.desk.directory, extra=extra)
            require(done.returncode == 0, f"restore from the other: {done.stderr.decode()}")
        return None

    def clone_again(self, place, extra):
        if os.path.exists(place.path + "/new"):
            return
        done = self.clone(place, extra, self.sheet(place, "second"))
        if self.handle == "dee" and b"claimed already" in done.stderr:
            done = self.clone(place, extra, self.sheet(place, "first"), code=False)
        require(done.returncode == 0, f"the next clone: {done.stderr.decode()}")

    def reader(self, place):
        """The clone that must be like its origin."""
        return clones.Camp(place.program, place.path + "/new") if self.kind == "clone" else place.laptop

    def member(self):
        return self.handle or "ana"


def scenarios():
    return [
        Scenario("sync that sends", "sends"),
        Scenario("sync that fetches", "fetches", words=("sync", "--media")),
        Scenario("sync both ways", "both", words=("sync", "--media")),
        Scenario("sync after a wrong clock", "ahead", time=NOW),
        Scenario("sync after months", "squashed", time=MONTHS_LATER),
        Scenario("clone with a code", "both", kind="clone", words=("--media",), handle="dee"),
        Scenario("clone of a second device", "both", kind="clone", words=(), handle="bo"),
        Scenario("mirror", "both", kind="clone", words=("--audience", "public"), handle=None),
        Scenario("restore", "rolled back", kind="restore"),
    ]


# --- looking

def seen(place, scenario):
    """What everybody sees: on the origin, and in the clone."""
    extra = at(scenario.time)
    view = {}
    for handle in ("ana", "bo", "cy"):
        rows = place.home.ok("timeline", "--all", member=handle, extra=extra)
        view[handle] = sorted((row["content"], row["likes"], len(row["attachments"]))
                              for row in rows if row["content"] != AFTER)
    rows = scenario.reader(place).ok("timeline", "--all", extra=extra)
    view["clone"] = sorted((row["content"], row["likes"], len(row["attachments"]))
                           for row in rows if row["content"] != AFTER)
    view["members"] = sorted(place.home.members())
    return view


def difference(now, wanted):
    """For each view: what is there and should not be, and what should be and is not."""
    return {who: ([row for row in now[who] if now[who].count(row) != wanted[who].count(row)],
                  [row for row in wanted[who] if now[who].count(row) != wanted[who].count(row)])
            for who in now if now[who] != wanted[who]}


def inspect(place, scenario, wanted):
    extra, clone = at(scenario.time), scenario.reader(place)
    now = seen(place, scenario)
    require(wanted is None or now == wanted, difference(now, wanted or now))
    if scenario.handle:
        clone.ok("post", AFTER, extra=extra)
        report = clone.sync(extra=extra)
        require(report["refused"] == [], f"refused: {report}")
        require(report["submitted"] == 1, f"the next post was not alone: {report}")
        require(AFTER in place.home.contents(), "the next post did not arrive")
    theirs, ours = place.home.hashes(), clone.hashes()
    for name, digest in ours.items():
        require(not scenario.handle and name == "papers" or digest == theirs.get(name),
                f"{name} differs: {ours}, {theirs}")
    for camp in (place.home, clone):
        camp.ok("gc", extra=extra)
        problems = camp.fsck()
        require(not problems, f"fsck of {camp.directory}: {problems}")
        left = clones.leftovers(camp.directory)
        require(not left, f"left over in {camp.directory}: {left}")
    left = [name for name in os.listdir(place.path) if name.startswith(".")]
    require(not left, f"left over beside them: {left}")
    return now


def survive(bench, scenario, wanted, number, mode):
    """One kill and what comes after it. True if it took place."""
    place = bench.fresh(scenario.base)
    done = scenario.first(place, bench.faulty(number, mode))
    if done.returncode == 0:
        return False
    require(done.returncode == faults.KILLED, f"exit {done.returncode}: {done.stderr.decode()}")
    scenario.again(place)
    inspect(place, scenario, wanted)
    return True


def undisturbed(bench, scenario):
    """What a run that is left alone comes to, and its calls."""
    place = bench.fresh(scenario.base)
    done = scenario.first(place, bench.faulty(0, "before"))
    require(done.returncode == 0, f"{scenario.name}: {done.stderr.decode()}")
    calls = bench.calls()
    if scenario.kind != "clone":
        scenario.again(place)
    return inspect(place, scenario, None), calls


def kills(calls):
    """All (mode, number): to end before a call is to end after the one before it."""
    yield "before", 1
    for number, call in enumerate(calls, 1):
        yield "after", number
        if call in ("write", "pwrite"):
            yield "half", number


def prepare(bench):
    os.mkdir(bench.current)
    bench.prepare("members", members)
    # The very directory, not a copy: the community log grows in it.
    bench.prepare("rolled back", rolled_back)
    for name, make in (("sends", written_in_laptop), ("fetches", written_at_home), ("both", both),
                       ("ahead", ahead), ("squashed", squashed)):
        bench.fresh("members")
        bench.prepare(name, make)


def points(bench, only):
    every = []
    for scenario in scenarios():
        if only and scenario.name != only:
            continue
        wanted, calls = undisturbed(bench, scenario)
        print(f"{scenario.name}: {len(calls)} calls", flush=True)
        every += [(scenario, wanted, number, mode) for mode, number in kills(calls)]
    return every


def main():
    program, shim = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int(os.environ.get("CAMP_TEST_SEED", "1"))
    only = sys.argv[4] if len(sys.argv) > 4 else None
    stride = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    with faults.Scratch() as scratch:
        bench = Bench(program, shim, scratch)
        prepare(bench)
        every = points(bench, only)
        chosen = every[seed % stride::stride]
        if not faults.full_depth() and stride == 1:
            chosen = random.Random(seed).sample(every, min(SAMPLE, len(every)))
        print(f"seed {seed}: {len(chosen)} of {len(every)} points", flush=True)
        hit, failures = 0, []
        for done, (scenario, wanted, number, mode) in enumerate(chosen):
            if done % 100 == 0 and done > 0:
                print(f"{done} points, {len(failures)} failures", flush=True)
            try:
                hit += survive(bench, scenario, wanted, number, mode)
            except Exception as error:  # every point is told, whatever went wrong at it
                failures.append(f"{scenario.name}, {mode} call {number} ({bench.said()}): {error}")
                print("FAILED " + failures[-1], flush=True)
        print(f"{hit} kills, {len(failures)} failures")
        require(only or len(every) >= PLAUSIBLE, f"only {len(every)} points: does the shim work?")
        require(hit + len(failures) >= 0.9 * len(chosen),
                f"only {hit} of {len(chosen)} kills took place")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
