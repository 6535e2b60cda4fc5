#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The doubles and the live peer, which knows nothing of them: what each sends the other takes, in both
directions and both dialects. So a double's signature is a real one, and what it refuses is refused
for its own reasons.

Usage: doubles_peer_test.py
"""

import sys
import unittest

import doubles
import fedify
import support
from doubles import Mastodon, Misskey, Snac

PUBLIC_HELLO = "<p>hello</p>"


class Together(support.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scratch_of_class = support.tempfile.mkdtemp(prefix="camp-federation-")
        cls.addClassCleanup(support.shutil.rmtree, cls.scratch_of_class, True)
        cls.peer = fedify.Peer(cls.scratch_of_class + "/peer")
        cls.addClassCleanup(cls.peer.stop)

    def pair(self, kind, dialect, name):
        self.peer.call("dialect", dialect=dialect)
        double = self.begin(kind(address="127.0.0.41"))
        return double, double.actor("star"), self.peer.actor(name)

    def the_peer_speaks(self, kind, dialect):
        """Somebody on the double follows the peer's actor, and hears everything."""
        name = f"ana{kind.__name__.lower()}{dialect[0]}"
        double, star, ana = self.pair(kind, dialect, name)
        star.follow(f"@{name}@127.0.0.1:{self.peer.port}")
        double.wait("Accept", signer=ana, verdict="accepted")
        self.assertEqual(self.peer.call("followers", as_=name), [star.id])
        note = self.peer.call("post", as_=name, content=PUBLIC_HELLO)["id"]
        entry = double.wait("Create", signer=ana)[-1]
        self.assertEqual((entry.verdict, double.notes[note]["content"]), ("accepted", PUBLIC_HELLO), entry)
        answer = star.reply(note, "yes")
        self.assertEqual(self.peer.expect("notes", answer["id"])["inReplyTo"], note)
        like, boost = star.like(note), star.boost(note)
        self.peer.expect("reactions", note, value={"likes": [star.id], "boosts": [star.id]})
        star.undo(like, ana)
        star.undo(boost, ana)
        self.peer.expect("reactions", note, value={"likes": [], "boosts": []})
        self.peer.call("edit", as_=name, id=note, content="<p>edited</p>")
        edited = double.wait("Update", signer=ana)[-1]
        self.assertEqual(edited.verdict, "dropped" if kind is Misskey else "accepted", edited)
        self.peer.call("delete", as_=name, id=note)
        double.wait("Delete", signer=ana, verdict="accepted")
        star.unfollow(ana)
        self.peer.expect("actors", name, "followers", value={})
        self.assertEqual(self.peer.settle(), [])
        return double

    def the_double_speaks(self, kind, dialect):
        """The peer's actor follows somebody on the double, and hears everything."""
        name = f"bo{kind.__name__.lower()}{dialect[0]}"
        double, star, bo = self.pair(kind, dialect, name)
        follow = self.peer.call("follow", as_=name, who=f"@star@{double.host}")["activity"]
        self.peer.expect("actors", name, "following", star.id, "state", value="accepted")
        self.assertIn(bo, star.followers)
        note = star.post(PUBLIC_HELLO)
        self.peer.expect("notes", note["id"], "content", value=PUBLIC_HELLO)
        star.edit(note, "<p>edited</p>")
        self.peer.expect("notes", note["id"], "content", value="<p>edited</p>")
        answer = self.peer.call("reply", as_=name, inReplyTo=note["id"], content="yes")["id"]
        double.wait("Create", signer=bo, verdict="accepted")
        self.assertEqual(double.notes[answer]["inReplyTo"], note["id"])
        done = [self.peer.call(verb, as_=name, id=note["id"])["activity"] for verb in ("like", "boost")]
        double.wait("Like", verdict="accepted")
        double.wait("Announce", verdict="accepted")
        self.assertEqual(set(double.reactions[note["id"]]), {(bo, "Like"), (bo, "Announce")})
        for activity in (*done, follow):
            self.peer.call("undo", as_=name, activity=activity)
        double.wait("Undo", count=3, verdict="accepted")
        self.assertEqual((double.reactions[note["id"]], star.followers), ({}, {}))
        star.delete(note)
        star.send(star.activities[list(star.activities)[-1]], bo)
        self.peer.expect("notes", note["id"], "deleted", value=True)
        self.assertEqual(self.peer.settle(), [])
        return double

    def test_both_ways_in_cavage(self):
        for kind in doubles.ALL:
            for direction in (self.the_peer_speaks, self.the_double_speaks):
                with self.subTest(kind.__name__, direction=direction.__name__):
                    double = direction(kind, "cavage-first")
                    self.assertEqual({entry.dialect for entry in double.received}, {"cavage"})
                    double.stop()

    def test_both_ways_with_rfc_9421_first(self):
        """Each but snac2, which says 202 and loses it: see below. The others say no, or take it."""
        for kind in doubles.ALL[:-1]:
            for direction in (self.the_peer_speaks, self.the_double_speaks):
                with self.subTest(kind.__name__, direction=direction.__name__):
                    double = direction(kind, "9421-first")
                    taken = {entry.dialect for entry in double.received if entry.verdict != "refused"}
                    self.assertEqual(taken, {"9421" if kind is Mastodon else "cavage"})
                    double.stop()

    def test_snac_loses_what_comes_in_rfc_9421(self):
        double, star, _ = self.pair(Snac, "9421-first", "lost")
        self.peer.call("follow", as_="lost", who=star.id)
        entry = double.wait("Follow")[-1]
        self.assertEqual((entry.status, entry.verdict, entry.dialect), (202, "dropped", "9421"))
        self.assertEqual(self.peer.settle(), [])
        self.assertEqual(self.peer.call("following", as_="lost"), {star.id: "pending"})

    def test_the_peer_takes_rfc_9421_of_ours(self):
        double, star, _ = self.pair(Mastodon, "cavage-first", "cleo")
        self.peer.call("follow", as_="cleo", who=star.id)
        self.peer.expect("actors", "cleo", "following", star.id, "state", value="accepted")
        note = star.post("in the new dialect", dialect="9421")
        self.peer.expect("notes", note["id"], "content", value="in the new dialect")
        self.assertIn("signature-input", self.peer.received(type="Create", actor=star.id)[-1]["headers"])

    def test_the_peer_refuses_what_is_spoiled(self):
        double, star, bo = self.pair(Mastodon, "cavage-first", "dora")
        double.resolve(bo)
        for dialect, spoils in (("cavage", ("body", "digest", "target", "host", "other-key", "cut", "no-signature")),
                                ("9421", ("body", "digest", "host", "other-key", "cut", "no-signature"))):
            for spoil in spoils:
                note = star.post("spoiled", mentions=[bo], spoil=spoil, dialect=dialect)
                answer = double.sent[-1][2]
                self.assertEqual(answer.status, 401, (dialect, spoil))
                self.assertNotIn(note["id"], self.peer.call("notes"))
        old = star.post("old", mentions=[bo], age=7200)
        self.assertEqual((double.sent[-1][2].status, old["id"] in self.peer.call("notes")), (401, False))

    def test_the_oracle_agrees_about_every_double(self):
        """Raw bytes as each software would send them, judged by Fedify without any network."""
        for kind in doubles.ALL:
            double, star, bo = self.pair(kind, "cavage-first", "judge")
            documents = {star.id: star.document(), star.key_id: star.document()}
            for dialect in ("cavage", "9421"):
                for spoil, good in ((None, True), ("body", False), ("other-key", False)):
                    request = double.build(star, bo + "/inbox", b'{"a":1}', spoil, dialect)
                    verdict = self.peer.verify(request.raw(), documents=documents)
                    self.assertEqual(verdict["verified"], good, (kind.__name__, dialect, spoil, verdict))
            double.stop()


if __name__ == "__main__":
    support.skip_unless(fedify.missing())
    unittest.main(argv=sys.argv)
