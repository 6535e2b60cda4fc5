#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A community among doubles of Mastodon, GoToSocial, Akkoma, Misskey and snac2: each follows and is
followed, gets posts, edits and deletions, sends all that it can send in its own dialect; what is signed
wrong, or is not theirs to say, changes nothing.

Usage: camp_doubles_test.py CAMP

CAMP_FULL_DEPTH=1 looks after each forged act, and not after all of a server's.
"""

import json
import re
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
import unittest

import camp_server
import double as common
import doubles
import faults
import support

PROGRAM = sys.argv[1]
SPOILT = ("body", "digest", "target", "host", "key-id", "other-key", "cut", "no-signature", "unsigned=digest",
          "unsigned=date", "unsigned=host", "unsigned=(request-target)", "content-type=text/plain")


def each(test):
    """Runs the test with every kind of double, somebody there, and a member of its own."""
    def run(self):
        for kind in doubles.ALL:
            with self.subTest(kind.software):
                there, sam = self.begin(kind)
                test(self, there, sam, self.member())
    return run


class Others(unittest.TestCase):
    """One community for all tests; each test has its own doubles and a member of its own."""

    count = 0

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.mkdtemp(prefix="camp-federation-", dir="/dev/shm")
        cls.addClassCleanup(shutil.rmtree, cls.scratch, True)
        cls.camp = camp_server.CampServer(PROGRAM, cls.scratch + "/camp").init()
        cls.camp.start()
        cls.addClassCleanup(cls.camp.stop)

    def begin(self, kind, name="sam"):
        """A double of that kind, and somebody there."""
        Others.count += 1
        made = kind(address=f"127.0.0.{40 + self.count % 200}")
        self.addCleanup(made.stop)
        return made, made.actor(name)

    def member(self):
        """Somebody new in the community."""
        Others.count += 1
        handle = f"ana{self.count}"
        self.camp.ok("member", "add", handle)
        return handle

    def ok(self, member, *words):
        return self.camp.ok(*words, member=member)

    @staticmethod
    def handle(actor):
        return f"@{actor.name}@{actor.double.host}"

    def follows(self, sam, member):
        """The person elsewhere follows the member."""
        sam.follow(f"@{member}@{self.camp.host}")
        support.until(lambda: sam.following[self.camp.actor(member)]["state"] == "accepted", what="the Accept")
        support.until(lambda: self.names(member, "followers") == [self.handle(sam)[1:]], what="the follower")

    def is_followed(self, sam, member):
        self.ok(member, "follow", self.handle(sam))
        support.until(lambda: self.camp.actor(member) in sam.followers, what="the Follow")
        sam.double.wait("Follow", signer=self.camp.actor(member), verdict="accepted")
        support.until(lambda: self.is_accepted(sam, member), what="our side of the Accept")

    def database(self, query, *values):
        """Rows of the server's own database, which no command shows yet."""
        db = sqlite3.connect(f"file:{self.camp.directory}/state/server.db?mode=ro", uri=True, timeout=20)
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()

    def is_accepted(self, sam, member):
        outgoing = json.loads(self.camp.get(f"/u/{member}/following", accept=common.ACTIVITY_JSON)[2])
        sent = self.database("SELECT state FROM following WHERE member = ? AND actor = ?", self.camp.members()[member], sam.id)
        return outgoing["totalItems"] > 0 and sent and sent[0][0] != 0

    def names(self, member, *command):
        return [row["handle"] for row in self.ok(member, *command)]

    def row(self, words, member, *command):
        """The one row with those words, of the timeline or of what the command prints."""
        def look():
            return [row for row in self.ok(member, *(command or ("timeline", "--all"))) if words in row["content"]]
        found = support.until(look, what=f"{words!r}")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def gone(self, words, member, *command):
        support.until(lambda: words not in json.dumps(self.ok(member, *(command or ("timeline", "--all")))),
                      what=f"the end of {words!r}")

    def counted(self, member, post, what, number):
        support.until(lambda: self.ok(member, "show", post)[what] == number, what=f"{number} {what}")

    def noticed(self, member, kind, sam, count=1):
        def look():
            return [row for row in self.ok(member, "notifications", "-n", "1000")
                    if row["kind"] == kind and row["actor"]["handle"] == self.handle(sam)[1:]]
        support.until(lambda: len(look()) == count, what=f"{count} {kind} of {sam.id}, not {look()}")

    @staticmethod
    def url(camp, post):
        return camp.url("/o/" + post.split("/")[1])


