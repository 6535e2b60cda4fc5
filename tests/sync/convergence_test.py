#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whatever happens in whatever order, an origin and its clones end up the same.

A history is a random list of steps with an origin (@ana writes there) and two clones, of one member
or of two: posts, letters, answers, edits, deletions, likes and boosts; profiles; members who are
suspended, restored and removed while their clones are away; posts that the community hides, shows
again and removes; gc, reindexing, lost indexes; clocks that are wrong by hours, weeks or years;
months that end; clones that stay away; clones and
origins put back from old copies (the origin then with 'camp restore --from-clone'); syncs by path
and by ssh, in any order, killed at any moment on either side. Then everybody syncs until nothing
moves, and

* 'info --state' is the same on both sides for every repository that a clone has;
* no outbox holds anything, and what was refused was refused for a reason that the history has;
* what was written and never lost stands there once, what was deleted stands nowhere, what is hidden
  is in no timeline;
* everybody shows the same profiles, and one for each member whose last one was not lost;
* what a removed member wrote stays, and their clones are served no more;
* timelines are equal, fsck finds nothing, and no half-done work lies about.

Over a path a clone and its origin have one clock, so a clone whose clock is wrong meets one that is
right only by ssh; over a path its clock is set right before it syncs.

Usage: convergence_test.py CAMP SHIM [FIRST_SEED [COUNT]]

