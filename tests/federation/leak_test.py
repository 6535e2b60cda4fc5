#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Nothing that is kept leaves: every operation with posts of every audience, other servers that listen
as followers, persons written to, strangers, people who left and who are blocked, and a recorder of every
byte that leaves. Not one canary may be where it was not meant to be; those that are meant to arrive, do.

Usage: leak_test.py CAMP

CAMP_FULL_DEPTH=1 asks some 50,000 times, and measures how long a 404 takes. CAMP_TEST_SEED gives other
canaries, and other questions.
"""

import concurrent.futures
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import leak
import faults  # pylint: disable=wrong-import-order  # leak says where it is
import recorder
import support

PROGRAM = sys.argv[1]
SEED = os.environ.get("CAMP_TEST_SEED", "leak")
QUESTIONS = 50_000 if faults.full_depth() else 2_000
THREADS = 4


class Leak(unittest.TestCase):
    """One stage for all; the last test looks through all that was recorded until then."""

    @classmethod
    def setUpClass(cls):
        where = "/dev/shm" if os.access("/dev/shm", os.W_OK) and not os.environ.get("TMPDIR") else None
        cls.scratch = tempfile.mkdtemp(prefix="camp-leak-", dir=where)
        cls.addClassCleanup(shutil.rmtree, cls.scratch, True)
        print(f"seed {SEED}")
        cls.stage = stage = leak.Stage(PROGRAM, cls.scratch + "/stage", SEED)
        cls.addClassCleanup(stage.stop)
        audiences = stage.audiences()
        cls.open, cls.kept = audiences[:2], audiences[2:]
        for audience in cls.open:
            stage.perform(*audience)
        stage.camp.ok("profile", "--bio", "gardens and soup", "--name", "Ana", member="ana")
        for post in stage.posts:
            stage.wait_for(post)
        cls.settle()
        cls.before = stage.faces()
        cls.quiet = cls.heard()
        cls.first_kept = len(stage.posts)
        for audience in cls.kept:
            stage.perform(*audience)
        stage.camp.run("search", "zq", member="bo")
        for post in stage.posts:
            stage.wait_for(post)
        cls.settle()
        cls.kept_ids = stage.kept_ids()
        for each in cls.kept_ids:
            stage.canaries.may.setdefault(each.encode(), (frozenset(), "id of something local"))

    @classmethod
    def settle(cls):
        for made in [cls.stage.front, *cls.stage.recorders.values()]:
            recorder.settle(made)

    @classmethod
    def heard(cls):
        return {name: made.count for name, made in cls.stage.recorders.items()}

    def told(self, failures):
        """Fails with the first of what leaked, in words."""
        for token, where, what in failures[:20]:
            print("leaked:", token.decode(), self.stage.canaries.may[token][1], "at", where, "in", what[:600])
        self.assertEqual(len(failures), 0)

    # The controls: without them, silence would prove nothing.

    def test_1_what_is_open_is_found(self):
        site, activity = self.stage.camp.host, leak.ACTIVITY
        shows = 0
        for post in self.stage.posts[:self.first_kept]:
            status, _, body = self.stage.knocker.ask("/o/" + self.stage.object_of(post), activity)
            note = body.decode()
            self.assertIn(status, (200, 410), note)
            shown = json.loads(note).get("type") == "Note"
            shows += shown
            words = post.words if shown else {}
            for name in ("summary", "alt", *(("edit",) if "edit" in words else ("text", "tag"))):
                self.assertIn(words.get(name, ""), note, f"{name} of {post.audience}")
            if shown:
                self.assertNotIn(post.words["text"] if "edit" in words else "zq-", note)
                url = json.loads(note)["attachment"][0]["url"]
                self.assertIn(post.digest, url)
                self.assertTrue(url.startswith("http://" + site + "/"), url)
        self.assertGreater(shows, 3)

    def test_2_pictures_of_what_is_open_are_served(self):
        shown = [post for post in self.stage.posts[:self.first_kept]
                 if self.stage.knocker.ask("/o/" + self.stage.object_of(post), leak.ACTIVITY)[0] == 200]
        self.assertGreater(len(shown), 3)
        for post in shown:
            answer = self.stage.knocker.ask(f"/media/{post.digest}.png", "image/png")
            self.assertEqual(answer[0], 200, answer)
            self.assertIn(post.marker.encode(), answer[2])

    def test_3_who_may_read_it_gets_it_and_in_the_right_place(self):
        for post in self.stage.posts:
            for server in post.told:
                for name, word in post.words.items():
                    self.assertTrue(self.stage.arrived(word, server), f"{name} of {post.audience} at {server}")
        narrow = {word.encode() for post in self.stage.posts for word in post.words.values()
                  if post.may == {"mastodon"}}
        for name, head, body in self.stage.deliveries():
            if name == "mastodon" and any(word in body for word in narrow):
                target = head.split(b" ")[1].decode()
                self.assertTrue(target.startswith("/users/zq") or target == "/users/mia/inbox", target)

    # What must not be.

    def test_4_what_is_kept_changes_no_face_of_the_site(self):
        now = self.stage.faces()
        self.assertEqual(set(self.before), set(now))
        for question, answer in now.items():
            self.assertEqual(self.before[question], answer, question)
        outbox = json.loads(self.stage.knocker.ask("/u/ana/outbox", leak.ACTIVITY)[2])
        self.assertGreater(outbox["totalItems"], 0)

    def test_5_what_is_kept_is_as_what_never_was(self):
        probes, lock, failures, differences = self.stage.probes(self.kept_ids), threading.Lock(), [], []

        def one(_):
            with lock:
                probe = next(probes)
                accept, method = self.stage.random.choice(leak.ACCEPTS), self.stage.random.choice(leak.METHODS)
                headers = self.stage.random.choice(((), (), (("If-None-Match", "*"),), (("Range", "bytes=0-9"),),
                                                    (("Authorization", "Bearer x"),), (("Git-Protocol", "version=2"),)))
            (kept, leaked), (never, _) = self.stage.twins(probe, accept, method, headers)
            with lock:
                failures.extend((token, leak.SITE, f"{method} {probe[0]}: {kept}") for token in leaked)
                if kept != never:
                    differences.append((method, probe[0], accept, headers, kept, never))

        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            for done in [pool.submit(one, number) for number in range(QUESTIONS // 2)]:
                done.result()
        self.told(failures)
        for difference in differences[:10]:
            print("differs:", difference)
        self.assertEqual(len(differences), 0)

    def test_6_a_good_signature_opens_nothing_more(self):
        sample = self.stage.random.sample(self.kept_ids, min(len(self.kept_ids), 200 if faults.full_depth() else 12))
        narrowed = [self.stage.object_of(post) for post in self.stage.posts[self.first_kept:]]
        failures = []
        for actor in (self.stage.ada, self.stage.kei, self.stage.sol, self.stage.mia, self.stage.max):
            for each in [*sample, *self.stage.random.sample(narrowed, min(len(narrowed), 6))]:
                for ending in ("", "/create"):
                    path = f"/o/{each}{ending}"
                    answer = actor.double.get("http://" + self.stage.camp.host + path, signer=actor)
                    self.assertEqual(answer.status, 404, path)
                    leaked = self.stage.canaries.forbidden(answer.body, leak.SITE, path.encode())
                    failures.extend((token, actor.name, path) for token in leaked)
        self.told(failures)

    def test_7_nobody_learns_by_writing(self):
        """Acts upon what is kept are answered as acts upon what never was, and change nothing."""
        kept = [post for post in self.stage.posts[self.first_kept:] if not post.may]
        for actor in (self.stage.ada, self.stage.mia, self.stage.kei):
            for post in self.stage.random.sample(kept, min(len(kept), 4)):
                secret = self.stage.object_of(post)
                never = self.stage.canaries.unknown_id(secret)
                for act in (self._like, self._announce, self._answer, self._undo, self._flag, self._delete):
                    answers = []
                    for each in (secret, never):
                        url = f"http://{self.stage.camp.host}/o/{each}"
                        answer = actor.double.deliver(actor, self.stage.ana + "/inbox", act(actor, url))
                        data = answer.body.replace(each.encode(), b"NAME")
                        answers.append((answer.status, data, self.stage.canaries.forbidden(answer.body, leak.SITE, each.encode())))
                    self.assertEqual(answers[0], answers[1], (actor.name, act.__name__))
                    self.assertEqual(answers[0][2], [])
        for post in kept:
            row = self.stage.camp.run("show", post.id, "--json", member="ana")
            if row.returncode == 0 and row.stdout.strip():
                shown = json.loads(row.stdout)
                self.assertNotIn("127.0.0.3", json.dumps(shown.get("replies")), shown)
        self.settle()

    def _like(self, actor, url):
        return actor.make("Like", url, to=[self.stage.ana])

    def _announce(self, actor, url):
        return actor.make("Announce", url, to=[self.stage.ana])

    def _answer(self, actor, url):
        note = actor.note("<p>so that is there</p>", to="direct", mentions=[self.stage.ana], in_reply_to=url)
        return actor.make("Create", note, to=note["to"], cc=note["cc"])

    def _undo(self, actor, url):
        inner = {"id": url, "type": "Like", "actor": actor.id, "object": url}
        return actor.make("Undo", inner, to=[self.stage.ana])

    def _flag(self, actor, url):
        return actor.make("Flag", [self.stage.ana, url], to=[self.stage.ana], content="look")

    def _delete(self, actor, url):
        return actor.make("Delete", {"id": url, "type": "Tombstone"}, to=[self.stage.ana])

    def test_8_a_clone_holds_what_is_open_and_no_more(self):
        members = self.stage.camp.members()
        for repository in ("local", *(f"private/{member}" for member in members.values()), "neighborhood/x", "../local"):
            self.assertNotEqual(self._clone(repository, "none")[0].returncode, 0, repository)
        done, contents = self._clone("public", "public")
        self.assertEqual(done.returncode, 0, done.stderr)
        failures = [(token, "git", "the clone") for token in self.stage.canaries.forbidden(contents, leak.SITE)]
        self.told(failures)
        for post in self.stage.posts[:self.first_kept]:
            word = post.words.get("edit", post.words["alt"])
            if self.stage.knocker.ask("/o/" + self.stage.object_of(post), leak.ACTIVITY)[0] == 200:
                self.assertIn(word.encode(), contents)

    def _clone(self, repository, name):
        target = f"{self.scratch}/clone-{name}"
        shutil.rmtree(target, True)
        done = subprocess.run(["git", "clone", "-q", "--bare", f"http://{self.stage.camp.host}/git/{repository}.git", target],
                              capture_output=True, env={**faults.GIT_ENVIRONMENT, "GIT_TERMINAL_PROMPT": "0"}, check=False)
        return done, faults.git(target, "cat-file", "--batch-all-objects", "--batch") if done.returncode == 0 else b""

    @unittest.skipUnless(faults.full_depth(), "a figure, at full depth alone")
    def test_8_time_tells_nothing(self):
        """How long a 404 takes for what is kept and for what never was, by a rank test: a figure."""
        times = {True: [], False: []}
        for number in range(1_000):
            secret = self.kept_ids[number % len(self.kept_ids)]
            for is_kept in (True, False) if number % 2 else (False, True):
                name = secret if is_kept else self.stage.canaries.unknown_id(secret)
                began = time.perf_counter()
                self.stage.knocker.ask(f"/o/{name}", leak.ACTIVITY)
                times[is_kept].append(time.perf_counter() - began)
        ranked = sorted((each, is_kept) for is_kept in times for each in times[is_kept])
        ranks = sum(rank for rank, (_, is_kept) in enumerate(ranked, 1) if is_kept)
        count = len(times[True])
        mean, deviation = count * (2 * count + 1) / 2, math.sqrt(count * count * (2 * count + 1) / 12)
        medians = [sorted(times[is_kept])[count // 2] * 1e6 for is_kept in (True, False)]
        print(f"404 of what is kept, and of what never was: medians {medians[0]:.0f} and {medians[1]:.0f} us, "
              f"z = {(ranks - mean) / deviation:.2f} of {count} each")

    def test_9_nothing_left_that_was_not_meant_to(self):
        self.settle()
        failures, deliveries, answers = [], 0, 0
        for server, head, body in self.stage.deliveries():
            deliveries += 1
            failures.extend((token, server, (head + body).decode(errors="replace"))
                            for token in self.stage.canaries.forbidden(head + body, server))
        for asked, said in self.stage.answers():
            answers += 1
            failures.extend((token, leak.SITE, said.decode(errors="replace"))
                            for token in self.stage.canaries.forbidden(said, leak.SITE, asked))
        print(f"{answers} answers and {deliveries} messages sent; {len(self.stage.canaries.may)} canaries")
        self.told(failures)
        self.assertGreater(deliveries, 50)
        self.assertGreater(answers + deliveries, QUESTIONS)
        log = self.stage.camp.log()
        for post in self.stage.posts:
            for name in ("summary", "alt", "text"):
                asked = f"{post.words[name]}"
                self.assertFalse(any(asked in line and "/" + asked not in line and "=" + asked not in line
                                     for line in log.splitlines()), f"{name} of {post.audience} in the log")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