class Understanding(Others):
    @each
    def test_each_hears_us(self, there, sam, ana):
        actor = self.camp.actor(ana)
        self.follows(sam, ana)
        self.noticed(ana, "follow", sam)
        post = self.ok(ana, "post", "--to", "public", "--summary", "soup", "good *morning*")["id"]
        url = self.url(self.camp, post)
        there.wait("Create", signer=actor, verdict="accepted")
        self.assertIn("<em>morning</em>", there.notes[url]["content"])
        self.assertEqual(there.notes[url]["summary"], "soup")
        self.ok(ana, "edit", post, "good evening")
        edits = not isinstance(there, doubles.Misskey)
        there.wait("Update", signer=actor, verdict="accepted" if edits else "dropped")
        self.assertEqual("evening" in there.notes[url]["content"], edits)
        self._answers(there, sam, ana, post, url)
        self.ok(ana, "delete", post)
        there.wait("Delete", signer=actor, verdict="accepted")
        self.assertEqual(there.notes[url]["type"], "Tombstone")
        self.assertEqual(self.camp.get(url[len(self.camp.url("")):], accept=common.ACTIVITY_JSON)[0], 410)
        sam.unfollow(actor)
        support.until(lambda: self.names(ana, "followers") == [], what="the end of the follow")

    def _answers(self, there, sam, ana, post, url):
        answer = sam.reply(url, f"<p>{there.software} answers</p>")
        row = self.row(f"{there.software} answers", ana, "thread", post)
        self.assertEqual((row["inReplyTo"], row["author"]["handle"]), (post, self.handle(sam)[1:]))
        self.noticed(ana, "reply", sam)
        sam.edit(answer, f"<p>{there.software} answers better</p>")
        self.row(f"{there.software} answers better", ana, "thread", post)
        for verb, what in (("like", "likes"), ("boost", "boosts")):
            done = getattr(sam, verb)(url)
            self.counted(ana, post, what, 1)
            self.noticed(ana, verb, sam)
            sam.undo(done, self.camp.actor(ana))
            self.counted(ana, post, what, 0)
        sam.delete(answer)
        self.gone("answers better", ana, "thread", post)

    @each
    def test_each_is_heard(self, there, sam, ana):
        actor = self.camp.actor(ana)
        self.is_followed(sam, ana)
        note = sam.post(f"<p>news of {there.software}</p>")
        row = self.row(f"news of {there.software}", ana)
        self.ok(ana, "reply", row["id"], "I heard")
        heard = there.wait("Create", signer=actor, verdict="accepted")[-1].activity["object"]
        self.assertEqual((heard["inReplyTo"], "I heard" in heard["content"]), (note["id"], True))
        for verb, kind in (("like", "Like"), ("boost", "Announce")):
            self.ok(ana, verb, row["id"])
            there.wait(kind, signer=actor, verdict="accepted")
            self.assertIn((actor, kind), there.reactions[note["id"]])
            self.ok(ana, verb, row["id"], "--undo")
            support.until(lambda: (actor, kind) not in there.reactions[note["id"]], what=f"Undo of {kind}")
        sam.edit(note, "<p>better news</p>")
        self.assertEqual(self.row("better news", ana)["id"], row["id"])
        sam.delete(note)
        self.gone("better news", ana)
        self.ok(ana, "unfollow", self.handle(sam))
        support.until(lambda: actor not in sam.followers, what="the end of our follow")

    def test_a_conversation_elsewhere_is_asked_for(self):
        """Strangers talk below a post that nobody here follows: a member who looks at it sees them."""
        there, sam = self.begin(doubles.Mastodon)
        far, gus = self.begin(doubles.GoToSocial, "gus")
        ana, words = self.member(), "where is everybody"
        start = sam.post(f"<p>{words}</p>")
        below = gus.reply(start["id"], "<p>here :blob:</p>", tag=[
            {"type": "Emoji", "name": ":blob:", "icon": {"type": "Image", "url": far.origin + "/blob.png"}}])
        there.wait("Create", signer=gus.id, verdict="accepted")
        last = there.actor("eve").reply(below["id"], "<p>and here</p>")
        rows = self.ok(ana, "thread", below["id"])
        self.assertEqual([row["id"] for row in rows], [start["id"], below["id"], last["id"]])
        self.assertEqual(rows[1]["content"].strip(), "here :blob:")
        self.assertNotIn("/blob.png", [entry.request.target for entry in far.fetched])
        # Once an hour.
        another = there.actor("pip").reply(start["id"], "<p>too late</p>")
        self.assertNotIn(another["id"], [row["id"] for row in self.ok(ana, "thread", below["id"])])

    def test_a_conversation_that_a_member_joins_is_asked_for(self):
        there, sam = self.begin(doubles.Mastodon)
        ana = self.member()
        self.is_followed(sam, ana)
        start = sam.post("<p>who is coming</p>")
        row = self.row("who is coming", ana)
        stranger = there.actor("eve").reply(start["id"], "<p>I am</p>")
        self.assertEqual(self.database("SELECT 1 FROM post WHERE uri = ?", stranger["id"]), [])
        self.ok(ana, "reply", row["id"], "So am I")
        support.until(lambda: self.database("SELECT 1 FROM post WHERE uri = ?", stranger["id"]),
                      what="the stranger's answer")

    @each
    def test_letters_go_to_whom_they_name(self, there, sam, ana):
        bo = self.member()
        words = f"between us, {there.software}"
        sam.post(f"<p>{words}</p>", to="direct", mentions=[self.camp.actor(ana)])
        row = self.row(words, ana)
        self.assertNotIn(words, json.dumps(self.ok(bo, "timeline", "--all")))
        self.noticed(ana, "mention", sam)
        self.ok(ana, "reply", row["id"], f"only for you, {there.software}")
        entry = there.wait("Create", signer=self.camp.actor(ana), verdict="accepted")[-1]
        self.assertEqual((entry.inbox, entry.activity["to"], entry.activity["cc"]),
                         (common.target_of(sam.inbox), [sam.id], []))
        self.assertEqual(self.camp.get(common.target_of(entry.activity["object"]["id"]), accept=common.ACTIVITY_JSON)[0], 404)

    @each
    def test_what_is_for_followers_is_for_followers(self, there, sam, ana):
        bo = self.member()
        self.is_followed(sam, ana)
        words = f"for followers of {there.software}"
        sam.post(f"<p>{words}</p>", to="followers")
        self.row(words, ana)
        self.assertNotIn(words, json.dumps(self.ok(bo, "timeline", "--all")))

    @each
    def test_who_asks_waits_for_an_answer(self, there, sam, ana):
        actor = self.camp.actor(ana)
        self.ok(ana, "profile", "--locked")
        for decision, state in (("accept", "accepted"), ("reject", "rejected")):
            sam.follow(actor)
            support.until(lambda: self.names(ana, "followers", "requests"), what="the request")
            self.assertEqual(sam.following[actor]["state"], "pending")
            self.ok(ana, "followers", decision, self.handle(sam))
            if not isinstance(there, doubles.Snac) or decision == "accept":  # it looks at no Reject
                support.until(lambda: sam.following[actor]["state"] == state, what=decision)
            sam.unfollow(actor)
            support.until(lambda: self.names(ana, "followers") == [], what="the end")

    @each
    def test_who_blocks_us_is_left_alone(self, there, sam, ana):
        self.follows(sam, ana)
        self.is_followed(sam, ana)
        sam.block(self.camp.actor(ana))
        support.until(lambda: self.names(ana, "followers") == [], what="the end of the follow")
        before = len(there.received)
        self.ok(ana, "post", "--to", "public", "not for sam")
        self.ok(ana, "post", "--to", "followers", "not for sam either")
        time.sleep(1.5)
        self.assertEqual([entry for entry in there.received[before:] if entry.activity.get("type") == "Create"], [])

    @each
    def test_whom_we_block_is_gone(self, there, sam, ana):
        actor = self.camp.actor(ana)
        self.follows(sam, ana)
        self.is_followed(sam, ana)
        sam.post(f"<p>before {there.software}</p>")
        self.row(f"before {there.software}", ana)
        self.ok(ana, "block", self.handle(sam))
        support.until(lambda: self.names(ana, "followers") == [], what="the end of the follow")
        support.until(lambda: actor not in sam.followers, what="the end of our follow")
        self.gone(f"before {there.software}", ana)
        sam.post(f"<p>after {there.software}</p>", mentions=[actor])
        follow = sam.follow(actor)
        support.until(lambda: there.entries("Reject", signer=actor) or sam.following[actor]["state"] == "rejected",
                      what="the answer to who is blocked")
        self.assertEqual(self.names(ana, "followers"), [], follow)
        self.assertNotIn(f"after {there.software}", json.dumps([self.ok(ana, "timeline", "--all"), self.ok(ana, "notifications")]))

    @each
    def test_a_report_is_kept(self, there, sam, ana):
        post = self.ok(ana, "post", "--to", "public", f"reported by {there.software}")["id"]
        url = self.url(self.camp, post)
        sam.flag(self.camp.actor(ana), url, comment=f"rude, says {there.software}")
        kept = support.until(lambda: self.database("SELECT * FROM report WHERE content LIKE ?", f"%{there.software}"),
                             what="the report")
        self.assertEqual(len(kept), 1)
        self.assertIn(url, json.dumps(kept))
        told = [row for row in self.camp.ok("mod", "reports", member="ana")
                if there.software in row["content"]]
        self.assertEqual([url in row["about"] for row in told], [True])
        self.row(f"reported by {there.software}", ana)

    @each
    def test_a_report_of_ours_says_nothing_of_the_member(self, there, sam, ana):
        rude = sam.post("<p>something rude</p>")
        words = f"rude on {there.software}"
        for _ in range(2):
            self.ok(ana, "report", rude["id"], words)
        entry = there.wait("Flag", signer=self.camp.url("/actor"), verdict="accepted")[-1]
        flag = entry.activity
        self.assertEqual((flag["object"], flag["content"], flag["to"]), ([sam.id, rude["id"]], words, [sam.id]))
        self.assertNotIn(ana, json.dumps(flag))
        kept = [row for row in self.camp.ok("mod", "reports", member="ana") if row["content"] == words]
        self.assertEqual([(row["member"], row["about"]) for row in kept], [(ana, [sam.id, rude["id"]])])
        time.sleep(1.5)
        self.assertEqual(len(there.entries("Flag")), 1)

    @each
    def test_a_move_is_gone_along_with(self, there, sam, ana):
        actor = self.camp.actor(ana)
        new, home = self.begin(type(there), "home")
        _, stranger = self.begin(type(there), "stranger")
        self.is_followed(sam, ana)
        sam.moved_to = stranger.id
        sam.send(sam.make("Move", sam.id, to=[sam.followers_url], target=stranger.id), actor)
        time.sleep(1)
        self.assertNotIn(actor, stranger.followers)
        self.assertIn(actor, sam.followers)
        home.aliases = [sam.id]
        sam.move(home.id)
        support.until(lambda: actor in home.followers, what="the new follow")
        support.until(lambda: actor not in sam.followers, what="the end of the old follow")
        # Some accept a follow a while after they have taken it.
        support.until(lambda: any(row["id"] == home.id and row["state"] == "accepted"
                                  for row in self.camp.ok("following", member=ana)), what="their answer")
        home.post(f"<p>at home now, {new.software}</p>")
        self.row(f"at home now, {new.software}", ana)

    @each
    def test_who_vanishes_takes_their_words_along(self, there, sam, ana):
        self.follows(sam, ana)
        self.is_followed(sam, ana)
        sam.post(f"<p>last words, {there.software}</p>")
        self.row(f"last words, {there.software}", ana)
        sam.vanish()
        self.gone(f"last words, {there.software}", ana)
        support.until(lambda: self.names(ana, "followers") == [], what="the end of the follower")


