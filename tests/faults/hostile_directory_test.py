#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A community directory that somebody, or a bad disk, has tampered with: camp refuses or repairs,
fsck names what is wrong and what to do, and nothing forged is shown as valid.

Usage: hostile_directory_test.py CAMP SHIM
"""

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import unittest

import faults

PROGRAM = sys.argv[1]


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = faults.Scratch()
        cls.addClassCleanup(cls.scratch.__exit__)
        cls.base = faults.Community(PROGRAM, cls.scratch.path + "/base").init("bo")
        cls.first = cls.base.ok("post", "the first one")
        cls.base.ok("post", "the second one", member="bo")
        cls.base.ok("post", "--to", "public", "open to all")
        cls.base.ok("post", "--to", "direct", "@bo a letter")

    def setUp(self):
        place = f"{self.scratch.path}/{self._testMethodName}"
        os.mkdir(place)
        self.camp = self.base.copy(place + "/camp")
        self.addCleanup(shutil.rmtree, place, True)

    def path(self, name):
        return f"{self.camp.directory}/{name}"

    def assert_refused(self, done, *words):
        text = done.stderr.decode()
        self.assertNotIn(done.returncode, (0, 70), text)
        self.assertGreater(done.returncode, 0, text)
        for word in words:
            self.assertRegex(text, word)

    def assert_named(self, *words):
        """fsck ends with 7 and one of its problems says all of the words and has a remedy."""
        done = self.camp.run("fsck", "--json")
        self.assertEqual(done.returncode, 7, done.stdout + done.stderr)
        problems = json.loads(done.stdout)["problems"]
        for problem in problems:
            self.assertTrue(problem["path"] and problem["kind"] and problem["remedy"], problem)
        texts = [json.dumps(problem) for problem in problems]
        self.assertTrue(any(all(re.search(word, text) for word in words) for text in texts),
                        f"{words} not in {texts}")

    # --- the directory itself

    def test_a_world_writable_directory_is_refused(self):
        os.chmod(self.camp.directory, 0o777)
        self.assert_refused(self.camp.run("timeline"), "writ")
        os.chmod(self.camp.directory, 0o770)
        self.assert_refused(self.camp.run("timeline"), "writ")

    def test_a_directory_of_another_user_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give files away")
        os.chown(self.camp.directory, 12345, 12345)
        self.assert_refused(self.camp.run("timeline"))

    def test_a_symbolic_link_as_directory_of_repositories_is_refused(self):
        file = self.camp.directory + ".png"
        with open(file, "wb") as handle:
            handle.write(faults.picture(b"x"))
        self.camp.ok("post", "a picture", "--attach", file)
        for name in ("private", "keys", "media", "state"):
            broken = self.camp.copy(f"{self.camp.directory}.{name}")
            os.rename(f"{broken.directory}/{name}", f"{broken.directory}.moved.{name}")
            os.symlink(f"{broken.directory}.moved.{name}", f"{broken.directory}/{name}")
            self.assert_refused(broken.run("post", "--to", "direct", "@bo through a link",
                                           "--attach", file))

    def test_a_symbolic_link_as_repository_is_refused(self):
        other = faults.Community(PROGRAM, self.camp.directory + ".other").init()
        shutil.rmtree(self.path("public.git"))
        os.symlink(other.directory + "/local.git", self.path("public.git"))
        before = faults.git(other.directory + "/local.git", "for-each-ref")
        self.assert_refused(self.camp.run("post", "--to", "public", "where does it go"))
        self.assertEqual(faults.git(other.directory + "/local.git", "for-each-ref"), before)

    def test_links_inside_a_repository_lead_nowhere(self):
        outside = self.camp.directory + ".outside"
        os.mkdir(outside)
        shutil.rmtree(self.path("local.git/hooks"), ignore_errors=True)
        os.mkdir(self.path("local.git/hooks"))
        hook = self.path("local.git/hooks/reference-transaction")
        with open(hook, "w", encoding="utf-8") as handle:
            handle.write(f"#!/bin/sh\ntouch {outside}/ran\n")
        os.chmod(hook, 0o755)
        self.camp.ok("post", "no hook runs")
        self.camp.ok("gc")
        self.camp.fsck()
        self.assertEqual(os.listdir(outside), [])

    def test_open_key_files_are_refused(self):
        for path, _, files in os.walk(self.path("keys")):
            for name in files:
                os.chmod(os.path.join(path, name), 0o644)
        self.assert_refused(self.camp.run("post", "with an open key"), "key", "chmod|600|others")
        self.assertEqual(len(self.camp.timeline()), 4)

    def test_key_files_with_garbage_are_named(self):
        for garbage in (b"", b"\0" * 64, b"00" * 32 + b"\n", os.urandom(65)):
            for path, _, files in os.walk(self.path("keys")):
                for name in files:
                    if name.endswith(".key"):
                        with open(os.path.join(path, name), "wb") as handle:
                            handle.write(garbage)
            self.assert_refused(self.camp.run("post", "with a broken key"), "key")

    def test_new_files_are_closed_to_others(self):
        old = os.umask(0)
        try:
            camp = faults.Community(PROGRAM, self.camp.directory + ".open").init("bo")
            file = self.camp.directory + ".png"
            with open(file, "wb") as handle:
                handle.write(faults.picture(b"x"))
            camp.ok("post", "--to", "direct", "@bo look", "--attach", file)
            camp.ok("gc")
        finally:
            os.umask(old)
        self.assertEqual(stat.S_IMODE(os.stat(camp.directory).st_mode), 0o700)
        for path, _, files in os.walk(camp.directory + "/keys"):
            for name in files:
                mode = stat.S_IMODE(os.stat(os.path.join(path, name)).st_mode)
                self.assertEqual(mode, 0o600, name)

    # --- the index and the state directory

    def test_garbage_in_the_index_is_repaired_or_explained(self):
        whole = self.camp.timeline()
        with open(self.path("state/index.db"), "rb") as handle:
            good = handle.read()
        damages = {"random": os.urandom(8192), "empty": b"", "text": b"not a database\n" * 100,
                   "cut": good[:len(good) // 2], "zeros": b"\0" * 4096,
                   "torn": good[:4096] + os.urandom(512) + good[4608:]}
        for name, data in damages.items():
            for suffix in ("-wal", "-shm"):
                if os.path.exists(self.path("state/index.db" + suffix)):
                    os.unlink(self.path("state/index.db" + suffix))
            with open(self.path("state/index.db"), "wb") as handle:
                handle.write(data)
            done = self.camp.run("timeline", "--all", "--json")
            if done.returncode != 0:
                self.assertIn(done.returncode, (1, 7), (name, done.stderr))
                self.assertRegex(done.stderr.decode(), "reindex|fsck", name)
            self.camp.ok("reindex")
            self.assertEqual(self.camp.timeline(), whole, name)
            self.assertEqual(self.camp.fsck(), [], name)

    def test_a_lying_index_is_found_out(self):
        database = sqlite3.connect(self.path("state/index.db"))
        tables = [row[0] for row in database.execute(
            "SELECT name FROM sqlite_schema WHERE type='table' AND sql LIKE '%content%'")]
        changed = 0
        for table in tables:
            try:
                changed += database.execute(
                    f"UPDATE \"{table}\" SET content='forged words' WHERE content='the first one'"
                ).rowcount
            except sqlite3.Error:
                pass
        database.commit()
        database.close()
        self.assertGreater(changed, 0)
        self.assert_named("state/index.db", "reindex")
        self.camp.ok("reindex")
        self.assertNotIn("forged words", self.camp.contents())
        self.assertEqual(self.camp.fsck(), [])

    def test_garbage_in_the_note_of_a_purge_is_explained(self):
        for garbage in (b"", b"{", b"[]", b'{"repository":1}', os.urandom(100),
                        b'{"repository":"../../etc","months":[],"dead":[]}',
                        b'{"repository":"local","months":[],"dead":["../../x"]}',
                        b'{"repository":"local","months":[{"branch":"../x","before":"","removed":[]}],'
                        b'"dead":[]}'):
            with open(self.path("state/rewrite.json"), "wb") as handle:
                handle.write(garbage)
            done = self.camp.run("post", "beside garbage")
            self.assertIn(done.returncode, (0, 1, 7), (garbage, done.stderr))
            self.assertNotIn(b"bug", done.stderr, garbage)
            if b'"branch":"../x"' not in garbage:  # the name of a branch is git's to refuse
                self.assertIn(b"state/rewrite.json is not what camp wrote", done.stderr, garbage)
            self.assertEqual(self.camp.run("timeline").returncode, 0, garbage)
        os.unlink(self.path("state/rewrite.json"))
        self.camp.ok("post", "without it")
        self.assertEqual(self.camp.fsck(), [])

    def test_a_note_of_a_purge_cannot_remove_what_is_not_overtaken(self):
        """A crafted note may only cost what its maker could delete anyway: it is not read from git."""
        with open(self.path("state/rewrite.json"), "w", encoding="utf-8") as handle:
            json.dump({"repository": "local.git/../public", "months": [], "dead": []}, handle)
        self.camp.run("gc")
        self.assertIn("open to all", self.camp.contents())

    def test_broken_settings_are_named_with_their_line(self):
        with open(self.path("camp.toml"), "a", encoding="utf-8") as handle:
            handle.write("\nhost = \n")
        self.assert_refused(self.camp.run("timeline"), "camp.toml", "line")

    # --- git objects

    def test_a_flipped_bit_in_a_loose_object_is_named(self):
        objects = self.path("local.git/objects")
        blob = next(line.split()[0] for line in faults.git(
            self.path("local.git"), "cat-file", "--batch-all-objects", "--batch-check")
            .decode().splitlines() if " blob " in line)
        file = f"{objects}/{blob[:2]}/{blob[2:]}"
        with open(file, "rb") as handle:
            data = bytearray(handle.read())
        data[len(data) // 2] ^= 1
        os.chmod(file, 0o600)
        with open(file, "wb") as handle:
            handle.write(data)
        self.assert_named("local", "clone|backup")

    def test_a_truncated_pack_is_named(self):
        self.camp.ok("gc")
        packs = [name for name in os.listdir(self.path("local.git/objects/pack"))
                 if name.endswith(".pack")]
        self.assertTrue(packs)
        for name in packs:
            os.chmod(self.path("local.git/objects/pack/" + name), 0o600)
            with open(self.path("local.git/objects/pack/" + name), "r+b") as handle:
                handle.truncate(os.fstat(handle.fileno()).st_size * 2 // 3)
        done = self.camp.run("fsck", "--json")
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertRegex((done.stdout + done.stderr).decode(), "local")
        done = self.camp.run("post", "on a broken store")
        self.assertIn(done.returncode, (0, 7), done.stderr)

    def test_a_missing_object_is_named(self):
        tip = faults.git(self.path("local.git"), "rev-parse", "main^{tree}").decode().strip()
        os.unlink(self.path(f"local.git/objects/{tip[:2]}/{tip[2:]}"))
        done = self.camp.run("fsck", "--json")
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertRegex((done.stdout + done.stderr).decode(), "local")

    # --- objects put there with stock git

    def month(self, repository="local.git"):
        names = faults.git(self.path(repository), "for-each-ref", "--format=%(refname)")
        return next(name for name in names.decode().split() if "/e/" in name)

    def put(self, path, data, repository="local.git", branch=None):
        """Commits one file to a branch with git's plumbing."""
        git_dir, branch = self.path(repository), branch or self.month(repository)
        blob = faults.git(git_dir, "hash-object", "-w", "--stdin", data=data).decode().strip()
        index = {**faults.GIT_ENVIRONMENT, "GIT_INDEX_FILE": self.camp.directory + ".gitindex"}
        for words in (["read-tree", branch],
                      ["update-index", "--add", "--cacheinfo", f"100644,{blob},{path}"]):
            subprocess.run(["git", "-c", "safe.directory=*", "--git-dir", git_dir, *words],
                           env=index, check=True)
        tree = subprocess.run(["git", "-c", "safe.directory=*", "--git-dir", git_dir, "write-tree"],
                              env=index, check=True, capture_output=True).stdout.decode().strip()
        commit = faults.git(git_dir, "commit-tree", tree, "-p", branch, "-m", "x").decode().strip()
        faults.git(git_dir, "update-ref", branch, commit)

    def bytes_of(self, post, member=None):
        return self.camp.run("object", "cat", post["short"], member=member).stdout.rstrip(b"\n")

    def path_of(self, post):
        listing = faults.git(self.path("local.git"), "ls-tree", "-r", "--name-only",
                             self.month()).decode().split()
        name = post["id"].split("/")[-1]
        return next(path for path in listing if path.endswith(name + ".json"))

    def assert_unseen(self, words, count=4):
        texts = [post for post in self.camp.timeline()
                 if words in post["content"] and post["signature"] == "valid"]
        self.assertEqual(texts, [])
        self.assertEqual(len([post for post in self.camp.timeline()
                              if post["signature"] in ("valid", "none")]), count)

    def test_an_object_at_a_wrong_path_is_named_and_not_shown(self):
        data = self.bytes_of(self.first)
        path = self.path_of(self.first)
        for wrong in ("01/00/" + os.path.basename(path), path.replace(".json", "x.json"),
                      "t/" + os.path.basename(path), "x.json"):
            self.put(wrong, data)
            self.assert_named("local", re.escape(wrong))
        self.assert_unseen("nothing")

    def test_an_object_in_a_wrong_repository_is_named_and_not_shown(self):
        data, path = self.bytes_of(self.first), self.path_of(self.first)
        self.put(path, data, "public.git")
        self.assert_named("public", "another audience")
        public = [post for post in self.camp.ok("timeline", "--public")
                  if post["content"] == "the first one"]
        self.assertEqual(public, [])

    def test_an_object_of_a_foreign_community_is_named_and_not_shown(self):
        other = faults.Community(PROGRAM, self.camp.directory + ".other").init()
        post = other.ok("post", "from far away")
        data = other.run("object", "cat", post["short"]).stdout.rstrip(b"\n")
        path = self.path_of(self.first).rsplit("/", 1)[0] + "/" + post["id"].split("/")[-1] + ".json"
        self.put(path, data)
        self.assert_named("local", "another community")
        self.assert_unseen("from far away")

    def test_a_forged_signature_is_named_and_never_shown_as_valid(self):
        """Words of ana's with a proof that is none, and with one by bo's key."""
        post = self.camp.ok("post", "really by ana")
        record = json.loads(self.bytes_of(post))
        proof = record["proof"]
        proof["proofValue"] = proof["proofValue"][:-4] + "1111"
        data = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        self.put(self.path_of(post), data)
        self.assert_named("object", "signature")
        shown = [row for row in self.camp.timeline() if row["content"] == "really by ana"]
        for row in shown:
            self.assertEqual(row["signature"], "invalid")

    def test_another_members_key_makes_no_valid_post(self):
        text = json.loads(self.bytes_of(self.first))
        bo = json.loads(self.bytes_of(next(post for post in self.camp.timeline()
                                           if post["content"] == "the second one"), "bo"))
        text["proof"] = bo["proof"]
        data = json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        self.put(self.path_of(self.first), data)
        self.assert_named("object", "signature")
        shown = [row for row in self.camp.timeline() if row["content"] == "the first one"]
        for row in shown:
            self.assertNotEqual(row["signature"], "valid")

    def test_bytes_that_are_no_object_are_named(self):
        folder = self.path_of(self.first).rsplit("/", 1)[0]
        for number, data in enumerate((b"", b"{}", b"\xff\xfe", b"[" * 100_000, b"x" * 300_000,
                                       self.bytes_of(self.first) + b"\n")):
            path = f"{folder}/0{number}.json"
            self.put(path, data)
            self.assert_named(re.escape(path))
        self.assert_unseen("nothing")
        self.camp.ok("post", "life goes on")

    def test_a_tombstone_by_somebody_else_is_named_and_removes_nothing(self):
        """Signed by bo, who may not: made from bo's own tombstone, with another target."""
        own = self.camp.ok("post", "bo deletes this", member="bo")
        self.camp.ok("delete", own["short"], member="bo")
        listing = faults.git(self.path("local.git"), "ls-tree", "-r", "--name-only",
                             self.month()).decode().split()
        mine = next(path for path in listing if path.startswith("t/"))
        tombstone = json.loads(faults.git(self.path("local.git"), "cat-file", "blob",
                                          f"{self.month()}:{mine}"))
        tombstone["object"] = self.first["id"]
        done = self.camp.run("object", "sign", "-", data=json.dumps(tombstone).encode(), member="bo")
        self.assertEqual(done.returncode, 0, done.stderr)
        by = mine.split(".")[-2]
        self.put(f"t/{self.first['id'].split('/')[-1]}.{by}.json", done.stdout.rstrip(b"\n"))
        self.assert_named("local", "somebody else's")
        self.assertIn("the first one", self.camp.contents())
        self.camp.ok("gc")
        self.assertIn("the first one", self.camp.contents())

    def test_trees_with_links_and_programs_are_refused(self):
        git_dir = self.path("local.git")
        blob = faults.git(git_dir, "hash-object", "-w", "--stdin", data=b"/etc/passwd").decode().strip()
        for mode, name in (("120000", "link.json"), ("100755", "program.json"),
                           ("160000", "module")):
            broken = self.camp.copy(f"{self.camp.directory}.{mode}")
            local = broken.directory + "/local.git"
            kind = "commit" if mode == "160000" else "blob"
            what = faults.git(local, "rev-parse", self.month()).decode().strip() \
                if kind == "commit" else blob
            tree = faults.git(local, "mktree", "--missing",
                              data=f"{mode} {kind} {what}\t{name}\n".encode()).decode().strip()
            commit = faults.git(local, "commit-tree", tree, "-m", "x").decode().strip()
            faults.git(local, "update-ref", self.month(), commit)
            done = broken.run("timeline", "--json")
            self.assertIn(done.returncode, (0, 7), done.stderr)
            done = broken.run("fsck", "--json")
            self.assertEqual(done.returncode, 7, (mode, done.stdout, done.stderr))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
