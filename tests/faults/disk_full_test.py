#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A full disk and a read-only one: what is there can be read, nothing is lost, errors are clear.

Needs to mount small file systems of its own, in a mount namespace that nobody else sees; skipped
where that is not allowed.

Usage: disk_full_test.py CAMP SHIM
"""

import os
import re
import subprocess
import sys
import unittest

import faults

PROGRAM = sys.argv[1]
INSIDE = "CAMP_FAULTS_INSIDE"
# What SQLite needs beside the index even to read it.
SHARED_MEMORY = 40 << 10


class Mounted(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.disk = self.scratch.path + "/disk"
        os.mkdir(self.disk)

    def mount(self, options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        return faults.Community(PROGRAM, self.disk + "/camp")

    def remount(self, options):
        subprocess.run(["mount", "-o", "remount," + options, self.disk], check=True)

    def fill(self, left):
        """Takes the disk but for so many bytes."""
        free = os.statvfs(self.disk)
        with open(self.disk + "/ballast", "wb") as handle:
            handle.write(b"x" * max(0, free.f_bavail * free.f_frsize - left))

    def free(self):
        os.unlink(self.disk + "/ballast")

    def assert_clear(self, done, *words):
        """Exit 1, one line that says what failed and one that says what to do."""
        text = done.stderr.decode()
        self.assertEqual(done.returncode, 1, text)
        self.assertEqual(len(text.strip().splitlines()), 2, text)
        for word in words:
            self.assertRegex(text, word)
        self.assertNotRegex(text, re.compile("bug|assert|terminate", re.I))


class DiskFull(Mounted):
    def test_a_nearly_full_disk_refuses_and_loses_nothing(self):
        camp = self.mount("size=24m").init("bo")
        post = camp.ok("post", "before")
        self.fill(2 << 20)
        for words in (["post", "no room"], ["edit", post["short"], "no room"],
                      ["post", "--to", "direct", "@bo no room"], ["member", "add", "cy"],
                      ["delete", post["short"]]):
            self.assert_clear(camp.run(*words), "full", "free some space")
        self.assertEqual(camp.contents(), ["before"])
        self.assertEqual(camp.fsck(), [])
        self.free()
        camp.ok("post", "after")
        camp.ok("member", "add", "cy")
        self.assertEqual(camp.contents(), ["after", "before"])
        self.assertEqual(camp.fsck(), [])

    def test_no_byte_left_at_any_moment(self):
        """Past the reserve: each write may fail at another place."""
        camp = self.mount("size=24m").init("bo")
        camp.ok("post", "before")
        for left in range(0, 320 << 10, (8 if faults.full_depth() else 40) << 10):
            self.fill(left)
            for words in (["gc"], ["reindex"]):
                done = camp.run(*words)
                self.assertIn(done.returncode, (0, 1), done.stderr)
                if done.returncode == 1:
                    self.assert_clear(done)
            done = camp.run("timeline")
            if left < SHARED_MEMORY and done.returncode != 0:
                self.assert_clear(done, "full")
            else:
                self.assertEqual(done.returncode, 0, f"{left} bytes left: {done.stderr}")
            self.free()
            self.assertEqual(camp.contents(), ["before"])
            self.assertEqual(camp.fsck(), [])
        camp.ok("post", "after")

    def test_init_on_a_full_disk_leaves_nothing(self):
        camp = self.mount("size=2m")
        made = 0
        for left in range(0, 1 << 20, (16 if faults.full_depth() else 100) << 10):
            self.fill(left)
            done = subprocess.run([PROGRAM, "init", camp.directory, "--name", "N", "--admin", "ana",
                                   "--paper-key-file", f"{self.scratch.path}/paper{left}"],
                                  capture_output=True, check=False)
            if done.returncode == 0:
                made += 1
                break
            self.assert_clear(done)
            self.free()
            self.assertEqual(os.listdir(self.disk), [])
        self.assertTrue(made, "no size was enough")

    def test_letters_owed_by_a_killed_writer_on_a_disk_that_filled_up(self):
        camp, log = self.mount("size=24m").init("bo", "cy"), self.scratch.path + "/log"
        camp.ok("post", "before")
        at, halves = 1, 0
        while True:
            killed = camp.run("post", "--to", "direct", f"@bo @cy letter {at}",
                              extra=faults.faulty(sys.argv[2], camp.directory, log, at, "after"))
            if killed.returncode == 0:
                break
            self.fill(1 << 20)
            seen = camp.run("timeline", "--json")
            self.assertEqual(seen.returncode, 0, f"call {at}: {seen.stderr}")
            self.free()
            camp.ok("post", f"go on {at}")
            texts = [camp.contents(who) for who in ("ana", "bo", "cy")]
            self.assertEqual(texts[0], texts[1], f"call {at}")
            self.assertEqual(texts[0], texts[2], f"call {at}")
            halves += f"@bo @cy letter {at}" in texts[0]
            at += 3 if faults.full_depth() else 9
        self.assertGreater(halves, 1)
        self.assertEqual(camp.fsck(), [])


class ReadOnly(Mounted):
    def test_reading_works_and_writing_is_refused(self):
        camp = self.mount("size=24m").init("bo")
        post = camp.ok("post", "hello soup")
        camp.ok("post", "--to", "direct", "@bo a letter")
        self.remount("ro")
        for words in (["timeline"], ["show", post["short"]], ["thread", post["short"]],
                      ["search", "soup"], ["member", "list"], ["info"], ["key", "show"],
                      ["object", "list"]):
            done = camp.run(*words)
            self.assertEqual(done.returncode, 0, f"{words}: {done.stderr.decode()}")
        self.assertEqual(len(camp.timeline()), 2)
        for words in (["post", "x"], ["edit", post["short"], "x"], ["delete", post["short"]],
                      ["like", post["short"]], ["gc"], ["reindex"], ["member", "add", "cy"]):
            self.assert_clear(camp.run(*words), "read-only")
        done = camp.run("init", self.disk + "/second", "--name", "N", "--admin", "ana",
                        "--paper-key-file", self.scratch.path + "/p")
        self.assert_clear(done)
        self.remount("rw")
        camp.ok("post", "again")
        self.assertEqual(camp.fsck(), [])

    def test_fsck_of_a_read_only_copy(self):
        camp = self.mount("size=24m").init()
        camp.ok("post", "hello")
        self.remount("ro")
        done = camp.run("fsck")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        if done.returncode == 1:
            self.assert_clear(done, "read-only")


def main():
    if os.environ.get(INSIDE) != "1":
        probe = subprocess.run(["unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt"],
                               capture_output=True, check=False)
        if probe.returncode != 0:
            print(f"skipped: no private mounts here: {probe.stderr.decode().strip()}")
            return 77
        return subprocess.run(["unshare", "-m", sys.executable, "-W", "ignore", *sys.argv],
                              env={**os.environ, INSIDE: "1"}, check=False).returncode
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