class Hostile(Others):
    def stage(self, kind):
        """Two people there of whom a member hears, with what they have done so far."""
        there, sam = self.begin(kind)
        ana, eve = self.member(), there.actor("eve")
        self.is_followed(sam, ana)
        note = sam.post("<p>words of sam</p>")
        self.row("words of sam", ana)
        post = self.ok(ana, "post", "--to", "public", "words of ana")["id"]
        like = sam.like(self.url(self.camp, post))
        self.counted(ana, post, "likes", 1)
        there.resolve(self.camp.actor(ana))
        return there, sam, eve, ana, note, post, like

    def state(self, ana, post):
        """All that could be changed from outside, as the member sees it."""
        return json.dumps([self.ok(ana, "timeline", "--all"), self.ok(ana, "thread", post), self.ok(ana, "followers"),
                           self.ok(ana, "notifications", "-n", "1000"), self.ok(ana, "show", post),
                           self.database("SELECT member, actor, state FROM following ORDER BY 1, 2"),
                           self.database("SELECT count(*) FROM report")])

    def test_signatures_that_are_not_good(self):
        for kind in doubles.ALL:
            there, sam, _, ana, note, post, like = self.stage(kind)
            inbox = self.camp.actor(ana) + "/inbox"
            before = self.state(ana, post)
            mentioned = sam.note("<p>spoilt</p>", mentions=[self.camp.actor(ana)])
            acts = [sam.make("Create", mentioned, to=mentioned["to"], cc=mentioned["cc"]), sam.make("Delete", note["id"], to=note["to"]),
                    sam.make("Follow", self.camp.actor(ana)), sam.make("Undo", like)]
            for spoil in SPOILT:
                if spoil == "unsigned=host" and "host" not in there.signed_post:
                    continue
                for act in acts:
                    with self.subTest(f"{there.software} {spoil} {act['type']}"):
                        answer = there.deliver(sam, inbox, act, spoil=spoil)
                        self.assertIn(answer.status, (400, 401, 403, 406, 415, 421), answer.body)
            for age in (90_000, -90_000):
                for act in acts:
                    answer = there.deliver(sam, inbox, act, age=age)
                    self.assertIn(answer.status, (400, 401, 403), (there.software, age, answer.body))
            self.assertEqual(self.state(ana, post), before, there.software)
            there.deliver(sam, inbox, acts[0])  # the same, well
            self.row("spoilt", ana)

    def test_what_is_not_theirs_to_say(self):
        for kind in doubles.ALL:
            there, sam, eve, ana, note, post, like = self.stage(kind)
            elsewhere, far = self.begin(kind, "far")
            actor, before = self.camp.actor(ana), self.state(ana, post)
            forged = dict(note, id=note["id"] + "9", content="<p>forged</p>")
            theirs = eve.note("<p>eve's</p>", mentions=[actor])
            acts = {
                "a note in another's name": eve.make("Create", forged, to=note["to"], cc=[actor]),
                "another's activity": dict(sam.make("Create", forged, to=note["to"], cc=[actor])),
                "an edit of another's note": eve.make("Update", dict(note, content="<p>forged</p>"), to=note["to"]),
                "a deletion of another's note": eve.make("Delete", note["id"], to=note["to"]),
                "the deletion of another": eve.make("Delete", sam.id, to=note["to"]),
                "another's profile": eve.make("Update", dict(sam.document(), name="forged"), to=note["to"]),
                "an undo of another's like": eve.make("Undo", {k: v for k, v in like.items() if k != "@context"}, to=[actor]),
                "an accept of nothing": eve.make("Accept", {"type": "Follow", "actor": actor, "object": eve.id, "id": actor + "#no"}),
                "an accept in another's place": eve.make("Accept", {"type": "Follow", "actor": actor, "object": sam.id}),
                "a reject in another's place": eve.make("Reject", {"type": "Follow", "actor": actor, "object": sam.id}),
                "a move of another": eve.make("Move", sam.id, target=eve.id),
                "our own note, edited": eve.make("Update", {"id": self.url(self.camp, post), "type": "Note", "content": "forged",
                                                              "attributedTo": eve.id}, to=note["to"]),
                "our own note, deleted": eve.make("Delete", self.url(self.camp, post), to=note["to"]),
                "a note of another host": eve.make("Create", dict(theirs, id=f"http://{elsewhere.host}/forged"), to=[actor]),
                "a note by nobody": eve.make("Create", {k: v for k, v in theirs.items() if k != "attributedTo"} | {
                    "attributedTo": far.id}, to=[actor]),
                "a dance": eve.make("Dance", theirs, to=[actor]),
            }
            for name, act in acts.items():
                with self.subTest(f"{there.software}: {name}"):
                    there.deliver(eve, actor + "/inbox", act)
                    if faults.full_depth():
                        self.assertEqual(self.state(ana, post), before)
            again = self.state(ana, post)
            self.assertEqual(again, before, there.software)
            for _ in range(2):  # and what came once does not count twice
                there.deliver(sam, actor + "/inbox", like)
            self.assertEqual(self.state(ana, post), again)


    def test_words_that_are_commands_are_printed_inert(self):
        """Names and posts that would clear a screen, set a clipboard, ask a terminal, or turn words round."""
        evil = ("\x1b[2J\x1b]52;c;eA==\x07\x1b]8;;http://x/\x1b\\\x9b31m\x1bP$q q\x1b\\\x1b[21t\rover\u202e\u2066"
                + "e" + "\u0301" * 50 + "\u200bend")
        there, sam = self.begin(doubles.Mastodon)
        ana = self.member()
        sam.display = evil
        self.follows(sam, ana)
        self.is_followed(sam, ana)
        post = self.ok(ana, "post", "--to", "public", "words of ana")["id"]
        note = sam.note(f"<p>begin {evil} &#27;[2J&#x9b;31m&#155;</p>", mentions=[self.camp.actor(ana)])
        note.update(summary="warned " + evil, inReplyTo=self.url(self.camp, post))
        sam.send(sam.make("Create", note, to=note["to"], cc=note["cc"]), self.camp.actor(ana))
        sam.flag(self.camp.actor(ana), comment="rude " + evil)
        row = self.row("begin", ana, "thread", post)
        support.until(lambda: "rude" in json.dumps(self.camp.ok("mod", "reports", member="ana")), what="the report")
        for command in (["timeline", "--all"], ["thread", post], ["show", row["id"]], ["notifications"], ["followers"],
                        ["following"], ["search", "begin"], ["mod", "reports"]):
            who = "ana" if command[0] == "mod" else ana
            for form in ([], ["--plain"], ["--color", "always"], ["--json"], ["--jsonl"]):
                with self.subTest(" ".join(command + form)):
                    done = self.camp.run(*command, *form, member=who)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    text = done.stdout.decode()  # raw C1 bytes would be no UTF-8
                    self.assertRegex(text, "sam|begin|rude|end")
                    if form == ["--color", "always"]:
                        text = re.sub("\x1b\\[[0-9;]*m", "", text)  # camp's own
                    if form[:1] in (["--json"], ["--jsonl"]):
                        self.assertTrue(text.isascii())
                    self.assertEqual(re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), [])
                    self.assertNotIn("\u0301" * 5, text)
        self.assertNotRegex(open(self.camp.log_file, "rb").read(), b"[\x00-\x08\x0b-\x1f\x7f]")


