#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Deleted words are gone: no git object, file of the index or picture holds them any more.

git deflates, so a search of the raw files proves nothing. This one inflates every object of every
repository, and each test first shows that it finds the words while they are still there.

Usage: purge_test.py CAMP SHIM
"""

import os
import shutil
import sys
import unittest

import faults

PROGRAM, SHIM = sys.argv[1:3]
MARKER, RARE = "vanishжщъmarkerwort".encode(), "жщъ".encode()
WORD = MARKER.decode()


class Purge(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.camp = faults.Community(PROGRAM, self.scratch.path + "/camp").init("bo", "cy")
        self.camp.ok("post", "what stays")

    def find(self):
        return faults.search(self.camp, MARKER, RARE)

    def assert_found(self, *parts):
        """The positive control: the words are there, and the search sees them where they are."""
        found = self.find()
        for part in parts:
            self.assertTrue(any(part in place for place in found), f"{part}: found only {found}")
        return found

    def assert_gone(self):
        self.assertEqual(self.find(), [])
        self.assertEqual(self.camp.fsck(), [])
        self.assertIn("what stays", self.camp.contents())

    def test_delete_now(self):
        post = self.camp.ok("post", f"say {WORD} once")
        self.assert_found("local.git (objects)", "state/index.db")
        raw = faults.search_raw(self.camp.directory, [MARKER])
        self.assertEqual([file for file in raw if ".git/" in file], [],
                         "git stores deflated bytes: the raw search was expected to miss them")
        self.camp.ok("delete", "--now", post["short"])
        self.assert_gone()

    def test_plain_delete_and_gc(self):
        post = self.camp.ok("post", f"say {WORD} once")
        self.camp.ok("delete", post["short"])
        self.assert_found("local.git (objects)")
        self.assertNotIn(WORD, str(self.camp.timeline()))
        self.camp.ok("gc")
        self.assert_gone()

    @staticmethod
    def much_later(post):
        return {"CAMP_NOW": post["published"][:2] + "99" + post["published"][4:]}

    def test_plain_delete_goes_by_itself_after_a_day(self):
        file = self.scratch.path + "/picture.png"
        with open(file, "wb") as handle:
            handle.write(faults.picture(MARKER))
        post = self.camp.ok("post", f"say {WORD} once", "--attach", file)
        self.camp.ok("delete", post["short"])
        self.assert_found("local.git (objects)", "media/local/")
        self.camp.ok("post", "much later", extra=self.much_later(post))
        self.assertEqual(self.find(), [])

    def test_edit_and_gc(self):
        post = self.camp.ok("post", f"say {WORD} once")
        self.camp.ok("edit", post["short"], "say it otherwise")
        self.assert_found("local.git (objects)")
        self.camp.ok("gc")
        self.assert_gone()
        self.assertIn("say it otherwise", self.camp.contents())

    def test_several_edits_and_delete(self):
        post = self.camp.ok("post", f"one {WORD}", "--summary", f"{WORD}s")
        self.camp.ok("edit", post["short"], f"two {WORD}")
        self.camp.ok("edit", post["short"], f"three {WORD}")
        self.assert_found("local.git (objects)", "state/index.db")
        self.camp.ok("delete", "--now", post["short"])
        self.assert_gone()

    def test_public_post_with_a_summary_and_a_tag(self):
        post = self.camp.ok("post", "--to", "public", "--summary", WORD, f"#{WORD} @bo")
        self.assert_found("public.git (objects)")
        self.camp.ok("delete", "--now", post["short"])
        self.assert_gone()

    def test_letter_with_copies(self):
        letter = self.camp.ok("post", "--to", "direct", f"@bo @cy {WORD}")
        members = self.camp.members()
        self.assert_found(*(f"private/{members[who]}.git (objects)" for who in ("ana", "bo", "cy")))
        self.camp.ok("edit", letter["short"], f"@bo @cy another {WORD}")
        self.camp.ok("delete", "--now", letter["short"])
        self.assert_gone()
        for who in ("ana", "bo", "cy"):
            self.assertNotIn("direct", [post["audience"] for post in self.camp.timeline(who)])

    def test_post_with_a_picture(self):
        file = self.scratch.path + "/picture.png"
        with open(file, "wb") as handle:
            handle.write(faults.picture(MARKER))
        post = self.camp.ok("post", "look", "--attach", file, "--alt", f"alt {WORD}")
        self.assert_found("local.git (objects)", "media/local/")
        self.camp.ok("delete", "--now", post["short"])
        self.assert_gone()
        left = [files for _, _, files in os.walk(self.camp.directory + "/media")]
        self.assertEqual(sum(left, []), [])

    def test_picture_of_a_letter_and_one_that_another_post_still_names(self):
        file = self.scratch.path + "/picture.png"
        with open(file, "wb") as handle:
            handle.write(faults.picture(b"innocent pixels"))
        self.camp.ok("post", "keep", "--attach", file)
        letter = self.camp.ok("post", "--to", "direct", f"@bo {WORD}", "--attach", file)
        self.assertEqual(len(faults.search_raw(self.camp.directory, [b"innocent pixels"])), 3)
        self.camp.ok("delete", "--now", letter["short"])
        self.assert_gone()
        kept = faults.search_raw(self.camp.directory, [b"innocent pixels"])
        self.assertEqual(len(kept), 1)
        self.assertTrue(kept[0].startswith("media/local/"), kept)

    def test_packed_posts_among_deltas(self):
        posts = [self.camp.ok("post", f"the long and always nearly equal text of post {i} with "
                                      f"{WORD} inside, so that git stores differences")
                 for i in range(8)]
        self.camp.ok("gc")
        local = self.camp.directory + "/local.git"
        self.assertTrue(self.has_deltas_of_blobs(local), "no post was stored as a difference")
        self.assert_found("local.git (objects)")
        for post in posts[:4]:
            self.camp.ok("delete", "--now", post["short"])
        self.assert_found("local.git (objects)")
        self.assertEqual(len(self.camp.timeline()), 5)
        for post in posts[4:]:
            self.camp.ok("delete", post["short"])
        self.camp.ok("gc")
        self.assert_gone()

    @staticmethod
    def has_deltas_of_blobs(repository):
        for name in os.listdir(repository + "/objects/pack"):
            if not name.endswith(".idx"):
                continue
            listing = faults.git(repository, "verify-pack", "-v",
                                 f"{repository}/objects/pack/{name}")
            for line in listing.decode().splitlines():
                words = line.split()
                if len(words) == 7 and words[1] == "blob":
                    return True
        return False

    def test_deletion_after_each_kill_of_the_writer(self):
        """A killed writer leaves blobs that no commit took, whole or half-written."""
        log, orphans, at = self.scratch.path + "/log", 0, 1
        while True:
            broken = self.camp.copy(f"{self.scratch.path}/broken")
            killed = broken.run("post", f"say {WORD} once",
                                extra=faults.faulty(SHIM, broken.directory, log, at, "half"))
            if killed.returncode == 0:
                break
            self.assertEqual(killed.returncode, faults.KILLED)
            hidden = WORD not in str(broken.timeline())
            if faults.search(broken, MARKER, RARE):
                orphans += hidden
            if hidden:  # the person writes it again, and thinks better of it
                broken.ok("post", f"say {WORD} once")
            posts = [post for post in broken.timeline() if WORD in post["content"]]
            for post in posts:
                broken.ok("delete", *(["--now"] if at % 2 else []), post["short"])
            if at % 2 == 0:
                broken.ok("post", "much later", extra=self.much_later(posts[0]))
            self.assertEqual(faults.search(broken, MARKER, RARE), [], f"after a kill at call {at}")
            shutil.rmtree(broken.directory)
            at += 1 if faults.full_depth() else 3
        self.assertGreater(orphans, 0, "no kill left an orphan, so nothing was shown")

    def assert_gc_clears_orphans_of(self, *words):
        log, seen, at = self.scratch.path + "/log", 0, 1
        while True:
            broken = self.camp.copy(f"{self.scratch.path}/broken")
            killed = broken.run(*words, extra=faults.faulty(SHIM, broken.directory, log, at, "after"))
            if killed.returncode == 0:
                break
            if "once" not in str(broken.timeline()) and faults.search(broken, MARKER, RARE):
                seen += 1
                broken.ok("gc")
                self.assertEqual(faults.search(broken, MARKER, RARE), [], f"call {at}")
            shutil.rmtree(broken.directory)
            at += 1 if faults.full_depth() else 4
        self.assertGreater(seen, 0)

    def test_orphan_of_a_killed_writer_goes_with_gc_alone(self):
        self.assert_gc_clears_orphans_of("post", f"say {WORD} once")

    def test_picture_of_a_killed_writer_goes_with_gc_alone(self):
        file = self.scratch.path + "/picture.png"
        with open(file, "wb") as handle:
            handle.write(faults.picture(MARKER))
        self.assert_gc_clears_orphans_of("post", "once", "--attach", file)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
