#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Several camp processes and foreign readers at once: nothing is lost, nothing hangs, and what a
reader keeps from being removed is removed later.

Usage: concurrency_test.py CAMP SHIM
"""

import os
import sqlite3
import subprocess
import sys
import threading
import unittest

import faults

PROGRAM = sys.argv[1]
MARKER, RARE = "vanishжщъmarkerwort".encode(), "жщъ".encode()
WORD = MARKER.decode()
WRITERS = 4
POSTS = 100 if faults.full_depth() else 25


class Concurrency(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.camp = faults.Community(PROGRAM, self.scratch.path + "/camp").init("bo", "cy", "dee")

    def find(self):
        return faults.search(self.camp, MARKER, RARE)

    def work(self, jobs):
        """Runs every function in a thread of its own; the exceptions that came."""
        errors = []

        def guard(job):
            try:
                job()
            except Exception as error:  # told by the main thread
                errors.append(error)

        threads = [threading.Thread(target=guard, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors

    def test_writers_at_once_lose_nothing(self):
        def writer(who):
            for i in range(POSTS):
                self.camp.ok("post", f"{who} {i}", member=who)

        def reader():
            for _ in range(POSTS):
                self.camp.ok("timeline")

        members = ("ana", "bo", "cy", "dee")
        errors = self.work([lambda who=who: writer(who) for who in members] + [reader])
        self.assertEqual(errors, [])
        wanted = sorted(f"{who} {i}" for who in members for i in range(POSTS))
        self.assertEqual(self.camp.contents(), wanted)
        self.assertEqual(self.camp.fsck(), [])

    def test_writers_beside_gc_and_reindex(self):
        def writer(who):
            for i in range(POSTS // 2):
                post = self.camp.ok("post", f"{who} {i}", member=who)
                if i % 5 == 4:
                    self.camp.ok("delete", "--now", post["short"], member=who)

        def keeper(words):
            for _ in range(4):
                self.camp.ok(*words)

        errors = self.work([lambda: writer("ana"), lambda: writer("bo"), lambda: keeper(["gc"]),
                            lambda: keeper(["reindex"])])
        self.assertEqual(errors, [])
        wanted = sorted(f"{who} {i}" for who in ("ana", "bo") for i in range(POSTS // 2)
                        if i % 5 != 4)
        self.assertEqual(self.camp.contents(), wanted)
        self.assertEqual(self.camp.fsck(), [])

    def test_a_stopped_writer_keeps_others_waiting_not_hanging(self):
        lock = os.open(self.camp.directory + "/lock", os.O_RDWR | os.O_CREAT, 0o600)
        self.addCleanup(os.close, lock)
        subprocess.run(["flock", "-n", str(lock)], pass_fds=(lock,), check=True)
        busy = self.camp.run("post", "waits in vain", "--json")
        self.assertEqual(busy.returncode, 75, busy.stderr)
        self.assertIn(b'"busy"', busy.stderr)
        self.assertEqual(self.camp.contents(), [])  # readers need no lock

    def open_reader(self):
        """Somebody who reads the index and does not let go."""
        database = sqlite3.connect(self.camp.directory + "/state/index.db", isolation_level=None)
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return database

    def test_delete_beside_a_reader_of_the_index_says_so(self):
        post = self.camp.ok("post", f"say {WORD} once")
        reader = self.open_reader()
        done = self.camp.run("delete", "--now", post["short"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"another program is reading", done.stdout + done.stderr)
        self.assertTrue(any("index.db" in place for place in self.find()), self.find())
        self.assertEqual(self.camp.timeline(), [])
        reader.close()
        self.assertTrue(self.camp.ok("gc")["scrubbed"])
        self.assertEqual(self.find(), [])

    def test_gc_beside_a_reader_of_the_index_says_so(self):
        post = self.camp.ok("post", f"say {WORD} once")
        self.camp.ok("edit", post["short"], "say it otherwise")
        reader = self.open_reader()
        self.assertFalse(self.camp.ok("gc")["scrubbed"])
        self.assertTrue(self.find())
        reader.close()
        self.camp.ok("gc")
        self.assertEqual(self.find(), [])

    def test_what_a_reader_kept_goes_with_the_next_writing_command(self):
        post = self.camp.ok("post", f"say {WORD} once")
        reader = self.open_reader()
        self.assertFalse(self.camp.ok("delete", "--now", post["short"])["purged"])
        reader.close()
        self.camp.ok("post", "something else")
        self.assertEqual(self.find(), [])

    def test_purge_beside_a_long_reader_of_git(self):
        stays = self.camp.ok("post", "what stays")
        posts = [self.camp.ok("post", f"say {WORD} {i}") for i in range(5)]
        self.camp.ok("gc")
        local = self.camp.directory + "/local.git"
        names = faults.git(local, "cat-file", "--batch-all-objects", "--batch-check").split(b"\n")
        blobs = [line.split()[0] for line in names if b" blob " in line]
        with subprocess.Popen(["git", "-c", "safe.directory=*", "--git-dir", local, "cat-file",
                               "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              env=faults.GIT_ENVIRONMENT) as reader:
            reader.stdin.write(blobs[0] + b"\n")
            reader.stdin.flush()
            self.assertIn(b"blob", reader.stdout.readline())
            for post in posts:
                self.camp.ok("delete", "--now", post["short"])
            self.assertEqual(self.find(), [])
            self.camp.ok("post", "written meanwhile")
            reader.stdin.close()
            reader.stdout.read()
        self.assertEqual(self.camp.contents(), ["what stays", "written meanwhile"])
        self.assertEqual(self.camp.ok("show", stays["short"])["content"], "what stays")
        self.assertEqual(self.camp.fsck(), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
