#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Several syncs at once, beside gc and beside readers, and on full disks: nothing is lost, nothing is
there twice, nothing hangs.

The tests of full disks need to mount small file systems of their own, in a mount namespace that
nobody else sees; they are skipped where that is not allowed.

Usage: at_once_test.py CAMP SHIM
"""

import os
import sqlite3
import subprocess
import sys
import threading
import unittest

import clones
import disk_full_test
import faults

PROGRAM = sys.argv[1]
POSTS = 40 if faults.full_depth() else 6
BUSY = 75
MARKER, RARE = "vanishжщъmarkerwort".encode(), "жщъ".encode()
WORD = MARKER.decode()


class Place(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)

    def origin(self):
        self.home = clones.Origin(PROGRAM, self.scratch.path + "/home")
        self.home.ok("post", "welcome")
        return self.home

    def at_once(self, *jobs):
        """Runs every function in a thread of its own; all of them must come back well."""
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
        self.assertEqual(errors, [])

    def sync(self, clone):
        """As cron does it: again, if somebody was in the way."""
        for _ in range(20):
            done = clone.run("sync")
            if done.returncode == 0:
                return
            self.assertEqual(done.returncode, BUSY, done.stderr)
        self.fail(f"always in the way: {done.stderr}")

    def assert_all_there(self, wanted, *them):
        for clone in them:
            self.sync(clone)
        hashes = self.home.hashes()
        for camp in (self.home, *them):
            texts = [text for text in camp.contents() if not text.startswith("@")]
            self.assertEqual(texts, sorted(wanted), camp.directory)
            self.assertEqual(camp.fsck(), [], camp.directory)
            self.assertEqual({name: digest for name, digest in camp.hashes().items()
                              if digest != hashes.get(name)}, {}, camp.directory)


class AtOnce(Place):
    def test_two_syncs_of_one_clone(self):
        self.origin()
        laptop = self.home.join(self.scratch.path + "/laptop", "bo")
        wanted = ["welcome"]
        for i in range(POSTS):
            laptop.ok("post", f"laptop {i}")
            self.home.ok("post", f"home {i}")
            wanted += [f"laptop {i}", f"home {i}"]
            self.at_once(*[lambda: self.assertEqual(laptop.run("sync").returncode, 0)] * 3)
        self.assert_all_there(wanted, laptop)

    def test_sync_beside_gc_of_the_origin(self):
        self.origin()
        laptop = self.home.join(self.scratch.path + "/laptop", "bo")
        wanted = ["welcome"]

        def writer():
            for i in range(POSTS):
                laptop.ok("post", f"laptop {i}")
                gone = laptop.ok("post", f"gone {i}")["short"]
                self.sync(laptop)
                laptop.ok("delete", gone)
                self.sync(laptop)
                wanted.append(f"laptop {i}")

        def keeper():
            for i in range(POSTS):
                gone = self.home.ok("post", f"gone at home {i}")["short"]
                self.home.ok("delete", "--now", gone)
                self.home.ok("gc")

        self.at_once(writer, keeper)
        self.assert_all_there(wanted, laptop)

    def test_writing_in_a_clone_while_it_syncs(self):
        self.origin()
        laptop = self.home.join(self.scratch.path + "/laptop", "bo")

        def writer():
            for i in range(3 * POSTS):
                laptop.ok("post", f"laptop {i}")

        def syncer():
            for _ in range(POSTS):
                self.sync(laptop)

        self.at_once(writer, syncer, syncer)
        self.assert_all_there(["welcome"] + [f"laptop {i}" for i in range(3 * POSTS)], laptop)

    def test_four_clones_at_one_moment(self):
        self.origin()
        handles = ("bo", "cy", "dee", "eva")
        them = {handle: self.home.join(f"{self.scratch.path}/{handle}", handle) for handle in handles}
        wanted = ["welcome"]
        for handle, clone in them.items():
            self.sync(clone)  # whoever joined first learns of the others
            for i in range(POSTS):
                clone.ok("post", "--to", "public" if i % 2 else "local", f"{handle} {i}")
                wanted.append(f"{handle} {i}")
            clone.ok("post", "--to", "direct", f"@bo @ana @eva letter of {handle}")
        self.at_once(*[lambda clone=clone: self.sync(clone) for clone in them.values()])
        self.assert_all_there(wanted, *them.values())
        letters = [f"@bo @ana @eva letter of {handle}" for handle in handles]
        for reader in ("ana", "bo", "eva"):
            seen = [text for text in self.home.contents(reader) if text.startswith("@")]
            self.assertEqual(seen, letters, reader)
        self.assertEqual([text for text in them["eva"].contents() if text.startswith("@")], letters)


class BesideReaders(Place):
    def open_reader(self, camp):
        """Somebody who reads the index and does not let go."""
        database = sqlite3.connect(camp.directory + "/state/index.db", isolation_level=None)
        self.addCleanup(database.close)
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return database

    def test_readers_of_both_indexes_keep_nothing_from_arriving(self):
        self.origin()
        laptop = self.home.join(self.scratch.path + "/laptop", "bo")
        gone = laptop.ok("post", f"say {WORD} once")["short"]
        laptop.sync()
        readers = [self.open_reader(camp) for camp in (self.home, laptop)]
        laptop.ok("delete", "--now", gone)
        laptop.ok("post", "from the laptop")
        self.home.ok("post", "from home")
        self.sync(laptop)
        self.home.ok("gc")
        for camp in (self.home, laptop):
            self.assertEqual(camp.contents(), ["from home", "from the laptop", "welcome"])
        for reader in readers:
            reader.close()
        for camp in (self.home, laptop):
            self.assertTrue(camp.ok("gc")["scrubbed"])
            self.assertEqual(faults.search(camp, MARKER, RARE), [])
        self.assert_all_there(["from home", "from the laptop", "welcome"], laptop)


@unittest.skipUnless(os.environ.get(disk_full_test.INSIDE) == "1", "no private mounts here")
class FullDisk(disk_full_test.Mounted):
    """Each write may fail, at another place with each number of bytes that are left."""

    def some_room(self, home, laptop):
        step = (8 if faults.full_depth() else 80) << 10
        failed = 0
        wanted = ["welcome"]
        for left in (*range(0, 400 << 10, step), 2 << 20):
            laptop.ok("post", f"laptop {left}")
            home.ok("post", f"home {left}", "--attach", self.picture)
            wanted += [f"laptop {left}", f"home {left}"]
            self.fill(left)
            done = laptop.run("sync", "--media")
            self.assertIn(done.returncode, (0, 1), done.stderr)
            if done.returncode == 1:
                failed += 1
                self.assert_clear(done)
            self.free()
            self.assertEqual(laptop.run("sync", "--media").returncode, 0)
            for camp in (home, laptop):
                self.assertEqual(camp.contents(), sorted(wanted), f"{left} bytes left")
            self.assertEqual(laptop.run("sync").returncode, 0)
            self.assertNotIn("outbox", laptop.hashes())
        self.assertGreater(failed, 1, "the disk was never full")
        for camp in (home, laptop):
            self.assertEqual(camp.fsck(), [])
            camp.ok("gc")
            self.assertEqual(clones.leftovers(camp.directory), [])

    def prepare(self, origin, clone):
        self.mount("size=32m")
        self.picture = self.scratch.path + "/picture.png"
        with open(self.picture, "wb") as handle:
            handle.write(faults.picture(b"picture", 90))
        home = clones.Origin(PROGRAM, origin + "/home")
        home.ok("post", "welcome")
        return home, home.join(clone + "/laptop", "bo")

    def test_under_the_clone(self):
        self.some_room(*self.prepare(self.scratch.path, self.disk))

    def test_under_the_origin(self):
        self.some_room(*self.prepare(self.disk, self.scratch.path))


def main():
    if os.environ.get(disk_full_test.INSIDE) != "1":
        inside = ["unshare", "-m", sys.executable, "-W", "ignore", *sys.argv]
        probe = subprocess.run(["unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"],
                               capture_output=True, check=False)
        if probe.returncode == 0:
            return subprocess.run(inside, env={**os.environ, disk_full_test.INSIDE: "1"},
                                  check=False).returncode
        print(f"without full disks: no private mounts here: {probe.stderr.decode().strip()}")
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
