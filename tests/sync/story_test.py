#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A member joins from a laptop, writes on the train, comes home and syncs; a second device follows.

Usage: story_test.py CAMP SHIM
"""

import sys
import unittest

import clones
import faults

PROGRAM, SHIM = sys.argv[1:3]


class Story(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.home = clones.Origin(PROGRAM, self.scratch.path + "/home")
        self.home.ok("post", "welcome")
        self.laptop = self.home.join(self.scratch.path + "/laptop", "bo")

    def assert_same(self, *directories):
        hashes = [directory.hashes() for directory in directories]
        for name in ("local", "public", "papers"):
            self.assertEqual(len({each[name] for each in hashes}), 1, f"{name} differs: {hashes}")
        self.assertEqual([each for each in hashes if "outbox" in each], [])

    def test_written_on_the_train(self):
        post = self.laptop.ok("post", "from the train")
        self.assertTrue(post["pending"])
        self.home.ok("post", "meanwhile at home")
        report = self.laptop.sync()
        self.assertEqual((report["submitted"], report["refused"]), (1, []))
        self.assertNotIn("pending", self.laptop.ok("show", post["short"]))
        self.assertEqual(self.home.contents(), self.laptop.contents())
        self.assert_same(self.home, self.laptop)

    def test_a_second_device_follows(self):
        phone = self.home.clone(self.scratch.path + "/phone", "bo")
        phone.ok("post", "from the phone")
        phone.sync()
        self.laptop.sync()
        self.assertIn("from the phone", self.laptop.contents())
        self.assert_same(self.home, self.laptop, phone)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
