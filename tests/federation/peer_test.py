#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Two live peers talk to each other: what they are used for later is tried among themselves first.

Usage: peer_test.py
"""

import json
import sys
import unittest

import fedify
import support


class Peers(support.Case):
    def setUp(self):
        super().setUp()
        self.a = self.begin(fedify.Peer(self.scratch + "/a"))
        self.b = self.begin(fedify.Peer(self.scratch + "/b"))
        self.ana, self.bo = self.a.actor("ana"), self.b.actor("bo")

    def befriend(self):
        for peer, who, other, handle in ((self.a, "ana", self.bo, f"@bo@127.0.0.1:{self.b.port}"),
                                         (self.b, "bo", self.ana, self.ana)):
            peer.call("follow", as_=who, who=handle)
            peer.expect("actors", who, "following", other, "state", value="accepted")

    def test_a_day_among_friends(self):
        """Follow, post, reply, edit, like, boost, each undone, delete: both ways."""
        self.befriend()
        for peer, who, there, other in ((self.a, "ana", self.b, "bo"), (self.b, "bo", self.a, "ana")):
            note = peer.call("post", as_=who, content="<p>hello</p>")["id"]
            there.expect("notes", note, "content", value="<p>hello</p>")
            answer = there.call("reply", as_=other, inReplyTo=note, content="hello yourself")["id"]
            self.assertEqual(peer.expect("notes", answer)["inReplyTo"], note)
            peer.call("edit", as_=who, id=note, content="<p>edited</p>")
            there.expect("notes", note, "content", value="<p>edited</p>")
            me, them = (self.ana, self.bo) if who == "ana" else (self.bo, self.ana)
            for verb, kind in (("like", "likes"), ("boost", "boosts")):
                done = there.call(verb, as_=other, id=note)["activity"]
                peer.expect("reactions", note, kind, value=[them])
                there.call("undo", as_=other, activity=done)
                peer.expect("reactions", note, kind, value=[])
            peer.call("delete", as_=who, id=note)
            there.expect("notes", note, "deleted", value=True)
            self.assertEqual(there.call("fetch", url=note)["ok"], False)
            self.assertNotEqual(me, them)
        self.assertEqual((self.a.settle(), self.b.settle()), ([], []))
        for entry in self.a.received() + self.b.received():
            self.assertEqual((entry["verified"], entry["status"]), (True, 202), entry)

    def test_each_dialect_is_taken(self):
        self.befriend()
        for dialect, header in (("9421-first", "signature-input"), ("9421-only", "signature-input"),
                                ("cavage-first", "digest"), ("cavage-only", "digest")):
            self.a.call("dialect", dialect=dialect)
            note = self.a.call("post", as_="ana", content=dialect)
            self.b.expect("notes", note["id"], "content", value=dialect)
            last = self.b.received(id=note["activity"])[-1]
            self.assertEqual((last["verified"], header in last["headers"]), (True, True), dialect)

    def test_who_asks_is_decided_by_hand(self):
        self.b.actor("bo", policy="manual")
        self.a.call("follow", as_="ana", who=self.bo)
        self.b.expect("actors", "bo", "requests", self.ana)
        self.assertEqual(self.a.call("following", as_="ana"), {self.bo: "pending"})
        self.b.call("accept", as_="bo", who=self.ana)
        self.a.expect("actors", "ana", "following", self.bo, "state", value="accepted")
        self.assertEqual(self.b.call("followers", as_="bo"), [self.ana])
        self.b.call("reject", as_="bo", who=self.ana)
        self.a.expect("actors", "ana", "following", self.bo, "state", value="rejected")
        self.assertEqual(self.b.call("followers", as_="bo"), [])

    def test_a_direct_note_reaches_only_whom_it_names(self):
        self.befriend()
        letter = self.a.call("post", as_="ana", content="for you", to="direct", mentions=[self.bo])
        self.assertNotIn("Public", json.dumps(self.b.expect("notes", letter["id"])["to"]))
        alone = self.a.call("post", as_="ana", content="for nobody", to="direct")
        self.assertEqual(self.a.settle(), [])
        self.assertEqual(self.b.received(id=alone["activity"]), [])
        self.assertEqual(self.a.call("fetch", url=letter["id"])["ok"], False)

    def test_a_killed_peer_loses_and_doubles_nothing(self):
        self.befriend()
        self.b.kill()
        note = self.a.call("post", as_="ana", content="while you were away")
        self.a.kill()
        self.a.start()
        self.b.start()
        self.assertEqual(self.a.settle(), [])
        self.b.expect("notes", note["id"], "content", value="while you were away")
        self.assertEqual([entry["effect"] for entry in self.b.received(id=note["activity"])], ["note"])
        after = self.b.call("post", as_="bo", content="back")
        self.assertNotIn(after["id"], (note["id"], self.bo))
        self.a.expect("notes", after["id"])

    def test_what_comes_twice_counts_once(self):
        """At once, and after a crash, when Fedify's own memory is gone."""
        like = {"@context": "https://www.w3.org/ns/activitystreams", "type": "Like", "actor": self.ana,
                "id": self.ana + "#like", "object": self.bo + "/x"}
        effects = []
        for crash in (False, True):
            if crash:
                self.b.kill()
                self.b.start()
            answer = self.a.call("send", as_="ana", inbox=self.bo + "/inbox", activity=like)
            self.assertEqual(answer["status"], 202)
            effects.append(self.b.received(id=like["id"])[-1].get("effect"))
        self.assertEqual(effects, ["likes", "again"])

    def test_forgeries_are_refused_and_recorded(self):
        self.befriend()
        note = {"@context": "https://www.w3.org/ns/activitystreams", "type": "Create", "actor": self.bo,
                "id": self.bo + "#x", "object": {"type": "Note", "id": self.bo + "#y", "content": "z",
                                                 "attributedTo": self.bo}}
        self.a.actor("eve")
        answer = self.a.call("send", as_="eve", inbox=self.bo + "/inbox", activity=note)
        self.assertEqual(answer["status"], 401)
        entry = self.b.received(id=self.bo + "#x")[-1]
        self.assertEqual((entry["verified"], entry["status"]), (False, 401))
        self.assertEqual(self.b.call("notes"), {})

    def test_the_oracle_tells_good_from_bad(self):
        for spec in ("draft-cavage-http-signatures-12", "rfc9421"):
            signed = self.a.call("sign", as_="ana", url=self.bo + "/inbox", body='{"a":1}', spec=spec)
            head = "".join(f"{name}: {value}\r\n" for name, value in signed["headers"].items())
            request = f"POST /users/bo/inbox HTTP/1.1\r\n{head}\r\n".encode() + b'{"a":1}'
            good = self.b.verify(request)
            self.assertEqual((good["verified"], good["owner"]), (True, self.ana), spec)
            for before, after in ((b'{"a":1}', b'{"a":2}'), (b"users/bo", b"users/xx"),
                                  (b"#main-key", b"#other-key")):
                self.assertEqual(self.b.verify(request.replace(before, after))["verified"], False, after)
            late = self.b.verify(request, now="2031-01-01T00:00:00Z")
            self.assertEqual(late["verified"], False)

    def test_documents_are_served(self):
        for document, kind in ((self.ana, "Person"), (self.ana.replace("ana", "instance"), "Application"),
                               (self.ana + "/outbox", "OrderedCollection"),
                               (self.ana + "/followers", "OrderedCollection")):
            for signer in ({}, {"as_": "bo"}):
                answer = self.b.call("fetch", url=document, **signer)
                self.assertEqual((answer["ok"], answer["document"]["type"]), (True, kind), answer)


if __name__ == "__main__":
    support.skip_unless(fedify.missing())
    unittest.main(argv=sys.argv)
