#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What once kept a clone from getting on with its origin, each in its simplest form.

Usage: trouble_test.py CAMP SHIM
"""

import hashlib
import os
import shutil
import sys
import unittest

import clones
import faults

PROGRAM = sys.argv[1]


def at(hour):
    return {"CAMP_NOW": f"2027-01-20T{hour:02}:00:00Z"}


class Trouble(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.home = clones.Origin(PROGRAM, self.scratch.path + "/home")
        self.home.ok("post", "welcome", extra=at(1))
        self.laptop = self.home.join(self.scratch.path + "/laptop", "bo")

    def phone(self):
        return self.home.clone(self.scratch.path + "/phone", "bo")

    def assert_settled(self, *them, hour=20):
        """Everything sent, nothing refused, the same on both sides."""
        for clone in them:
            self.assertEqual(clone.sync(extra=at(hour))["refused"], [])
        for clone in them:
            report = clone.sync(extra=at(hour))
            self.assertEqual((report["refused"], report["submitted"]), ([], 0))
            hashes = clone.hashes()
            self.assertNotIn("outbox", hashes)
            self.assertEqual(hashes["local"], self.home.hashes()["local"])

    def test_two_devices_delete_the_same_post(self):
        """Of two tombstones for one place the one with the lower digest stays: either's, by chance."""
        phone = self.phone()
        posts = [self.laptop.ok("post", f"too much {i}", extra=at(2))["short"] for i in range(6)]
        self.laptop.sync(extra=at(3))
        phone.sync(extra=at(3))
        for post in posts:
            self.laptop.ok("delete", post, extra=at(4))
            phone.ok("delete", post, extra=at(5))
        self.assert_settled(self.laptop, phone)

    def test_an_edit_comes_after_a_newer_one(self):
        phone = self.phone()
        post = self.laptop.ok("post", "first", extra=at(2))["short"]
        self.laptop.sync(extra=at(3))
        phone.sync(extra=at(3))
        self.laptop.ok("edit", post, "second", extra=at(4))
        phone.ok("edit", post, "third", extra=at(5))
        phone.sync(extra=at(6))
        # The laptop learns of the newer edit, but its own does not get through.
        os.rename(self.laptop.directory + "/outbox", self.scratch.path + "/kept")
        self.laptop.sync(extra=at(7))
        shutil.rmtree(self.laptop.directory + "/outbox", ignore_errors=True)
        os.rename(self.scratch.path + "/kept", self.laptop.directory + "/outbox")
        self.assert_settled(self.laptop, phone)
        self.assertEqual(self.home.contents(), ["third", "welcome"])

    def test_a_liked_post_is_deleted_before_it_left(self):
        post = self.laptop.ok("post", "regretted", extra=at(2))["short"]
        self.laptop.ok("like", post, extra=at(3))
        self.laptop.ok("delete", post, extra=at(4))
        self.assert_settled(self.laptop)

    def test_what_was_written_ahead_and_edited_when_the_clock_was_right(self):
        post = self.laptop.ok("post", "from the future", extra=at(20))["short"]
        self.laptop.ok("reply", post, "an answer", extra=at(10))
        self.laptop.ok("edit", post, "from now", extra=at(11))
        self.laptop.ok("like", post, extra=at(11))
        self.assert_settled(self.laptop, hour=12)
        self.assertEqual(self.home.contents(), ["an answer", "from now", "welcome"])
        row = [row for row in self.home.timeline() if row["content"] == "from now"][0]
        self.assertEqual((row["likes"], row["replies"]), (1, 1))

    def test_the_answer_was_lost_and_the_clock_went_back(self):
        """The origin has the post; signed again it would be there twice."""
        self.laptop.ok("post", "once", extra=at(2))
        shutil.copytree(self.laptop.directory, self.scratch.path + "/before", symlinks=True)
        self.laptop.sync(extra=at(3))
        shutil.rmtree(self.laptop.directory)
        os.rename(self.scratch.path + "/before", self.laptop.directory)
        self.laptop.sync(extra={"CAMP_NOW": "2026-12-01T00:00:00Z"})
        self.assert_settled(self.laptop)
        self.assertEqual(self.home.contents(), ["once", "welcome"])

    def test_an_edit_waits_while_the_origin_is_put_back(self):
        """The origin lost what is edited; only the clone has it, and must not have purged it."""
        shutil.copytree(self.home.directory, self.scratch.path + "/old", symlinks=True)
        post = self.laptop.ok("post", "Quittengelee", extra=at(2))["short"]
        self.laptop.sync(extra=at(3))
        self.laptop.ok("edit", post, "second", extra=at(4))
        self.laptop.ok("gc", extra={"CAMP_NOW": "2027-01-22T00:00:00Z"})
        shutil.rmtree(self.home.directory)
        os.rename(self.scratch.path + "/old", self.home.directory)
        self.home.ok("restore", "--from-clone", self.laptop.directory, extra=at(5))
        self.assert_settled(self.laptop)
        self.assertEqual(self.home.contents(), ["second", "welcome"])
        for camp in (self.home, self.laptop):
            camp.ok("gc", extra={"CAMP_NOW": "2027-01-25T00:00:00Z"})
            words = faults.git(camp.directory + "/local.git", "cat-file", "--batch-all-objects", "--batch")
            self.assertNotIn(b"Quittengelee", words)

    def test_what_a_killed_fetch_left(self):
        os.makedirs(self.laptop.directory + "/state/quarantine/local.git/objects")
        self.assert_settled(self.laptop)
        self.assertEqual(clones.leftovers(self.laptop.directory), [])

    def test_letters_that_come_back_bring_their_pictures(self):
        picture = self.scratch.path + "/picture.png"
        with open(picture, "wb") as handle:
            handle.write(faults.picture(b"picture", 90))
        shutil.copytree(self.home.directory, self.scratch.path + "/old", symlinks=True)
        self.laptop.ok("post", "--to", "direct", "@ana look", "--attach", picture, extra=at(2))
        self.laptop.sync(extra=at(3))
        shutil.rmtree(self.home.directory)
        os.rename(self.scratch.path + "/old", self.home.directory)
        self.home.ok("restore", "--from-clone", self.laptop.directory, extra=at(4))
        self.assertEqual(self.home.contents("ana"), ["@ana look", "welcome"])
        self.assertEqual(self.home.fsck(), [])

    def incoming(self):
        """The pictures that wait at the origin for their posts: names and sizes."""
        top = self.home.directory + "/media/incoming"
        return {name: os.path.getsize(os.path.join(path, name))
                for path, _, names in os.walk(top) for name in names}

    def put(self, shade, size):
        """Lays a picture down, as a clone that comes by ssh does before its post."""
        bytes_ = faults.picture(b"", shade, size, size)
        digest = hashlib.sha256(bytes_).hexdigest()
        done = self.home.run("ssh-command", "bo", data=bytes_,
                             extra={"SSH_ORIGINAL_COMMAND": f"camp-media put local {digest}"})
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return digest

    def test_pictures_that_wait_for_no_post_have_a_bound(self):
        """64 MiB and 256 pictures of a member; those that have waited longest make room."""
        laid = [self.put(shade, 2200) for shade in range(6)]  # 14 MiB each
        self.assertEqual(set(self.incoming()), set(laid[2:]))
        self.assertLessEqual(sum(self.incoming().values()), 64 << 20)
        place = f"{self.home.directory}/media/incoming/{self.home.members()['bo']}"
        for i in range(260):
            with open(f"{place}/{i:064x}", "wb") as handle:
                handle.write(b"x")
            os.utime(f"{place}/{i:064x}", (1_000_000 + i, 1_000_000 + i))
        last = self.put(7, 16)
        self.assertEqual(len(self.incoming()), 256)
        self.assertLessEqual({last, *laid[2:]}, set(self.incoming()))
        self.assertIn(f"{259:064x}", self.incoming())
        self.assertNotIn(f"{8:064x}", self.incoming())

    def test_more_pictures_than_may_wait_come_in_turns(self):
        for shade in range(6):
            with open(self.scratch.path + "/large.png", "wb") as handle:
                handle.write(faults.picture(b"", shade, 2200, 2200))
            self.laptop.ok("post", f"large {shade}", "--attach", self.scratch.path + "/large.png",
                           extra=at(2))
        self.assert_settled(self.laptop)
        self.assertEqual(len(self.home.timeline()), 7)
        self.assertEqual(self.incoming(), {})
        self.assertEqual(self.home.fsck(), [])

    def test_who_is_suspended_fetches_whatever_their_clock_was(self):
        """What waits is dated ahead, and a suspended member may not sign it again."""
        self.laptop.ok("post", "from the future", extra=at(20))
        self.home.ok("member", "suspend", "bo", extra=at(3))
        self.laptop.sync(extra=at(4))
        self.home.ok("post", "news", extra=at(5))
        report = self.laptop.sync(extra=at(6))
        self.assertEqual([peer["state"] for peer in report["peers"]], ["ok"])
        self.assertEqual([each["waits"] for each in report["refused"]], [True])
        self.assertIn("news", self.laptop.contents())
        self.home.ok("member", "restore", "bo", extra=at(7))
        self.laptop.sync(extra=at(8))
        self.assert_settled(self.laptop, hour=9)
        self.assertIn("from the future", self.home.contents())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
