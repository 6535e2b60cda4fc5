# SPDX-License-Identifier: MIT
"""What `camp account import` says, whom it lets in, and what it does not do."""

import json
import os
import pty
import subprocess

from archives import ImportTest, main, members_of, rewrite, write_archive

NAMES = {"imported", "skipped", "rejected", "media", "warnings"}


class Answers(ImportTest):
    def import_words(self, archive, *more):
        return ["account", "import", "--from", "mastodon", archive, *more]

    def refused(self, community, words, code, text, member=None):
        before = community.files()
        done = community.run(*words, member=member)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertLessEqual(len(done.stderr.splitlines()), 2, done.stderr)
        self.assertEqual(community.files(), before)

    def test_dry_run_writes_nothing(self):
        archive, _ = self.archive("dry.zip", posts=60, years=1, media=20)
        community = self.fresh("dry")
        before = community.files()
        would = community.take(archive, "--dry-run")
        self.assertEqual(community.files(), before)
        done = community.run(*self.import_words(archive, "--dry-run"))
        self.assertIn(f"would import {would['imported']} objects", done.stdout)
        self.assertEqual(community.files(), before)
        self.assertEqual(community.take(archive), would)
        before = community.files()
        would = community.take(archive, "--dry-run")
        self.assertEqual(would["imported"], 0)
        self.assertEqual(community.files(), before)

    def test_json_has_its_names(self):
        archive, _ = self.archive("json.zip", posts=10, years=1)
        community = self.fresh("json")
        for more in ((), ("--dry-run",)):
            said = community.take(archive, *more)
            self.assertEqual(set(said), NAMES)
            for name in NAMES - {"warnings"}:
                self.assertIs(type(said[name]), int)
            self.assertIs(type(said["warnings"]), list)
        done = community.run(*self.import_words(self.path("absent.zip")), "--json")
        self.assertEqual(set(json.loads(done.stderr)["error"]) - {"hint"}, {"code", "message"})

    def test_quiet_without_a_terminal_and_progress_on_one(self):
        archive, _ = self.archive("quiet.zip", posts=250, years=1)
        done = self.fresh("quiet").run(*self.import_words(archive))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)
        community = self.fresh("terminal")
        ours, theirs = pty.openpty()
        environment = {**community.environment(), "TERM": "xterm", "COLUMNS": "80"}
        child = subprocess.Popen(community.command(self.import_words(archive)), stdin=theirs,
                                 stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        self.assertEqual(child.wait(), 0)
        self.assertIn(b"writing", shown)
        self.assertIn(b"200", shown)

    def test_who_may(self):
        archive, said = self.archive("who.zip", posts=10, years=1)
        community = self.fresh("who")
        community.ok("member", "add", "bo")
        code = community.ok("member", "add", "cy")["code"]
        community.ok("key", "claim", "cy", "--code", code, "--paper-key-file", self.path("cy.txt"),
                     "--device-key-file", self.path("cy.key"))
        words = self.import_words(archive)
        self.refused(community, words, 3, "there is no member 'nobody'", member="nobody")
        self.refused(community, words, 4, "no key that speaks for @cy", member="cy")
        self.refused(community, words + ["--dry-run"], 4, "no key that speaks for @cy", member="cy")
        # Whoever has not claimed their keys is in the server's hands: whoever runs it may act for them.
        done = community.take(archive, member="bo")
        self.assertEqual(done["imported"], said["posts"] + said["boosts"] + said["likes"])
        rows = community.ok("timeline", "--all", member="bo")
        self.assertEqual({row["author"]["handle"] for row in rows}, {"bo"})
        # The same archive is another account's too: the two do not know of each other.
        self.assertEqual(community.take(archive)["imported"], done["imported"])

    def test_wrong_words(self):
        archive, _ = self.archive("words.zip", posts=3, years=1)
        community = self.fresh("words")
        self.refused(community, ["account", "import", archive], 2, "--from")
        self.refused(community, ["account", "import", "--from", "myspace", archive], 2, "one of mastodon")
        self.refused(community, ["account", "import", "--from", "mastodon"], 2, "FILE")
        self.refused(community, self.import_words(archive, self.path("who.csv")), 3, "who.csv")

    def test_broken_tables(self):
        archive, _ = self.archive("tables.zip", posts=10, years=1)
        community = self.fresh("tables")
        os.mkdir(self.path("csv"))

        def table(name, data):
            with open(self.path("csv", name), "wb") as file:
                file.write(data)
            return self.path("csv", name)
        many = table("blocked_domains.csv", b"".join(b"d%d.example\n" % n for n in range(1200)))
        for name, data, code in (("following_accounts.csv", b"\xff\xfe\0a\0b", 4),
                                 ("lists.csv", b'"never closed, bo@b.example\n', 4),
                                 ("recipes.csv", b"soup,water\n", 2)):
            with self.subTest(name=name):
                self.refused(community, self.import_words(archive, many, table(name, data)), code, name)
        rows = table("muted_accounts.csv", b"Account address,Hide notifications\nbo@b.example,true\n"
                     b"no address,true\n,\n\x1b[31m@evil.example,true\ncem@c.example,maybe\n")
        said = community.take(archive, rows)
        self.assertEqual(said["rejected"], 3, said["warnings"])
        self.assertEqual(len([w for w in said["warnings"] if "muted_accounts.csv" in w]), 3)
        self.assertNotIn("\x1b", "".join(said["warnings"]))
        muted = {each["object"] for each in community.posts(community.private()).values()
                 if each["type"] == "Ignore"}
        self.assertEqual(muted, {"acct:bo@b.example", "acct:cem@c.example"})

    def test_nothing_is_announced(self):
        """Own posts are no news to anybody, and nothing waits to be sent."""
        archive, _ = self.archive("silent.zip", posts=30, years=1, csv_dir=self.path("lists"))
        community = self.fresh("silent")
        community.ok("member", "add", "bo")
        before = community.refs()
        community.take(archive, *(self.path("lists", f"{name}.csv")
                                  for name in ("following_accounts", "blocked_accounts")))
        after = community.refs()
        ana = community.ok("member", "show", "ana")["id"]
        self.assertEqual({name for name in after if after[name] != before.get(name)},
                         {"public.git", f"private/{ana}.git"})
        self.assertFalse(os.path.exists(os.path.join(community.directory, "outbox")))

    def test_large_and_missing_files(self):
        """A video that is too large, or a picture that is not there, costs the archive nothing else."""
        plain, said = self.archive("plain.zip", posts=40, years=1, media=12)
        names = [name for name, _ in members_of(plain) if name.endswith((".jpg", ".png"))
                 and name.startswith("media_attachments/")]

        def change(members):
            for name, data in members:
                if name == names[0]:
                    yield name, os.urandom(17 << 20)
                elif name != names[1]:
                    yield name, data
        for container in ("zip", "tar.gz"):
            archive = self.path(f"large.{container}")
            write_archive(archive, change(members_of(plain)))
            result = self.fresh(f"large-{container}").take(archive)
            self.assertEqual(result["imported"] + result["skipped"],
                             said["posts"] + said["boosts"] + said["likes"] + said["bookmarks"])
            self.assertEqual(result["media"], said["media"]["jpeg"] + said["media"]["png"] - 2)
            for name in names[:2]:
                self.assertEqual(len([w for w in result["warnings"] if name in w]), 1, result["warnings"])

    def test_an_item_that_stands_twice(self):
        plain, said = self.archive("once.zip", posts=20, years=1)
        archive = self.path("twice.zip")
        rewrite(plain, archive, lambda activities: activities + activities)
        community = self.fresh("doubled")
        result = community.take(archive)
        self.assertEqual(result["imported"] + result["skipped"],
                         2 * (said["posts"] + said["boosts"]) + said["likes"] + said["bookmarks"])
        once = self.fresh("once").take(plain)
        self.assertEqual(result["imported"], once["imported"])
        self.assertEqual(community.ok("fsck")["problems"], [])


if __name__ == "__main__":
    main()