One seed alone (COUNT 1) prints its commands.
"""

import collections
import datetime
import json
import os
import random
import shlex
import shutil
import subprocess
import sys

import clones
import faults

SAMPLE, FULL = 12, 1000
STEPS = (12, 45)
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
BEGIN = int(datetime.datetime(2027, 1, 20, 8, tzinfo=datetime.timezone.utc).timestamp()) * 1000
KINDS = ("local", "local", "public", "unlisted")
REFUSED, NOT_FOUND, USAGE = 4, 3, 2
# What an origin may say to an outbox, and what must then have happened.
REASONS = {"was deleted": "delete", "yet to come": "clock", "is suspended": "suspend"}
MODERATION = ("suspend", "restore", "remove", "hide", "unhide", "remove post", "refuse late words",
              "refuse the removed")
SSH = """#!/bin/sh
# Stands for ssh: the last word is the command, the one before it says who.
for word; do who="$last"; last="$word"; done
. "$0.env"
SSH_ORIGINAL_COMMAND="$last" exec {camp} -C {origin} ssh-command "${{who%%@*}}"
"""

SEEDED = """#!/bin/sh
# camp with other random bytes at each call, and the same ones each time.
echo >> "$0.calls"
export CAMP_NOW={now} CAMP_SEED="template $(wc -l < "$0.calls")"
exec {camp} "$@"
"""


def text_of(ms):
    moment = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


class Template:
    """An origin with @ana, @bo (laptop and phone) and @cy (desk), made once, for joining is slow, and
    with the same keys each time."""

    def __init__(self, program, place):
        self.program, self.place = program, place
        seeded = place + "/camp"
        with open(seeded, "w", encoding="utf-8") as file:
            file.write(SEEDED.format(camp=shlex.quote(os.path.abspath(program)),
                                     now=text_of(BEGIN - DAY)))
        os.chmod(seeded, 0o700)
        home = clones.Origin(seeded, place + "/home")
        home.join(place + "/laptop", "bo")
        home.clone(place + "/phone", "bo")
        home.join(place + "/desk", "cy")
        for name in ("laptop", "phone", "desk"):
            clones.Camp(seeded, f"{place}/{name}").sync()


class Side:
    """One of the three directories."""

    def __init__(self, camp, name, member):
        self.camp, self.name, self.member = camp, name, member
        self.skew = 0
        self.by_ssh = False
        self.saved = None  # number of its last copy
        self.away = 0

    @property
    def is_origin(self):
        return self.name == "home"


class Post:
    """What a history knows of a post that it wrote."""

    def __init__(self, word, side, step):
        self.word, self.side, self.step = word, side, step
        self.deleted = self.doubtful = False
        self.hidden, self.moderated = None, -1  # its full id while it is hidden; the step
        self.kept = False  # its author was removed when the origin had it


class Profile:
    """What a member said of themselves."""

    def __init__(self, name, side, step):
        self.name, self.side, self.step, self.doubtful = name, side, step, False


class History:
    def __init__(self, template, shim, scratch, seed, trace=False):
        self.random = random.Random(seed)
        self.seed, self.shim, self.scratch, self.trace = seed, shim, scratch, trace
        self.now, self.step, self.calls = BEGIN, 0, 0
        self.posts, self.happened, self.said = {}, set(), []
        self.profiles = []
        self.moderation = collections.Counter()
        self.known_members = None  # asked for when it is needed
        self.work = scratch + "/work"
        shutil.rmtree(self.work, ignore_errors=True)
        os.mkdir(self.work)
        names = self.random.choice([("laptop", "phone"), ("laptop", "desk"), ("phone", "desk")])
        owners = {"home": "ana", "laptop": "bo", "phone": "bo", "desk": "cy"}
        self.sides = []
        for name in ("home", *names):
            directory = f"{self.work}/{name}"
            subprocess.run(["cp", "-a", f"{template.place}/{name}", directory], check=True)
            self.sides.append(Side(clones.Camp(template.program, directory), name, owners[name]))
        self.home, self.clones = self.sides[0], self.sides[1:]
        self.home.camp.ok("restore", "--newest")  # it is a copy, and nothing newer exists
        with open(self.work + "/ssh", "w", encoding="utf-8") as file:
            file.write(SSH.format(camp=shlex.quote(os.path.abspath(template.program)),
                                  origin=shlex.quote(self.home.camp.directory)))
        os.chmod(self.work + "/ssh", 0o700)
        for side in self.clones:
            side.by_ssh = self.random.random() < 0.4
            self.point_to_origin(side)
            self.tell(f"{side.name} syncs by {'ssh' if side.by_ssh else 'path'}")

    # --- telling and doing

    def tell(self, line):
        self.said.append(line)
        if self.trace:
            print(line, flush=True)

    def point_to_origin(self, side):
        address = f"ssh://{side.member}@home" if side.by_ssh else self.home.camp.directory
        path = side.camp.directory + "/state/config.toml"
        with open(path, encoding="utf-8") as file:
            lines = [f"origin = '{address}'\n" if line.startswith("origin") else line
                     for line in file]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(lines)

    def environment(self, side, skew):
        self.calls += 1
        return {"CAMP_NOW": text_of(self.now + skew), "CAMP_SEED": f"{self.seed}-{self.calls}",
                "CAMP_SSH": self.work + "/ssh"}

    def write_ssh_environment(self, faulty=None):
        lines = {"CAMP_NOW": text_of(self.now), "CAMP_SEED": f"{self.seed}-{self.calls}-there",
                 **(faulty or {})}
        with open(self.work + "/ssh.env", "w", encoding="utf-8") as file:
            file.writelines(f"export {key}={shlex.quote(value)}\n" for key, value in lines.items())

    def run(self, side, *words, faulty=None, skew=None, allowed=(0,)):
        """Runs a command; its exit code must be one of those allowed."""
        skew = side.skew if skew is None else skew
        environment = self.environment(side, skew) | (faulty or {})
        member = side.member if side.is_origin else None
        done = side.camp.run(*words, "--json", member=member, extra=environment)
        shown = " ".join(shlex.quote(word) for word in words)
        self.tell(f"  {environment['CAMP_NOW']} {side.name}: camp {shown}"
                  f"{' (killed)' if done.returncode == faults.KILLED else ''}"
                  f" -> {done.returncode} {done.stderr.decode(errors='replace').strip()[:300]}")
        if done.returncode not in allowed:
            raise faults.Failed(f"{side.name}: camp {shown}: exit {done.returncode}: "
                                f"{(done.stdout + done.stderr).decode(errors='replace')}")
        return done

    def answer(self, done):
        text = done.stdout.strip()
        return json.loads(text) if done.returncode == 0 and text else None

    # --- steps

    def play(self):
        for self.step in range(self.random.randint(*STEPS)):
            self.now += self.random.choice([2 * SECOND, 3 * MINUTE, HOUR, 5 * HOUR, 26 * HOUR])
            step = self.random.choices([step for step, _ in self.STEPS_AND_WEIGHTS],
                                       [weight for _, weight in self.STEPS_AND_WEIGHTS])[0]
            self.tell(f"{self.step}: {step.__name__}")
            step(self)
        self.settle()
        self.look()

    def any_side(self):
        return self.random.choice(self.sides)

    def word(self):
        return f"p{self.seed}x{len(self.posts)}"

    def write(self):
        side, word = self.any_side(), self.word()
        # Members by their handles; nobody writes to themselves.
        others = [name for name in ("ana", "bo", "cy") if name != side.member]
        text = word
        if self.random.random() < 0.3:
            words = ["post", "--to", "direct"]
            text = "@" + " @".join(self.random.sample(others, self.random.randint(1, 2))) + " " + word
        else:
            words = ["post", "--to", self.random.choice(KINDS)]
        # A letter may be left without anybody to go to.
        unknown = {USAGE} if "remove" in self.happened else set()
        done = self.run(side, *words, text, allowed={0, REFUSED} | unknown)
        self.note_post(side, word, done)

    def note_post(self, side, word, done):
        if done.returncode == 0:
            self.posts[word] = Post(word, side, self.step)

    def shown(self, side):
        """The timeline of a side, or nothing if there is none."""
        return self.answer(self.run(side, "timeline", "--all"))

    def pick(self, own=None):
        side = self.any_side()
        rows = [row for row in self.shown(side)
                if own is None or (row["author"]["handle"] == side.member) == own]
        return side, self.random.choice(rows) if rows else None

    def known(self, row):
        word = row["content"].split(" e")[0].split()[-1]
        return self.posts.get(word)

    def reply(self):
        side, row = self.pick()
        if not row:
            return
        word = self.word()
        self.note_post(side, word, self.run(side, "reply", row["short"], word, allowed=(0, REFUSED)))

    def edit(self):
        side, row = self.pick(own=True)
        if not row:
            return
        post = self.known(row)
        if post is None:
            return
        mentions = " ".join(word for word in row["content"].split() if word.startswith("@"))
        text = f"{mentions} {post.word} e{self.step}".strip()
        self.run(side, "edit", row["short"], text, allowed=(0, REFUSED))

    def edit_twice(self):
        """Two devices of one member, or one of them twice, edit the same post."""
        self.edit()
        self.now += MINUTE
        self.edit()

    def delete(self):
        side, row = self.pick(own=True)
        if not row:
            return
        now = ["--now"] if self.random.random() < 0.4 else []
        self.happened.add("delete")
        done = self.run(side, "delete", *now, row["short"], allowed=(0, REFUSED))
        post = self.known(row)
        if post and done.returncode == 0:
            post.deleted = (side, self.step)

    def react(self):
        side, row = self.pick()
        if not row:
            return
        what = self.random.choice(["like", "like", "boost"])
        undo = ["--undo"] if self.random.random() < 0.4 else []
        if undo:
            self.happened.add("delete")
        self.run(side, what, *undo, row["short"], allowed=(0, NOT_FOUND, REFUSED))

    def profile(self):
        side, name = self.any_side(), f"n{self.seed}x{len(self.profiles)}"
        more = self.random.choice([[], ["--field", f"at={side.name}"], ["--bio", f"bio of {name}"],
                                   ["--locked"], ["--open"]])
        done = self.run(side, "profile", "--name", name, *more, allowed=(0, REFUSED))
        if done.returncode == 0:
            self.profiles.append(Profile(name, side, self.step))

    def profile_twice(self):
        """Two devices of one member, or one of them twice, edit the profile."""
        self.profile()
        self.now += MINUTE
        self.profile()

    # --- what the community decides

    def members(self):
        """Handle -> state, at the origin; handles are not given twice here."""
        if self.known_members is None:
            rows = self.answer(self.run(self.home, "member", "list", "--all"))
            self.known_members = {row["handle"]: row["state"] for row in rows}
        return self.known_members

    def decide(self, what, *words, allowed=(0,)):
        self.happened.add(what)
        self.moderation[what] += 1
        self.known_members = None
        return self.run(self.home, *words, allowed=allowed)

    def suspend_or_restore(self):
        who = self.random.choice(self.clones).member
        state = self.members()[who]
        if state == "removed":
            return
        verb = "restore" if state == "suspended" else "suspend"
        self.decide(verb, "member", verb, who)

    def remove_member(self):
        who = self.random.choice(self.clones).member
        if self.members()[who] == "removed":
            return
        for row in self.shown(self.home):
            post = self.known(row)
            if post and row["author"]["handle"] == who:
                post.kept = True
        self.decide("remove", "member", "remove", who, "--reason", "moved away")

    def moderate(self):
        """The community hides or removes a post that it can see, or shows one again."""
        hidden = [post for post in self.posts.values() if post.hidden]
        if hidden and self.random.random() < 0.4:
            post = self.random.choice(hidden)
            # Deleted meanwhile, or shown again by an old copy.
            done = self.decide("unhide", "mod", "unhide", post.hidden, allowed=(0, NOT_FOUND))
            if done.returncode == 0:
                post.hidden = None
            post.moderated = self.step
            return
        rows = self.shown(self.home)
        if not rows:
            return
        row = self.random.choice(rows)
        post = self.known(row)
        hide = self.random.random() < 0.6
        if row["audience"] not in KINDS:
            self.run(self.home, "mod", "hide" if hide else "remove", row["id"], allowed=(REFUSED,))
            return
        post.moderated = self.step
        if hide:
            self.decide("hide", "mod", "hide", row["id"], "--reason", "rude")
            post.hidden = row["id"]
        else:
            self.happened.add("delete")
            self.decide("remove post", "mod", "remove", row["id"], "--reason", "bad")
            post.deleted = (self.home, self.step)

    # --- syncing

    def sync_one(self, side, faulty=None, there=None):
        self.write_ssh_environment(there)
        skew = side.skew if side.by_ssh else 0
        if skew > 0:
            self.happened.add("clock")
        killed = faulty or there
        allowed = {0, faults.KILLED, 5, 6} if killed else {0}
        gone = self.members()[side.member] == "removed"
        if gone:
            allowed = allowed - {0} | {REFUSED}
            self.moderation["refuse the removed"] += 1
        done = self.run(side, "sync", faulty=faulty, skew=skew, allowed=allowed | {REFUSED})
        report = json.loads(done.stdout) if done.stdout.strip() else {"refused": []}
        lost = any(each["from"] == "outbox" and not each["waits"] for each in report["refused"])
        if (done.returncode == REFUSED) != (lost or gone) and not killed:
            raise faults.Failed(f"{side.name}: sync: exit {done.returncode}: {report}")
        for refusal in report["refused"]:
            self.moderation["refuse late words"] += "is suspended" in refusal["reason"]
            self.tell(f"    refused {refusal}")
            if not any(reason in refusal["reason"] and cause in self.happened
                       for reason, cause in REASONS.items()):
                raise faults.Failed(f"{side.name}: refused without a cause: {refusal}")
        return report

    def sync(self):
        side = self.random.choice(self.clones)
        if side.away > self.step:
            return
        self.sync_one(side)

    def killed_sync(self):
        side = self.random.choice(self.clones)
        at = int(2 ** self.random.uniform(0, 9))
        mode = self.random.choice(["before", "after", "half"])
        at_home = self.random.random() < 0.5
        root = self.home.camp.directory if at_home else side.camp.directory
        plan = faults.faulty(self.shim, root, self.work + "/shim.log", at, mode)
        self.tell(f"    kill {mode} call {at} below {os.path.basename(root)}")
        if at_home and side.by_ssh:
            self.sync_one(side, there=plan)
        else:
            self.sync_one(side, faulty=plan)
        if self.random.random() < 0.4:
            self.sync_one(side)

    def gc(self):
        self.run(self.any_side(), "gc")

    def reindex(self):
        side = self.any_side()
        if self.random.random() < 0.5:
            self.run(side, "reindex")
            return
        for name in os.listdir(side.camp.directory + "/state"):
            if name.startswith("index.db"):
                os.unlink(f"{side.camp.directory}/state/{name}")
        self.tell(f"    the index of {side.name} is lost")

    def turn_clock(self):
        side = self.random.choice(self.clones)
        side.skew = self.random.choice([0, 0, 3 * HOUR, 20 * HOUR, 2 * 365 * DAY, -5 * HOUR,
                                        -20 * HOUR, -9 * DAY, -40 * DAY])
        if side.skew > 0:
            self.happened.add("clock")
        self.tell(f"    the clock of {side.name} is off by {side.skew // HOUR} h")

    def month_ends(self):
        self.now += self.random.randint(8, 40) * DAY

    def stay_away(self):
        self.random.choice(self.clones).away = self.step + self.random.randint(3, 15)

    def save(self, side):
        side.saved = self.step
        shutil.rmtree(side.camp.directory + ".old", ignore_errors=True)
        subprocess.run(["cp", "-a", side.camp.directory, side.camp.directory + ".old"], check=True)
        self.tell(f"    a copy of {side.name} is made")

    def put_back(self, side):
        """What a side did since its copy was made may be lost, if nobody had it."""
        shutil.rmtree(side.camp.directory)
        subprocess.run(["cp", "-a", side.camp.directory + ".old", side.camp.directory], check=True)
        self.tell(f"    {side.name} is put back from its copy of step {side.saved}")
        for post in self.posts.values():
            since = post.side is side and post.step >= side.saved
            undone = post.deleted and post.deleted[0] is side and post.deleted[1] >= side.saved
            other = side.is_origin and post.moderated >= side.saved
            post.doubtful = post.doubtful or since or undone or other
        for profile in self.profiles:
            since = profile.side is side and profile.step >= side.saved
            profile.doubtful = profile.doubtful or since

    def save_or_put_back_clone(self):
        side = self.random.choice(self.clones)
        if side.saved is None or self.random.random() < 0.4:
            return self.save(side)
        return self.put_back(side)

    def save_or_put_back_origin(self):
        if self.home.saved is None or self.random.random() < 0.4:
            return self.save(self.home)
        self.put_back(self.home)
        self.known_members = None
        for side in self.random.sample(self.clones, 2):
            self.run(self.home, "restore", "--from-clone", side.camp.directory)
        return None

    STEPS_AND_WEIGHTS = [(write, 7), (reply, 2), (edit, 3), (edit_twice, 1), (delete, 2), (react, 3),
                         (profile, 3), (profile_twice, 1),
                         (sync, 6), (killed_sync, 4), (gc, 2), (reindex, 1), (turn_clock, 2),
                         (month_ends, 1), (stay_away, 1), (suspend_or_restore, 2),
                         (remove_member, 0.3), (moderate, 3), (save_or_put_back_clone, 1),
                         (save_or_put_back_origin, 1)]

    # --- the end

    def settle(self):
        self.tell("the end: all clocks are right, nobody is suspended, everybody syncs")
        for side in self.sides:
            side.skew = 0
        self.states = self.members()
        for who, state in self.states.items():
            if state == "suspended":
                self.run(self.home, "member", "restore", who)
        report = {"fetched": 0, "submitted": 0}
        for _ in range(3):
            for side in self.clones:
                self.now += 20 * MINUTE
                heard = self.sync_one(side)
                if side in self.present():
                    report = heard
        if report["fetched"] or report["submitted"]:
            raise faults.Failed(f"it does not get quiet: {report}")

    def present(self):
        """The clones of those who are members still."""
        return [side for side in self.clones if self.states[side.member] != "removed"]

    def look(self):
        self.now += MINUTE
        hashes = {side.name: self.answer(self.run(side, "info", "--state")) for side in self.sides}
        for side in self.present():
            for name, digest in hashes[side.name].items():
                if digest != hashes["home"].get(name):
                    raise faults.Failed(f"{name} differs between home and {side.name}")
            waiting = [os.path.join(path, name)
                       for path, _, names in os.walk(side.camp.directory + "/outbox")
                       for name in names if not path.endswith("/refused")]
            if waiting:
                raise faults.Failed(f"{side.name} still has to send {waiting}")
        for side in self.present():
            mine = self.shown(side)
            as_member = Side(self.home.camp, "home", side.member)
            theirs = self.shown(as_member)
            if mine != theirs:
                only = [row for row in mine if row not in theirs]
                others = [row for row in theirs if row not in mine]
                raise faults.Failed(f"timelines differ: {side.name} {only}, home {others}")
        self.look_for_words()
        self.look_at_profiles()
        for side in self.sides:
            done = self.run(side, "fsck", allowed=(0, 7))
            if done.returncode != 0:
                raise faults.Failed(f"fsck of {side.name}: {done.stdout.decode()}")
            left = clones.leftovers(side.camp.directory)
            if left:
                raise faults.Failed(f"left over in {side.name}: {left}")

    def look_at_profiles(self):
        for member in ("ana", "bo", "cy"):
            if self.states[member] == "removed":
                continue
            sides = [side for side in self.sides if self.states[side.member] != "removed"]
            shown = {side.name: self.answer(self.run(side, "profile", member)) for side in sides}
            if any(each != shown["home"] for each in shown.values()):
                raise faults.Failed(f"profiles of @{member} differ: {shown}")
            said = [each for each in self.profiles if each.side.member == member]
            name = shown["home"]["name"]
            if name and name not in [each.name for each in said]:
                raise faults.Failed(f"@{member} never said {name}")
            if not name and not all(each.doubtful for each in said):
                raise faults.Failed(f"the profile of @{member} is lost")

    def look_for_words(self):
        for post in self.posts.values():
            # It may have reached the origin or not.
            undone = post.deleted and self.states[post.deleted[0].member] == "removed"
            post.doubtful = post.doubtful or undone
        for member in ("ana", "bo", "cy"):
            if self.states[member] == "removed":
                continue
            rows = self.shown(Side(self.home.camp, "home", member))
            words = [self.known(row).word for row in rows if self.known(row)]
            doubled = {word for word in words if words.count(word) > 1}
            if doubled:
                raise faults.Failed(f"@{member} sees {doubled} more than once")
            for post in self.posts.values():
                if post.doubtful:
                    continue
                if post.deleted and post.word in words:
                    raise faults.Failed(f"{post.word} was deleted, and @{member} sees it")
                if post.hidden and post.word in words:
                    raise faults.Failed(f"{post.word} is hidden, and @{member} sees it")
                own = post.side.member == member or (post.kept and member == "ana")
                if own and not post.deleted and not post.hidden and post.word not in words:
                    raise faults.Failed(f"{post.word} is lost")


def run_seed(template, shim, scratch, seed, trace, moderation):
    history = History(template, shim, scratch, seed, trace)
    try:
        history.play()
    except Exception as error:  # every history is told, whatever went wrong in it
        print(f"FAILED seed {seed}, after step {history.step}: {type(error).__name__}: {error}",
              flush=True)
        return False
    moderation.update(history.moderation)
    return True


def main():
    program, shim = sys.argv[1:3]
    first = int(sys.argv[3]) if len(sys.argv) > 3 else int(os.environ.get("CAMP_TEST_SEED", "1"))
    count = FULL if faults.full_depth() else SAMPLE
    if len(sys.argv) > 3:
        count = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    print(f"histories {first} to {first + count - 1}", flush=True)
    with faults.Scratch() as scratch:
        os.mkdir(scratch + "/template")
        template = Template(program, scratch + "/template")
        good, moderation = 0, collections.Counter()
        for done, seed in enumerate(range(first, first + count), 1):
            good += run_seed(template, shim, scratch, seed, count == 1, moderation)
            if done % 25 == 0:
                print(f"{done} played, {good} converge", flush=True)
    print(f"{good} of {count} histories converge; the community decided {dict(moderation)}")
    missing = [what for what in MODERATION if not moderation[what]]
    if count >= SAMPLE and missing:
        print(f"no history had {missing}")
        return 1
    return 0 if good == count else 1


if __name__ == "__main__":
    sys.exit(main())
