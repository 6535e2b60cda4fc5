#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A deletion reaches a clone that has synced: the words are nowhere in it, after a sync and a gc.

The search takes every git object apart (faults.search), and each test shows first that it finds the
words where they were.

Usage: purge_test.py CAMP SHIM
"""

import os
import shutil
import sys
import time
import unittest

import clones
import faults

PROGRAM, SHIM = sys.argv[1:3]
MARKER, RARE = "vanishжщъmarkerwort".encode(), "жщъ".encode()
WORD = MARKER.decode()
DAY = 24 * 60 * 60


def later(days):
    return {"CAMP_NOW": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + days * DAY))}


class Purge(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.path = self.scratch.path
        self.home = clones.Origin(PROGRAM, self.path + "/home")
        self.home.ok("post", "what stays")
        self.laptop = self.home.join(self.path + "/laptop", "bo")

    def find(self, camp=None):
        return faults.search(camp or self.laptop, MARKER, RARE)

    def assert_found(self, *parts, camp=None):
        """The positive control: the words are there, and the search sees them where they are."""
        found = self.find(camp)
        for part in parts:
            self.assertTrue(any(part in place for place in found), f"{part}: found only {found}")

    def assert_gone(self, *camps):
        for camp in camps or [self.laptop]:
            self.assertEqual(self.find(camp), [], camp.directory)
            self.assertEqual(camp.fsck(), [])
            self.assertIn("what stays", camp.contents())

    def picture(self):
        file = self.path + "/picture.png"
        with open(file, "wb") as handle:
            handle.write(faults.picture(MARKER))
        return file

    def sync(self, *camps):
        for camp in camps or [self.laptop]:
            report = camp.sync("--media")
            self.assertEqual((report["refused"], report["peers"][0]["state"]), ([], "ok"))

    # --- deleted at the origin

    def test_a_post_with_a_picture(self):
        post = self.home.ok("post", f"say {WORD}", "--summary", WORD, "--attach", self.picture(),
                            "--alt", f"alt {WORD}")
        self.sync()
        self.assert_found("local.git (objects)", "state/index.db", "media/local/")
        self.home.ok("delete", "--now", post["short"])
        self.sync()
        self.assertNotIn(WORD, str(self.laptop.timeline()))
        self.laptop.ok("gc")
        self.assert_gone(self.laptop, self.home)
        self.assertEqual(sum((files for _, _, files in os.walk(self.laptop.directory + "/media")), []),
                         [])

    def test_a_letter_and_its_edits(self):
        letter = self.home.ok("post", "--to", "direct", f"@bo {WORD}", "--attach", self.picture())
        self.sync()
        self.home.ok("edit", letter["short"], f"@bo another {WORD}")
        self.sync()
        bo = self.home.members()["bo"]
        self.assert_found(f"private/{bo}.git (objects)", f"media/private/{bo}/")
        self.home.ok("delete", "--now", letter["short"])
        self.sync()
        self.laptop.ok("gc")
        self.assert_gone(self.laptop, self.home)

    def test_an_edit(self):
        post = self.home.ok("post", f"say {WORD}")
        self.sync()
        self.assert_found("local.git (objects)")
        self.home.ok("edit", post["short"], "say it otherwise")
        self.sync()
        self.assert_found("local.git (objects)")
        self.laptop.ok("gc")
        self.assert_gone()
        self.assertIn("say it otherwise", self.laptop.contents())

    def test_it_goes_by_itself_with_a_sync_a_day_later(self):
        post = self.home.ok("post", f"say {WORD}")
        self.sync()
        self.home.ok("delete", post["short"])
        self.sync()
        self.assert_found("local.git (objects)")
        self.assertEqual(self.laptop.run("sync", extra=later(1.1)).returncode, 0)
        self.assertEqual(self.find(), [])

    def test_packed_posts_among_deltas(self):
        posts = [self.home.ok("post", f"the long and always nearly equal text of post {i} with "
                                      f"{WORD} inside, so that git stores differences")
                 for i in range(8)]
        self.sync()
        self.laptop.ok("gc")
        self.assert_found("local.git (objects)")
        for post in posts:
            self.home.ok("delete", "--now", post["short"])
        self.sync()
        self.laptop.ok("gc")
        self.assert_gone()

    def test_a_clone_that_was_away(self):
        """It never saw the words come, or saw them long ago."""
        post = self.home.ok("post", f"say {WORD}")
        old = self.laptop.copy(self.path + "/old")
        self.sync()
        self.home.ok("delete", "--now", post["short"])
        for camp in (old, self.laptop):
            self.sync(clones.Camp(PROGRAM, camp.directory))
            camp.ok("gc")
            self.assert_gone(camp)

    def test_a_mirror(self):
        path = self.path + "/mirror"
        post = self.home.ok("post", "--to", "public", f"say {WORD}", "--attach", self.picture())
        self.home.ok("post", "--to", "public", "what stays")
        self.home.ok("clone", self.home.directory, path, "--audience", "public", "--media")
        mirror = clones.Camp(PROGRAM, path)
        self.assert_found("public.git (objects)", "media/public/", camp=mirror)
        self.home.ok("delete", "--now", post["short"])
        self.sync(mirror)
        mirror.ok("gc")
        self.assert_gone(mirror)

    # --- deleted in another clone

    def test_deleted_in_another_members_clone(self):
        cys = self.home.join(self.path + "/cys", "cy")
        post = cys.ok("post", f"say {WORD}", "--attach", self.picture())
        letter = cys.ok("post", "--to", "direct", f"@bo {WORD}")
        self.sync(cys, self.laptop)
        self.assert_found("local.git (objects)", "private/", "media/local/")
        cys.ok("delete", post["short"])
        cys.ok("delete", letter["short"])
        self.sync(cys, self.laptop)
        for camp in (cys, self.laptop, self.home):
            camp.ok("gc")
        self.assert_gone(cys, self.laptop, self.home)

    def test_deleted_on_another_device_of_the_same_member(self):
        """A device of the owner said so, so nothing is kept for them."""
        phone = self.home.clone(self.path + "/phone", "bo")
        post = self.laptop.ok("post", f"say {WORD}", "--attach", self.picture())
        letter = self.laptop.ok("post", "--to", "direct", f"@ana {WORD}")
        self.sync(self.laptop, phone)
        phone.ok("delete", post["short"])
        phone.ok("delete", letter["short"])
        self.sync(phone, self.laptop)
        for camp in (phone, self.laptop, self.home):
            camp.ok("gc")
        self.assert_gone(phone, self.laptop)
        self.assert_gone(self.home)

    # --- not deleted by a device of the owner

    def join_with_a_server_key(self):
        """A member who decides by a paper key, speaks through the server, and has a clone as well."""
        paper = self.path + "/cy.paper"
        code = self.home.invite("cy")
        self.home.ok("key", "claim", "cy", "--code", code, "--paper-key-file", paper)
        return self.home.clone(self.path + "/cys", "cy")

    def test_the_owner_has_thirty_days(self):
        cys = self.join_with_a_server_key()
        post = cys.ok("post", f"say {WORD}", "--attach", self.picture())
        self.sync(cys, self.laptop)
        self.home.ok("delete", "--now", post["short"], member="cy")
        self.sync(cys, self.laptop)
        self.assertNotIn(WORD, str(cys.timeline()))
        for camp in (cys, self.laptop):
            camp.ok("gc")
        self.assert_gone(self.laptop, self.home)  # theirs are another's words
        self.assert_found("local.git (objects)", "media/local/", camp=cys)
        for camp in (cys, self.laptop):
            self.assertEqual(camp.fsck(), [])
        cys.ok("gc", extra=later(29))
        self.assert_found("local.git (objects)", "media/local/", camp=cys)
        cys.ok("gc", extra=later(31))
        self.assert_gone(cys)

    # --- never sent

    def test_what_never_left_the_outbox_is_gone_at_once(self):
        post = self.laptop.ok("post", f"say {WORD}", "--attach", self.picture())
        letter = self.laptop.ok("post", "--to", "direct", f"@ana {WORD}")
        edited = self.laptop.ok("post", f"say {WORD}")
        self.laptop.ok("edit", edited["short"], f"say another {WORD}")
        self.assert_found("outbox/local/", "outbox/private/", "state/index.db", "media/local/")
        for each in (post, letter, edited):
            self.laptop.ok("delete", "--now", each["short"])
        self.assert_gone()
        report = self.laptop.sync()
        self.assertEqual((report["refused"], report["peers"][0]["state"]), ([], "ok"))
        self.assertEqual(self.laptop.sync()["submitted"], 0)
        self.assertEqual([files for _, _, files in os.walk(self.laptop.directory + "/outbox") if files],
                         [])
        self.assertEqual(self.find(self.home), [])
        self.assertNotIn("outbox", self.laptop.hashes())

    def test_sent_but_the_answer_was_lost(self):
        """The origin has it, and the clone does not know."""
        post = self.laptop.ok("post", f"say {WORD}")
        kept = self.laptop.copy(self.path + "/kept")
        self.sync()
        kept.ok("delete", "--now", post["short"])
        self.assertEqual(self.find(kept), [])
        self.sync(clones.Camp(PROGRAM, kept.directory))
        self.home.ok("gc")
        self.assert_gone(self.home)
        self.sync()
        self.laptop.ok("gc")
        self.assert_gone()

    # --- quarantines

    def test_no_quarantine_stays(self):
        self.home.ok("post", f"say {WORD}")
        self.sync()
        self.assertEqual(os.listdir(self.laptop.directory + "/state/quarantine"), [])

    def test_no_quarantine_stays_after_a_kill(self):
        """A sync that was killed anywhere leaves nothing that a later deletion does not reach."""
        post = self.home.ok("post", f"say {WORD}")
        others = [self.home.ok("post", f"{WORD} {i}") for i in range(3)]
        before = self.laptop.copy(self.path + "/before")
        home = self.home.copy(self.path + "/kept-home")
        log, at, held, quarantined = self.path + "/log", 1, 0, 0
        self.home.ok("delete", "--now", post["short"])
        for each in others:
            self.home.ok("delete", "--now", each["short"])
        after = self.home.copy(self.path + "/after")
        while True:
            for camp in (self.home, self.laptop):
                shutil.rmtree(camp.directory)
            home.copy(self.home.directory)
            before.copy(self.laptop.directory)
            killed = self.laptop.run("sync", extra=faults.faulty(SHIM, self.laptop.directory, log, at,
                                                                 "half"))
            if killed.returncode == 0:
                break
            self.assertEqual(killed.returncode, faults.KILLED, killed.stderr)
            held += bool(self.find())
            quarantined += any("quarantine" in place for place in self.find())
            shutil.rmtree(self.home.directory)
            after.copy(self.home.directory)
            self.sync()
            self.laptop.ok("gc")
            self.assertEqual(self.find(), [], f"after a kill at call {at}")
            at += 1 if faults.full_depth() else 5
        self.assertGreater(held, 0)
        self.assertGreater(quarantined, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
