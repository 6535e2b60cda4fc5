#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The doubles among themselves: each understands each, and each refuses what it must.

Usage: doubles_test.py
"""

import json
import sys
import time
import unittest

import double as common
import doubles
import support
from doubles import Akkoma, GoToSocial, Mastodon, Misskey, Snac


class Doubles(support.Case):
    def start(self, *kinds, **options):
        return [self.begin(kind(address=f"127.0.0.{20 + index}", **options)) for index, kind in enumerate(kinds)]

    def befriend(self, follower, followed):
        """The first follows the second; both actors."""
        fan, star = follower.actor("fan"), followed.actor("star")
        fan.follow(star.id)
        followed.wait("Follow", signer=fan.id, verdict="accepted")
        follower.wait("Accept", signer=star.id, verdict="accepted")
        self.assertEqual(fan.following[star.id]["state"], "accepted")
        self.assertIn(fan.id, star.followers)
        return fan, star

    def ends(self, receiver, kind, verdict="accepted", **where):
        entry = receiver.wait(kind, **where)[-1]
        self.assertEqual(entry.verdict, verdict, entry)
        return entry


class Understanding(Doubles):
    def day(self, here, there):
        fan, star = self.befriend(here, there)
        note = star.post("<p>hello</p>")
        self.ends(here, "Create", signer=star.id)
        self.assertEqual(here.notes[note["id"]]["content"], "<p>hello</p>")
        star.edit(note, "<p>edited</p>")
        edits = not isinstance(here, Misskey)
        self.ends(here, "Update", "accepted" if edits else "dropped", signer=star.id)
        self.assertEqual(here.notes[note["id"]]["content"], "<p>edited</p>" if edits else "<p>hello</p>")
        answer = fan.reply(note["id"], "yes")
        self.ends(there, "Create", signer=fan.id)
        self.assertEqual(there.notes[answer["id"]]["inReplyTo"], note["id"])
        for verb, kind in (("like", "Like"), ("boost", "Announce")):
            done = getattr(fan, verb)(note["id"])
            self.ends(there, kind, signer=fan.id)
            self.assertIn((fan.id, kind), there.reactions[note["id"]])
            before = len(there.entries("Undo", signer=fan.id))
            fan.undo(done, star.id)
            there.wait("Undo", count=before + 1, signer=fan.id, verdict="accepted")
            self.assertEqual(there.reactions[note["id"]], {})
        star.delete(note)
        self.ends(here, "Delete", signer=star.id)
        self.assertEqual(here.notes[note["id"]]["type"], "Tombstone")
        fan.unfollow(star.id)
        there.wait("Undo", count=3, signer=fan.id, verdict="accepted")
        self.assertNotIn(fan.id, star.followers)

    def test_each_understands_each(self):
        for here in doubles.ALL:
            for there in doubles.ALL:
                with self.subTest(f"{here.__name__} follows {there.__name__}"):
                    pair = self.start(here, there)
                    try:
                        self.day(*pair)
                    finally:
                        for each in pair:
                            each.stop()

    def test_a_request_is_decided_by_hand(self):
        here, there = self.start(Mastodon, GoToSocial, policy="manual")
        fan, star = here.actor("fan"), there.actor("star")
        for kind, state in (("Accept", "accepted"), ("Reject", "rejected")):
            follow = fan.follow(star.id)
            there.wait("Follow", id=follow["id"], verdict="accepted")
            self.assertEqual(fan.following[star.id]["state"], "pending")
            star.answer(star.requests[fan.id], kind)
            self.ends(here, kind)
            self.assertEqual((fan.following[star.id]["state"], fan.id in star.followers),
                             (state, kind == "Accept"))

    def test_rfc_9421_is_taken_by_mastodon(self):
        here, there = self.start(Mastodon, Mastodon)
        _, star = self.befriend(here, there)
        star.post("new words", dialect="9421")
        self.assertEqual(self.ends(here, "Create").dialect, "9421")

    def test_blocks_and_reports(self):
        here, there = self.start(Misskey, Mastodon)
        fan, star = self.befriend(here, there)
        note = fan.note("what is reported")
        there.instance.double.actor("star").flag(fan.id, note["id"])
        self.assertEqual(self.ends(here, "Flag").signer, there.instance.id)
        self.assertEqual(here.flags[0][1]["object"], [fan.id, note["id"]])
        star.block(fan.id)
        self.ends(here, "Block")
        self.assertNotIn(star.id, fan.following)

    def test_a_followers_server_goes_along_with_a_move(self):
        for kind in (Mastodon, GoToSocial, Akkoma, Misskey, Snac):
            with self.subTest(kind.__name__):
                here, old, new = self.start(kind, Mastodon, Mastodon)
                fan, star = self.befriend(here, old)
                home = new.actor("star")
                home.aliases = [star.id]
                if kind is Snac:  # it holds only whom it met
                    here.resolve(home.id)
                star.move(home.id)
                if kind is not Misskey:  # that one is content with the Update
                    self.ends(here, "Move")
                new.wait("Follow", signer=fan.id, verdict="accepted")
                old.wait("Undo", signer=fan.id, verdict="accepted")
                for each in (here, old, new):
                    each.stop()


# What is sent wrong, and how each has to end: the status, or `dropped` behind a good one.
WRONG = {
    "body": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: 401, Snac: 400},
    "digest": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: 401, Snac: 400},
    "target": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: "dropped", Snac: "dropped"},
    "host": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: 401, Snac: "dropped"},
    "key-id": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: "dropped", Snac: "dropped"},
    "other-key": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: "dropped", Snac: "dropped"},
    "cut": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: "dropped", Snac: "dropped"},
    "no-signature": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: 401, Snac: "dropped"},
    "unsigned=digest": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: 401, Snac: "accepted"},
    "unsigned=date": {Mastodon: 401, GoToSocial: 401, Akkoma: 400, Misskey: 401, Snac: "accepted"},
    "unsigned=(request-target)": {Mastodon: "accepted", GoToSocial: 401, Akkoma: 400, Misskey: 401, Snac: "accepted"},
    "content-type=application/json": {Mastodon: "accepted", GoToSocial: 406, Akkoma: "accepted", Misskey: "accepted",
                                      Snac: "accepted"},
    "content-type=application/ld+json": {Mastodon: "accepted", GoToSocial: 406, Akkoma: "accepted",
                                         Misskey: "accepted", Snac: "accepted"},
    f"content-type={common.LD_JSON}": dict.fromkeys(doubles.ALL, "accepted"),
    "content-type=application/activity+json; charset=utf-8": dict.fromkeys(doubles.ALL, "accepted"),
}
# Seconds that the sender's clock is behind.
CLOCK = {
    240: dict.fromkeys(doubles.ALL, "accepted"),
    3300: {Mastodon: "accepted", GoToSocial: "accepted", Akkoma: "accepted", Misskey: 401, Snac: "accepted"},
    5400: {Mastodon: 401, GoToSocial: "accepted", Akkoma: "accepted", Misskey: 401, Snac: "accepted"},
    7500: {Mastodon: 401, GoToSocial: "accepted", Akkoma: 400, Misskey: 401, Snac: "accepted"},
    -2700: {Mastodon: "accepted", GoToSocial: "accepted", Akkoma: 400, Misskey: 401, Snac: "accepted"},
    -4000: {Mastodon: 401, GoToSocial: "accepted", Akkoma: 400, Misskey: 401, Snac: "accepted"},
}


class Refusing(Doubles):
    def setUp(self):
        super().setUp()
        self.made = self.start(*doubles.ALL, Mastodon)
        self.sender = self.made.pop()
        self.eve = self.sender.actor("eve")
        for receiver in self.made:
            fan = receiver.actor("fan")
            fan.follow(self.eve.id)
            self.sender.wait("Follow", signer=fan.id, verdict="accepted")
            receiver.wait("Accept", verdict="accepted")

    def judge(self, receiver, expected, activity, **how):
        """Sends it, and looks at what became of it: in the record and in the answer."""
        answer = self.sender.deliver(self.eve, receiver.actor("fan").inbox, activity, **how)
        entry = receiver.wait(count=len(receiver.received))[-1]
        found = entry.status if entry.verdict == "refused" else entry.verdict
        self.assertEqual((found, answer.status), (expected, entry.status), (type(receiver).__name__, how, entry))
        self.assertEqual(activity.get("object", {}).get("id") in receiver.notes, expected == "accepted", entry)
        return entry

    def create(self, **changes):
        note = self.eve.note("words")
        return {**self.eve.make("Create", note, to=note["to"], cc=note["cc"]), **changes}

    def test_signatures(self):
        for spoil, ends in WRONG.items():
            for receiver in self.made:
                with self.subTest(spoil, receiver=receiver.software):
                    self.judge(receiver, ends[type(receiver)], self.create(), spoil=spoil)

    def test_clocks(self):
        for age, ends in CLOCK.items():
            for receiver in self.made:
                with self.subTest(age, receiver=receiver.software):
                    self.judge(receiver, ends[type(receiver)], self.create(), age=age)

    def test_rfc_9421(self):
        """Only Mastodon takes it; snac2 answers well and loses it."""
        ends = {Mastodon: "accepted", GoToSocial: 401, Akkoma: 400, Misskey: 401, Snac: "dropped"}
        for receiver in self.made:
            with self.subTest(receiver.software):
                self.judge(receiver, ends[type(receiver)], self.create(), dialect="9421")
        mastodon = self.made[0]
        for spoil in ("body", "digest", "other-key", "cut", "no-signature", "host", "unsigned=@method",
                      "unsigned=@target-uri", "unsigned=content-digest"):
            with self.subTest(spoil):
                self.judge(mastodon, 401, self.create(), dialect="9421", spoil=spoil)
        self.judge(mastodon, 401, self.create(), dialect="9421", age=5400)

    def test_whose_it_is(self):
        other = self.sender.actor("other").id
        elsewhere = "http://127.0.0.99:1/x"
        dropped = dict.fromkeys(doubles.ALL, "dropped")
        cases = {
            "another actor": ({"actor": other}, {**dropped, GoToSocial: 403, Akkoma: 400}),
            "a note of another": ({"object": {**self.eve.note("x"), "attributedTo": other}}, dropped),
            "a note elsewhere": ({"object": {**self.eve.note("x"), "id": elsewhere}}, dropped),
            "an id elsewhere": ({"id": elsewhere}, {Mastodon: "accepted", GoToSocial: "accepted", Akkoma: 400,
                                                    Misskey: "dropped", Snac: "accepted"}),
            "no id": ({"id": None}, {Mastodon: "accepted", GoToSocial: "dropped", Akkoma: 400, Misskey: "dropped",
                                     Snac: "accepted"}),
        }
        for name, (changes, ends) in cases.items():
            for receiver in self.made:
                with self.subTest(name, receiver=receiver.software):
                    self.judge(receiver, ends[type(receiver)], self.create(**changes))
                    for notes in (receiver.notes,):
                        notes.clear()

    def test_what_is_no_activity(self):
        for body in (b"", b"{", b"[]", b'"x"', b"\xff\xfe"):
            for receiver in self.made:
                answer = self.sender.deliver(self.eve, receiver.actor("fan").inbox, body)
                self.assertEqual(answer.status, 400, (receiver.software, body))
        for receiver in self.made:
            answer = self.sender.deliver(self.eve, receiver.actor("fan").inbox, b" " * (1 << 20) + b"{}")
            self.assertIn(answer.status, (413, 0), receiver.software)
            entry = self.judge(receiver, "dropped", self.create(type="Dance"))
            self.assertIn("Dance", entry.reason)

    def test_the_same_twice_has_one_effect(self):
        for receiver in self.made:
            activity = self.create()
            self.judge(receiver, "accepted", activity)
            self.assertEqual(self.judge(receiver, "accepted", activity).reason, "again")


class Traps(Doubles):
    def test_mastodon_wants_webfinger_to_lead_back(self):
        mastodon, other = self.start(Mastodon, Akkoma)
        other._webfinger = lambda query: {"subject": f"acct:star@{other.host}", "links": [
            {"rel": "self", "type": common.ACTIVITY_JSON, "href": other.origin + "/users/somebody"}]}
        fan = other.actor("star")
        fan.follow(mastodon.actor("mia").id)
        self.assertEqual(mastodon.received[-1].status, 401)
        self.assertIn("loop", mastodon.received[-1].reason)

    def test_mastodon_drops_what_concerns_nobody(self):
        mastodon, other = self.start(Mastodon, Akkoma)
        star, mia = other.actor("star"), mastodon.actor("mia")
        other.deliver(star, mia.inbox, star.make("Create", star.note("to the wind"), to=[common.PUBLIC]))
        self.assertIn("nobody", self.ends(mastodon, "Create", "dropped").reason)
        star.post("to @mia", mentions=[mia.id])
        self.assertEqual([entry.verdict for entry in mastodon.wait("Create", count=2)], ["dropped", "accepted"])

    def test_mastodon_answers_the_deletion_of_strangers(self):
        mastodon, other = self.start(Mastodon, Akkoma)
        star, mia = other.actor("star"), mastodon.actor("mia")
        asked = len(other.fetched)
        answer = other.deliver(star, mia.inbox, star.make("Delete", star.id), spoil="no-signature")
        self.assertEqual((answer.status, len(other.fetched)), (202, asked))
        self.ends(mastodon, "Delete", "dropped")

    def test_gotosocial_shows_nothing_to_those_who_do_not_sign(self):
        gotosocial, other = self.start(GoToSocial, Mastodon)
        star = gotosocial.actor("star")
        note = star.note("only for the signed")
        for url, status in ((star.id, 401), (note["id"], 401), (star.outbox, 401), (star.key_id, 200),
                            (gotosocial.instance.id, 200)):
            request = common.signatures.Request("GET", common.target_of(url), [("Host", gotosocial.host)])
            self.assertEqual(common.send(url, request).status, status, url)
            self.assertEqual(other.get(url).status, 200, url)
        stub = other.get(star.key_id).json()
        self.assertEqual((stub["id"], "inbox" in stub), (star.id, False))
        self.assertEqual(gotosocial.actor("star").document().get("endpoints"), None)

    def test_gotosocial_never_asks_again_for_a_key_that_was_gone(self):
        gotosocial, other = self.start(GoToSocial, Mastodon)
        star, inbox = other.actor("star"), gotosocial.actor("mia").inbox
        other.fail(410)
        self.assertEqual(other.deliver(star, inbox, star.make("Delete", star.id)).status, 401)
        other.recover()
        self.assertEqual(other.deliver(star, inbox, star.make("Like", gotosocial.origin + "/x")).status, 401)
        self.assertIn("gone once", gotosocial.received[-1].reason)

    def test_akkoma_lets_the_gone_be_gone(self):
        akkoma, other = self.start(Akkoma, Mastodon)
        star, inbox = other.actor("star"), akkoma.actor("mia").inbox
        other.fail(410)
        self.assertEqual(other.deliver(star, inbox, star.make("Like", star.id)).status, 400)
        self.assertEqual(other.deliver(star, inbox, star.make("Delete", star.id)).status, 200)

    def test_misskey_wants_its_own_host_and_one_digest(self):
        misskey, other = self.start(Misskey, Mastodon)
        star, inbox = other.actor("star"), misskey.actor("mia").inbox
        request = other.build(star, inbox, json.dumps(star.make("Like", star.id)).encode())
        request.headers = [(name, value + ",SHA-512=AAAA" if name == "Digest" else value)
                           for name, value in request.headers]
        self.assertEqual(common.send(inbox, request).status, 401)
        self.assertIn("Digest", misskey.received[-1].reason)
        other.deliver(star, inbox, star.make("Like", star.id), spoil="host")
        self.assertIn("Host", misskey.received[-1].reason)

    def test_misskey_asks_the_old_actor_about_a_move(self):
        here, old, new = self.start(Misskey, Mastodon, Mastodon)
        fan, star = self.befriend(here, old)
        home = new.actor("star")
        home.aliases = [star.id]
        move = star.make("Move", star.id, to=[star.followers_url], target=home.id)
        old.deliver(star, fan.inbox, move)
        self.assertIn("does not say", self.ends(here, "Move", "dropped").reason)
        old.fail("refuse")
        old.deliver(star, fan.inbox, {**move, "id": star.id + "#again"})
        self.assertEqual(here.wait("Move", count=2)[-1].verdict, "dropped")
        star.moved_to = home.id
        old.deliver(star, fan.inbox, star.make("Update", star.document(), to=[star.followers_url]))
        new.wait("Follow", signer=fan.id, verdict="accepted")

    def test_snac_moves_only_to_whom_it_met(self):
        here, old, new = self.start(Snac, Mastodon, Mastodon)
        _, star = self.befriend(here, old)
        home = new.actor("star")
        home.aliases = [star.id]
        star.move(home.id)
        self.assertIn("cannot get new actor", self.ends(here, "Move", "dropped").reason)
        self.assertEqual(new.entries("Follow"), [])

    def test_snac_signs_a_digest_and_asks_the_collections(self):
        snac, other = self.start(Snac, Mastodon)
        star = other.actor("star")
        snac.resolve(f"@star@{other.host}")
        support.until(lambda: len(other.fetched) >= 5, what="the asking")
        targets = [entry.request.target for entry in other.fetched]
        for url in (star.followers_url, star.following_url, star.outbox):
            self.assertIn(common.target_of(url), targets)
        for entry in other.fetched:
            self.assertIn("digest", entry.request.get("signature"), entry)

    def test_moves_that_nobody_goes_along_with(self):
        here, old, new = self.start(Mastodon, Mastodon, Mastodon)
        fan, star = self.befriend(here, old)
        home, other = new.actor("star"), old.actor("other")
        wrong = {"does not know": star.make("Move", star.id, target=home.id),
                 "somebody else": star.make("Move", other.id, target=home.id)}
        for reason, move in wrong.items():
            old.deliver(star, fan.inbox, move)
            self.assertIn(reason, here.wait("Move", id=move["id"])[-1].reason)
        home.aliases, home.moved_to = [star.id], "http://127.0.0.99:1/x"
        move = star.make("Move", star.id, target=home.id)
        old.deliver(star, fan.inbox, move)
        self.assertIn("moved itself", here.wait("Move", id=move["id"])[-1].reason)
        self.assertIn(star.id, fan.following)

    def test_a_broken_server_breaks_as_asked(self):
        broken, other = self.start(Mastodon, Mastodon)
        star, inbox = other.actor("star"), broken.actor("mia").inbox
        like = star.make("Like", star.id)
        for status in (410, 429, 500, 503):
            broken.fail(status, retry_after=7)
            answer = other.deliver(star, inbox, like)
            self.assertEqual((answer.status, dict(answer.headers)["Retry-After"]), (status, "7"))
        for how in ("close", "garbage", "refuse"):
            broken.fail(how)
            self.assertEqual(other.deliver(star, inbox, like).status, 0, how)
        broken.recover()
        broken.fail("silent")
        request = other.build(star, inbox, b"{}")
        began = time.monotonic()
        self.assertEqual(common.send(inbox, request, timeout=1).status, 0)
        self.assertGreater(time.monotonic() - began, 0.9)
        broken.fail(503, posts_only=True)
        self.assertEqual(other.get(broken.actor("mia").id).status, 200)
        self.assertEqual(other.deliver(star, inbox, like).status, 503)
        broken.recover()
        self.assertEqual(other.deliver(star, inbox, like).status, 202)
        self.assertEqual(self.ends(broken, "Like").signer, star.id)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
