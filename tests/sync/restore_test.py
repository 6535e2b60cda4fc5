#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An origin that was put back from a week-old copy: with its clones it loses nothing that they hold.

Usage: restore_test.py CAMP SHIM
"""

import os
import shutil
import subprocess
import sys
import unittest

import clones
import faults

PROGRAM, SHIM = sys.argv[1:3]
MARKER, RARE = "vanishжщъmarkerwort".encode(), "жщъ".encode()
WORD = MARKER.decode()
REFUSED, CONFLICT, NOT_FOUND = 4, 5, 3


def copies(camp):
    """How many pictures each repository has."""
    found = {}
    for path, _, files in os.walk(camp.directory + "/media"):
        if files:
            name = os.path.relpath(os.path.dirname(path), camp.directory)
            found[name] = sorted(found.get(name, []) + files)
    return found


class Restore(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.path = self.scratch.path
        self.home = clones.Origin(PROGRAM, self.path + "/home")
        self.laptop = self.home.join(self.path + "/laptop", "bo")
        self.cys = self.home.join(self.path + "/cys", "cy")
        self.sync(self.laptop)
        self.post(self.home, "ana before")
        self.post(self.laptop, "bo before")
        self.old_edited = self.home.ok("post", "before the edit")
        self.old_deleted = self.laptop.ok("post", f"before the deletion {WORD}")
        self.letter(self.laptop, "@cy a letter before")
        self.sync()

    def sync(self, *camps):
        for camp in camps or (self.laptop, self.cys, self.laptop):
            report = camp.sync("--media")
            self.assertEqual((report["refused"], report["peers"][0]["state"]), ([], "ok"), report)

    def post(self, camp, text, *words):
        picture = f"{self.path}/picture.png"
        with open(picture, "wb") as file:
            file.write(faults.picture(os.urandom(20)))
        return camp.ok("post", text, "--attach", picture, "--alt", "x", *words)

    def letter(self, camp, text):
        return self.post(camp, text, "--to", "direct")

    def take_copy(self):
        """The backup."""
        self.home.copy(self.path + "/old")

    def disaster(self):
        """The disk dies, and the old copy is put back."""
        shutil.rmtree(self.home.directory)
        subprocess.run(["cp", "-a", self.path + "/old", self.home.directory], check=True)

    def assert_asks(self, done):
        """Two lines that say what to do first, and nothing was done."""
        self.assertEqual(done.returncode, CONFLICT, done.stderr)
        lines = done.stderr.decode().splitlines()
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("copy", lines[0])
        self.assertIn("camp restore --from-clone", lines[1])
        self.assertIn("camp restore --newest", lines[1])

    def everything(self, *handles):
        """What the origin has for each of these, and what it knows of everybody."""
        state = {name: value for name, value in self.home.hashes().items()
                 if name in ("local", "public", "papers")}
        return {"state": state,
                "members": {row["handle"]: (row["id"], row["claimed"])
                            for row in self.home.ok("member", "list")},
                **{handle: self.home.contents(handle) for handle in handles}}

    # --- what comes back

    def test_nothing_is_lost_that_a_clone_holds(self):
        self.take_copy()
        self.post(self.home, "ana after")
        self.post(self.home, "ana to all", "--to", "public")
        self.home.ok("edit", self.old_edited["short"], "after the edit")
        self.laptop.ok("delete", self.old_deleted["short"])
        self.letter(self.laptop, "@cy @ana from bo after")
        self.letter(self.cys, "@bo from cy after")
        self.letter(self.home, "@bo from ana after")
        self.post(self.laptop, "bo after")
        self.post(self.laptop, "bo to all", "--to", "public")
        phone = self.home.clone(self.path + "/phone", "bo")  # keys change
        phone.ok("post", "with the new key")
        self.sync(phone)
        self.home.invite("di")
        eds = self.home.join(self.path + "/eds", "ed")  # a new member
        self.post(eds, "ed says hello")
        self.letter(eds, "@cy from ed")
        self.sync(eds)
        self.sync()
        self.post(self.cys, "the last one, which only cy has")
        self.sync(self.cys)
        before, pictures = self.everything("bo", "cy"), copies(self.home)
        self.disaster()
        self.assertNotEqual(self.everything("bo", "cy"), before)
        self.assertIn(WORD, str(self.home.contents()))
        self.assertEqual(set(self.home.members()), {"ana", "bo", "cy"})

        first = self.home.ok("restore", "--from-clone", self.laptop.directory)
        second = self.home.ok("restore", "--from-clone", self.cys.directory)
        self.assertEqual(first["refused"] + second["refused"], [])
        self.assertGreater(first["objects"], 10)
        self.assertGreater(first["media"], 5)
        self.assertGreater(second["objects"], 0)
        self.assertEqual(self.everything("bo", "cy"), before)
        self.assertIn("@cy @ana from bo after", self.home.contents("ana"))
        self.assertNotIn(WORD, str(self.home.contents()))
        for name in ("media/local", "media/public",
                     *(f"media/private/{self.home.members()[who]}" for who in ("bo", "cy"))):
            self.assertEqual(copies(self.home).get(name), pictures.get(name), name)
        self.assertEqual(self.home.fsck(), [])

        # Again, with each: nothing more.
        for clone in (self.laptop, self.cys):
            again = self.home.ok("restore", "--from-clone", clone.directory)
            self.assertEqual(again, {"objects": 0, "media": 0, "refused": []})
        self.home.ok("gc")
        self.assertEqual(faults.search(self.home, MARKER, RARE), [])

        # And it goes on: with the new key, the new member, the list of members.
        phone.ok("post", "bo again")
        self.sync(phone)
        third = self.home.ok("restore", "--from-clone", eds.directory)
        self.assertEqual(third["refused"], [])
        eds.ok("post", "ed again")
        self.letter(eds, "@bo ed to bo")
        self.sync(eds)
        self.home.join(self.path + "/fays", "fay")
        self.sync()
        self.assertEqual(set(self.laptop.members()), {"ana", "bo", "cy", "di", "ed", "fay"})
        for text in ("bo again", "ed again", "@bo ed to bo"):
            self.assertIn(text, self.laptop.contents())
        for name in ("local", "public", "papers"):
            self.assertEqual(self.home.hashes()[name], self.laptop.hashes()[name])

    def test_a_new_member_goes_on_before_their_own_clone_was_asked(self):
        self.take_copy()
        eds = self.home.join(self.path + "/eds", "ed")
        eds.ok("post", "ed says hello")
        self.sync(eds)
        self.sync()
        self.disaster()
        self.home.ok("restore", "--from-clone", self.laptop.directory)
        eds.ok("post", "ed again")
        eds.ok("post", "--to", "direct", "@bo ed to bo")
        self.sync(eds)
        self.laptop.ok("post", "--to", "direct", "@ed bo to ed")
        self.sync(self.laptop, eds)
        self.assertIn("@ed bo to ed", eds.contents())
        self.assertIn("@bo ed to bo", self.laptop.contents())
        self.assertEqual(self.home.fsck(), [])
        self.assertEqual(eds.fsck(), [])

    def test_what_waits_in_an_outbox_is_left_to_the_sync(self):
        self.take_copy()
        self.laptop.ok("post", "waits")
        self.disaster()
        self.home.ok("restore", "--from-clone", self.laptop.directory)
        self.assertNotIn("waits", self.home.contents())
        self.sync(self.laptop)
        self.assertIn("waits", self.home.contents())

    def test_a_clone_says_that_its_origin_is_behind(self):
        self.take_copy()
        self.laptop.ok("post", "after the copy")
        self.sync()
        self.disaster()
        done = self.laptop.run("sync")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"camp restore --from-clone", done.stderr)
        self.assertIn("after the copy", self.laptop.contents())  # nothing is taken away

    def test_a_restored_clone_catches_up(self):
        old = self.laptop.copy(self.path + "/old-laptop")
        self.laptop.ok("edit", self.laptop.ok("post", "twice said")["short"], "said otherwise")
        self.laptop.ok("delete", self.old_deleted["short"])
        self.letter(self.home, "@bo a letter")
        self.home.invite("di")
        self.sync()
        camp = clones.Camp(PROGRAM, old.directory)
        self.sync(camp)
        for name in ("local", "public", "papers"):
            self.assertEqual(camp.hashes()[name], self.laptop.hashes()[name])
        self.assertEqual(camp.contents(), self.laptop.contents())
        camp.ok("gc")
        self.assertEqual(faults.search(camp, MARKER, RARE), [])
        camp.ok("post", "it goes on")
        self.sync(camp)
        self.assertIn("it goes on", self.home.contents())

    # --- what is refused

    def test_only_from_a_clone_of_this_community(self):
        other = clones.Origin(PROGRAM, self.path + "/other")
        strange = other.join(self.path + "/strange", "gus")
        os.makedirs(self.path + "/empty", mode=0o700)
        before = self.everything("bo", "cy")
        for directory, code in ((other.directory, REFUSED), (strange.directory, REFUSED),
                                (self.home.directory, REFUSED), (self.path + "/empty", NOT_FOUND),
                                (self.path + "/nowhere", NOT_FOUND)):
            done = self.home.run("restore", "--from-clone", directory)
            self.assertEqual(done.returncode, code, (directory, done.stderr))
            self.assertEqual(len(done.stderr.decode().splitlines()), 2, done.stderr)
        for words in (("--from-clone", self.cys.directory), ("--newest",)):
            self.assertEqual(self.laptop.run("restore", *words).returncode, REFUSED)
        for words in ((), ("--from-clone", self.cys.directory, "--newest")):
            self.assertEqual(self.home.run("restore", *words).returncode, 2)
        self.assertEqual(self.everything("bo", "cy"), before)

    def test_a_clone_that_was_tampered_with_brings_nothing_false(self):
        """Its owner can write into its repositories: what does not prove itself stays there."""
        public = self.laptop.directory + "/local.git"
        branch = faults.git(public, "for-each-ref", "--format=%(refname)", "refs/heads/e/").decode()
        branch = branch.split()[0]
        listing = faults.git(public, "ls-tree", "-r", branch).decode().splitlines()
        blob = next(line.split()[2] for line in listing
                    if b"ana before" in faults.git(public, "cat-file", "blob", line.split()[2]))
        path = next(line.split("\t")[1] for line in listing if blob in line)
        forged = faults.git(public, "cat-file", "blob", blob).replace(b"ana before", b"ana beforf")
        new = faults.git(public, "hash-object", "-w", "--stdin", data=forged).decode().strip()
        index = {**faults.GIT_ENVIRONMENT, "GIT_INDEX_FILE": self.path + "/index"}
        for words in (["read-tree", branch], ["update-index", "--cacheinfo", f"100644,{new},{path}"]):
            subprocess.run(["git", "-c", "safe.directory=*", "--git-dir", public, *words], env=index,
                           check=True)
        tree = subprocess.run(["git", "-c", "safe.directory=*", "--git-dir", public, "write-tree"],
                              env=index, check=True, capture_output=True).stdout.decode().strip()
        commit = faults.git(public, "commit-tree", "-m", "x", tree).decode().strip()
        faults.git(public, "update-ref", branch, commit)
        self.home.run("restore", "--from-clone", self.laptop.directory)
        self.assertIn("ana before", self.home.contents())
        self.assertNotIn("ana beforf", str(self.home.contents()))
        self.assertEqual(self.home.fsck(), [])

    # --- nothing is chained to an old end

    def chained(self):
        """Everything that adds a link: to the list of members, to somebody's keys."""
        return (("member", "add", "fay"), ("key", "add", "--name", "tablet", "--key-file", self.path + "/tablet"),
                ("key", "claim", "di", "--code", self.code, "--paper-key-file", self.path + "/di.paper"))

    def test_a_copy_that_was_put_back_adds_no_link_to_a_chain(self):
        self.code = self.home.invite("di")
        self.take_copy()
        self.home.join(self.path + "/eds", "ed")
        self.sync()
        self.disaster()
        before = self.home.hashes()
        for words in self.chained():
            self.assert_asks(self.home.run(*words))
        self.assertFalse(os.path.exists(self.path + "/di.paper"))
        done = self.home.run("clone", self.home.directory, self.path + "/dis", "--code", self.code,
                             "--paper-key-file", self.path + "/di.paper", member="di")
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        self.assertFalse(os.path.exists(self.path + "/di.paper"))
        self.assertFalse(os.path.exists(self.path + "/dis"))
        self.assertEqual(self.home.hashes(), before)
        # Everything else goes on.
        self.home.ok("post", "meanwhile")
        self.laptop.ok("post", "from a clone")
        self.laptop.sync()
        self.assertIn("from a clone", self.home.contents())

        self.home.ok("restore", "--from-clone", self.laptop.directory)
        self.assertIn("ed", self.home.members())
        self.assertEqual(self.home.run("member", "add", "ed").returncode, CONFLICT)  # it is taken
        for words in self.chained():
            self.home.ok(*words)
        self.sync()
        self.assertIn("fay", self.laptop.members())
        self.assertEqual(self.laptop.fsck(), [])

    def test_nothing_newer_there_is(self):
        self.take_copy()
        self.disaster()
        self.assert_asks(self.home.run("member", "add", "fay"))
        self.home.ok("restore", "--newest")
        self.home.ok("member", "add", "fay")
        self.home.ok("member", "add", "gus")

    def test_moving_the_directory_is_no_copy(self):
        moved = clones.Origin.__new__(clones.Origin)
        clones.Camp.__init__(moved, PROGRAM, self.path + "/moved")
        os.rename(self.home.directory, moved.directory)
        moved.ok("member", "add", "fay")
        self.assertEqual(moved.fsck(), [])
        moved.ok("reindex")
        moved.ok("gc")
        moved.ok("member", "add", "gus")

    def test_other_ways_to_put_a_copy_back(self):
        """In place, by each tool; whole, or the repository of the list of members alone."""
        def archive():
            subprocess.run(["tar", "-C", self.path + "/old", "-cf", self.path + "/old.tar", "."],
                           check=True)

        def unpack():
            subprocess.run(["tar", "-C", self.home.directory, "-xpf", self.path + "/old.tar"],
                           check=True)

        def one_repository():
            shutil.rmtree(self.home.directory + "/local.git")
            subprocess.run(["cp", "-a", self.path + "/old/local.git", self.home.directory], check=True)

        ways = {"tar": unpack, "cp": lambda: subprocess.run(
            ["cp", "-a", self.path + "/old/.", self.home.directory], check=True),
                "one repository": one_repository}
        if shutil.which("rsync"):
            ways["rsync"] = lambda: subprocess.run(
                ["rsync", "-a", "--delete", self.path + "/old/", self.home.directory + "/"], check=True)
        for number, (way, put_back) in enumerate(ways.items()):
            with self.subTest(way):
                self.take_copy()
                archive()
                self.home.ok("member", "add", f"fay{number}")
                put_back()
                self.assert_asks(self.home.run("member", "add", "gus"))
                self.home.ok("restore", "--newest")
                shutil.rmtree(self.path + "/old")

    def test_what_happens_without_that(self):
        """The reason for all this: two ways on from one link cannot be joined again."""
        self.take_copy()
        self.home.ok("member", "add", "ed")
        self.sync()
        self.disaster()
        self.home.ok("restore", "--newest")  # which was not true
        self.home.ok("member", "add", "fay")
        forked = self.home.ok("restore", "--from-clone", self.laptop.directory)
        self.assertIn("two ways", forked["refused"][0]["reason"])
        self.assertEqual(set(self.home.members()), {"ana", "bo", "cy", "fay"})
        report = self.laptop.sync()
        self.assertIn("two ways", str(report["refused"]))
        self.assertEqual(set(self.laptop.members()), {"ana", "bo", "cy", "ed"})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