class Guarded(unittest.TestCase):
    """A community that shows its objects to those alone who sign."""

    def test_who_is_blocked_sees_nothing_and_actors_stay_open(self):
        scratch = tempfile.mkdtemp(prefix="camp-federation-", dir="/dev/shm")
        self.addCleanup(shutil.rmtree, scratch, True)
        camp = camp_server.CampServer(PROGRAM, scratch + "/camp", options=["--authorized-fetch"]).init("bo")
        camp.start()
        self.addCleanup(camp.stop)
        there = doubles.Mastodon(address="127.0.0.39")
        self.addCleanup(there.stop)
        sam, tim = there.actor("sam"), there.actor("tim")
        hers, his = (Others.url(camp, camp.ok("post", "--to", "public", f"words of {who}", member=who)["id"])
                     for who in ("ana", "bo"))
        for url in (hers, his, camp.actor("ana") + "/outbox"):
            self.assertEqual(camp.get(common.target_of(url), accept=common.ACTIVITY_JSON)[0], 401)
            self.assertEqual([there.get(url, signer=who).status for who in (sam, tim)], [200, 200])
        camp.ok("block", Others.handle(sam), member="ana")
        never = there.get(hers[:-25] + "0" * 25, signer=sam)
        for url in (hers, camp.actor("ana") + "/outbox"):
            refused = there.get(url, signer=sam)
            self.assertEqual((refused.status, refused.body), (404, never.body))
            self.assertEqual(there.get(url, signer=tim).status, 200)
        self.assertEqual(there.get(his, signer=sam).status, 200)
        camp.ok("block", "127.0.0.39:" + there.host.rpartition(":")[2], member="bo")
        self.assertEqual([there.get(his, signer=who).status for who in (sam, tim)], [404, 404])
        for path in ("/u/ana", "/actor", f"/.well-known/webfinger?resource=acct:ana@{camp.host}"):
            self.assertEqual(camp.get(path, accept=common.ACTIVITY_JSON)[0], 200, path)

    def test_a_message_that_nobody_signed_is_answered_before_its_body(self):
        scratch = tempfile.mkdtemp(prefix="camp-federation-", dir="/dev/shm")
        self.addCleanup(shutil.rmtree, scratch, True)
        camp = camp_server.CampServer(PROGRAM, scratch + "/camp").init()
        camp.start()
        self.addCleanup(camp.stop)
        for path in ("/inbox", "/u/ana/inbox", "/actor/inbox"):
            with socket.create_connection((camp.address, camp.port), timeout=5) as peer:
                peer.sendall(f"POST {path} HTTP/1.1\r\nHost: {camp.host}\r\nContent-Type: application/activity+json\r\n"
                             "Content-Length: 1000000\r\n\r\n".encode())
                self.assertIn(b" 401 ", peer.recv(4096))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
