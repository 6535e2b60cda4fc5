#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A member with a clone, and somebody at the live peer: what that person writes and does comes into
the clone with `camp sync`, what the member does there goes out through the origin.

Usage: clone_test.py CAMP
"""

import json
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../sync"))

import camp_server  # noqa: E402
import clones  # noqa: E402
import fedify  # noqa: E402
import support  # noqa: E402

PROGRAM = sys.argv[1]
REFUSED, NOT_FOUND = 4, 3


class Laptop(support.Case):
    """@bo has a clone; @ana, whose directory the origin is, has none."""

    SOURCE = "http"
    environment = {"CAMP_INSECURE_LOOPBACK": "1"}

    def setUp(self):
        super().setUp()
        self.camp = self.begin(camp_server.CampServer(PROGRAM, self.scratch + "/camp").init("cy"))
        code = self.camp.ok("member", "add", "bo")["code"]
        self.camp.start()
        self.peer = self.begin(fedify.Peer(self.scratch + "/peer", dialect="cavage-first"))
        self.fred = self.peer.actor("fred")
        self.handle = f"@fred@127.0.0.1:{self.peer.port}"
        self.bo = self.camp.actor("bo")
        self.clone = self.make_clone("laptop", "--code", code, "--paper-key-file", self.scratch + "/bo.paper")

    def make_clone(self, name, *words):
        clone = clones.Camp(PROGRAM, f"{self.scratch}/{name}")
        clone.environment = self.environment
        source = self.camp.url("") if self.SOURCE == "http" else self.camp.directory
        done = clone.run("clone", source, clone.directory, *words, member="bo")
        self.assertEqual(done.returncode, 0, done.stderr)
        return clone

    def rows(self, *command):
        return self.clone.ok(*(command or ("timeline", "--all")))

    def row(self, words, *command):
        """The one row with those words, once a sync has brought it."""
        def look():
            report = self.clone.sync()
            self.assertEqual((report["refused"], report["peers"][0]["state"]), ([], "ok"), report)
            return [row for row in self.rows(*command) if words in row["content"]]
        found = support.until(look, what=f"{words!r} in the clone")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def until_synced(self, look, what):
        def after_sync():
            self.clone.sync()
            return look()
        return support.until(after_sync, what=what)

    def at_the_peer(self, words):
        def look():
            return [note for note in self.peer.call("notes").values() if words in (note.get("content") or "")]
        found = support.until(look, what=f"{words!r} at the peer")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def notified(self, *words):
        done = self.clone.run("notifications", "--json", *words)
        self.assertIn(done.returncode, (0, NOT_FOUND), done.stderr)
        return json.loads(done.stdout)

    def follow(self):
        followed = self.clone.ok("follow", self.handle)
        self.assertEqual((followed["state"], followed["pending"]), ("pending", True))
        self.until_synced(lambda: self.rows("following")[0]["state"] == "accepted", "the Accept")
        self.peer.expect("actors", "fred", "followers", self.bo)

    def exact(self):
        """The clone shows what the origin shows to its member."""
        self.clone.sync()
        for command in (("timeline", "--all"), ("following",), ("timeline", "--public", "--all")):
            here, there = self.clone.ok(*command), self.camp.ok(*command, member="bo")
            self.assertEqual(here, there, command)
        here, there = self.notified(), self.camp.ok("notifications", member="bo")
        for rows in (here, there):
            for row in rows:
                row.pop("new")
        elsewhere = [row for row in there if "@" in row["actor"]["handle"]]
        self.assertEqual([row for row in here if "@" in row["actor"]["handle"]], elsewhere)

    def test_a_conversation(self):
        """Follow, read, like, boost, answer; hear of the answer and the like; a deletion."""
        done = self.clone.run("following")
        self.assertEqual(done.returncode, 0)
        said = self.clone.run("follow", self.handle).stdout.decode()
        self.assertIn("not sent yet: camp sync", said)
        self.assertEqual(self.rows("following")[0]["pending"], True)
        self.until_synced(lambda: self.rows("following")[0]["state"] == "accepted", "the Accept")
        note = self.peer.call("post", as_="fred", content="<p>news of fred</p>")["id"]
        row = self.row("news of fred")
        self.assertEqual(row["author"]["handle"], self.handle[1:])
        self.assertEqual(self.clone.ok("show", note)["id"], row["id"])
        self.assertEqual([each["id"] for each in self.rows("search", "news fred")], [row["id"]])
        self.assertEqual([each["id"] for each in self.rows("search", self.handle)], [row["id"]])

        self.clone.ok("like", row["id"])
        self.clone.ok("boost", row["short"])
        self.clone.ok("reply", note, "answer of bo")
        self.clone.sync()
        answer = self.at_the_peer("answer of bo")
        self.assertEqual((answer["inReplyTo"], answer["attributedTo"]), (note, self.bo))
        for kind in ("likes", "boosts"):
            self.peer.expect("reactions", note, kind, value=[self.bo])
        self.assertEqual([each["content"] for each in self.rows("thread", note)], ["news of fred", "answer of bo"])

        again = self.peer.call("reply", as_="fred", inReplyTo=answer["id"], content="<p>well said</p>")["id"]
        self.peer.call("like", as_="fred", id=answer["id"])
        said = self.row("well said", "thread", note)
        self.assertEqual(said["author"]["handle"], self.handle[1:])
        def told():
            return {each["kind"] for each in self.notified()} >= {"reply", "like"}
        self.until_synced(told, "a reply and a like")
        self.assertEqual(self.clone.ok("show", answer["id"])["likes"], 1)
        self.exact()

        self.assertTrue(self.notified("--new"))
        self.notified("--mark-read")
        self.assertEqual(self.notified("--new"), [])
        self.clone.sync()
        self.assertFalse([each for each in self.camp.ok("notifications", member="bo")
                          if each["new"] and "@" in each["actor"]["handle"]])
        self.assertEqual(self.notified("--new"), [])

        self.peer.call("edit", as_="fred", id=note, content="<p>better news</p>")
        self.assertEqual(self.row("better news")["id"], row["id"])
        self.clone.ok("like", row["id"], "--undo")
        self.clone.sync()
        self.peer.expect("reactions", note, "likes", value=[])
        for gone, words in ((again, "well said"), (note, "better news")):
            self.peer.call("delete", as_="fred", id=gone)
            self.until_synced(lambda words=words: words not in json.dumps(self.rows()), "the deletion")
        self.exact()
        with open(self.clone.directory + "/state/server.db", "rb") as file:
            self.assertNotIn(b"better news", file.read())

        self.clone.ok("unfollow", self.handle)
        self.clone.sync()
        self.peer.expect("actors", "fred", "followers", value={})
        self.assertEqual(self.rows("following"), [])

    def test_nobody_reads_anothers(self):
        """A letter to another member, a post to whom they follow, their notices and requests."""
        self.camp.ok("follow", self.handle, member="cy")
        self.peer.expect("actors", "fred", "followers", self.camp.actor("cy"))
        self.peer.settle()
        self.peer.call("post", as_="fred", content="for cy alone", to="direct", mentions=[self.camp.actor("cy")])
        self.peer.call("post", as_="fred", content="for those who follow", to="followers")
        self.peer.call("post", as_="fred", content="for everybody")
        support.until(lambda: "for everybody" in json.dumps(self.camp.ok("timeline", member="cy")), what="the posts")
        self.clone.sync()
        self.assertEqual(self.rows(), [])
        self.peer.call("post", as_="fred", content="for bo alone", to="direct", mentions=[self.bo])
        self.row("for bo alone")
        self.assertEqual([row["content"] for row in self.rows()], ["for bo alone"])
        with open(self.clone.directory + "/state/server.db", "rb") as file:
            kept = file.read()
        for words in (b"for cy alone", b"for those who follow", self.camp.members()["cy"].encode()):
            self.assertNotIn(words, kept)

    def test_who_asks_is_answered_from_the_clone(self):
        self.clone.ok("profile", "--locked")
        self.clone.sync()
        for decision, state in (("accept", "accepted"), ("reject", "rejected")):
            asked = self.peer.call("follow", as_="fred", who=self.bo)
            self.until_synced(lambda: self.rows("followers", "requests"), "the request")
            self.assertEqual(self.notified()[0]["kind"], "follow_request")
            self.clone.ok("followers", decision, self.handle)
            self.assertEqual(self.rows("followers", "requests")[0]["answer"], decision)
            self.assertEqual(self.peer.call("following", as_="fred")[self.bo], "pending")
            report = self.clone.sync()
            self.assertEqual((report["wishes"], report["refused"]), (1, []))
            self.peer.expect("actors", "fred", "following", self.bo, "state", value=state)
            self.assertEqual(self.rows("followers", "requests"), [])
            self.assertEqual(bool(self.rows("followers")), decision == "accept")
            self.assertEqual(self.clone.sync()["wishes"], 0)
            self.peer.call("undo", as_="fred", activity=asked["activity"])
            self.until_synced(lambda: not self.rows("followers"), "the end")
        # Somebody who changed their mind meanwhile: the answer is of no use, and that is said once.
        asked = self.peer.call("follow", as_="fred", who=self.bo)
        self.until_synced(lambda: self.rows("followers", "requests"), "the request")
        self.clone.ok("followers", "accept", self.handle)
        self.peer.call("undo", as_="fred", activity=asked["activity"])
        support.until(lambda: not self.camp.ok("followers", "requests", member="bo"), what="the end")
        done = self.clone.run("sync")
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        self.assertIn(b"refuses accept " + self.handle.encode(), done.stderr)
        self.assertEqual(self.clone.run("sync").stderr, b"")

    def test_names(self):
        """The community's own host is no elsewhere."""
        self.clone.sync()
        self.assertEqual(self.clone.ok("follow", f"@ana@{self.camp.host}")["handle"], "ana")
        self.assertEqual(self.clone.ok("info")["host"], self.camp.host)
        done = self.clone.run("search", "@nobody@there.example")
        self.assertEqual(done.returncode, NOT_FOUND)
        self.assertIn(b"asks no other servers", done.stderr)

    def test_a_copy_mends_itself(self):
        """A clone that lost some of it, or all, has it again; with no news nothing is written."""
        self.follow()
        for number in range(30):
            self.peer.call("post", as_="fred", content=f"post {number} " + "x" * 9000)
        self.row("post 29")
        before = self.rows("timeline", "--all")
        self.assertEqual(len(before), 30)
        self.assertEqual([self.clone.sync()[name] for name in ("posts", "notices", "gone")], [0, 0, 0])
        database = self.clone.directory + "/state/server.db"
        with sqlite3.connect(database) as db:
            db.execute("DELETE FROM value WHERE name LIKE 'home part post%'")
            db.execute("DELETE FROM post")
        db.close()
        self.assertEqual(self.clone.sync()["posts"], 30)
        self.assertEqual(self.rows("timeline", "--all"), before)
        for name in ("", "-wal", "-shm"):
            if os.path.exists(database + name):
                os.remove(database + name)
        self.assertEqual(self.clone.sync()["posts"], 30)
        self.assertEqual(self.rows("timeline", "--all"), before)

    def test_a_dry_run_brings_nothing(self):
        self.clone.ok("follow", self.handle)
        self.clone.sync("--dry-run")
        self.assertEqual(self.rows("following")[0]["pending"], True)
        self.assertEqual(self.camp.ok("following", member="bo"), [])


class OverAPath(Laptop):
    """The same where the origin is a directory of this machine."""

    SOURCE, environment = "path", {}


if __name__ == "__main__":
    support.skip_unless(fedify.missing())
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
