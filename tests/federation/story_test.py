#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A community and the live peer, over real HTTP: people on either side follow, write, answer, edit,
like, boost and delete, and the other side sees it; whatever is killed comes back, and nothing is lost
or there twice.

Usage: story_test.py CAMP
"""

import json
import sys
import time
import unittest

import camp_server
import faults
import fedify
import support

PROGRAM = sys.argv[1]
# How a member makes follows wait for a decision.
ASK_ME = ("profile", "--locked")


class Story(support.Case):
    def setUp(self):
        super().setUp()
        self.camp = self.begin(camp_server.CampServer(PROGRAM, self.scratch + "/camp").init("bo"))
        self.camp.start()
        self.peer = self.begin(fedify.Peer(self.scratch + "/peer", dialect="cavage-first"))
        self.fred = self.peer.actor("fred")
        self.freds_handle = f"@fred@127.0.0.1:{self.peer.port}"
        self.ana = self.camp.actor("ana")

    def peer_follows(self, who="ana"):
        self.peer.call("follow", as_="fred", who=f"@{who}@{self.camp.host}")
        self.peer.expect("actors", "fred", "following", self.camp.actor(who), "state", value="accepted")

    def camp_follows(self, who="ana"):
        """The member follows fred, and has his Accept."""
        self.camp.ok("follow", self.freds_handle, member=who)
        self.peer.expect("actors", "fred", "followers", self.camp.actor(who))
        self.assertEqual(self.peer.settle(), [])

    def at_the_peer(self, words):
        """The one note there that has the words."""
        def look():
            return [note for note in self.peer.call("notes").values() if words in (note.get("content") or "")]
        found = support.until(look, what=f"{words!r} at the peer")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def at_camp(self, words, member="ana", *command):
        """The one row of the timeline, or of what the command prints, that has the words."""
        def look():
            rows = self.camp.ok(*(command or ("timeline", "--all")), member=member)
            return [row for row in rows if words in row["content"]]
        found = support.until(look, what=f"{words!r} at {member}'s")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def notified(self, words, member="ana"):
        support.until(lambda: words in json.dumps(self.camp.ok("notifications", member=member)),
                      what=f"a notification of {words}")

    def test_a_member_is_heard(self):
        self.peer_follows()
        self.notified("fred")
        began = time.monotonic()
        post = self.camp.ok("post", "--to", "public", "good morning", member="ana")
        note = self.at_the_peer("good morning")
        print(f"from the shell to the follower: {time.monotonic() - began:.2f} s")
        answer = self.peer.call("reply", as_="fred", inReplyTo=note["id"], content="<p>and to you</p>")["id"]
        row = self.at_camp("and to you", "ana", "thread", post["id"])
        self.assertEqual((row["inReplyTo"], row["author"]["handle"]), (post["id"], self.freds_handle[1:]))
        self.notified("and to you")
        self.peer.call("edit", as_="fred", id=answer, content="<p>and to you all</p>")
        self.at_camp("and to you all", "ana", "thread", post["id"])
        done = [self.peer.call(verb, as_="fred", id=note["id"])["activity"] for verb in ("like", "boost")]
        for verb in ("like", "boost"):
            self.notified(verb)
        for activity in done:
            self.peer.call("undo", as_="fred", activity=activity)
        self.camp.ok("edit", post["id"], "good evening", member="ana")
        self.assertEqual(self.at_the_peer("good evening")["id"], note["id"])
        self.peer.call("delete", as_="fred", id=answer)
        support.until(lambda: "and to you" not in json.dumps(self.camp.ok("thread", post["id"], member="ana")),
                      what="the deletion")
        self.camp.ok("delete", post["id"], member="ana")
        self.peer.expect("notes", note["id"], "deleted", value=True)
        self.assertEqual(self.peer.call("fetch", url=note["id"])["ok"], False)
        self.assertEqual(self.peer.settle(), [])

    def test_a_member_listens_and_answers(self):
        self.camp_follows()
        note = self.peer.call("post", as_="fred", content="<p>news of fred</p>")["id"]
        row = self.at_camp("news of fred")
        self.camp.ok("reply", row["id"], "answer of ana", member="ana")
        self.assertEqual(self.at_the_peer("answer of ana")["inReplyTo"], note)
        for verb, kind in (("like", "likes"), ("boost", "boosts")):
            self.camp.ok(verb, row["id"], member="ana")
            self.peer.expect("reactions", note, kind, value=[self.ana])
            self.camp.ok(verb, row["id"], "--undo", member="ana")
            self.peer.expect("reactions", note, kind, value=[])
        self.peer.call("edit", as_="fred", id=note, content="<p>better news</p>")
        self.assertEqual(self.at_camp("better news")["id"], row["id"])
        self.peer.call("delete", as_="fred", id=note)
        support.until(lambda: "better news" not in json.dumps(self.camp.ok("timeline", "--all", member="ana")),
                      what="the deletion")
        self.camp.ok("unfollow", self.freds_handle, member="ana")
        self.peer.expect("actors", "fred", "followers", value={})

    def test_who_asks_is_decided_by_hand(self):
        self.peer.actor("fred", policy="manual")
        self.camp.ok("follow", self.freds_handle, member="ana")
        self.peer.expect("actors", "fred", "requests", self.ana)
        self.peer.call("accept", as_="fred", who=self.ana)
        self.peer.settle()
        self.peer.call("post", as_="fred", content="<p>for those who asked</p>", to="followers")
        self.at_camp("for those who asked")
        self.camp.ok(*ASK_ME, member="bo")
        bo = self.camp.actor("bo")
        for decision, state in (("accept", "accepted"), ("reject", "rejected")):
            asked = self.peer.call("follow", as_="fred", who=bo)
            support.until(lambda: "fred" in json.dumps(self.camp.ok("followers", "requests", member="bo")),
                          what="the request")
            self.assertEqual(self.peer.call("following", as_="fred")[bo], "pending")
            self.camp.ok("followers", decision, self.freds_handle, member="bo")
            self.peer.expect("actors", "fred", "following", bo, "state", value=state)
            is_there = "fred" in json.dumps(self.camp.ok("followers", member="bo"))
            self.assertEqual(is_there, decision == "accept")
            self.peer.call("undo", as_="fred", activity=asked["activity"])
            support.until(lambda: "fred" not in json.dumps(self.camp.ok("followers", member="bo")), what="the end")

    def test_kills_lose_and_double_nothing(self):
        self.peer_follows()
        self.camp_follows()
        mine, theirs = [], []

        def both_write(when):
            for number in range(3):
                mine.append(f"ana {when} {number}")
                self.camp.ok("post", "--to", "public", mine[-1], member="ana")
            if self.peer.process.poll() is None:
                theirs.append(f"fred {when}")
                self.peer.call("post", as_="fred", content=theirs[-1])

        both_write("at first")
        self.camp.kill()
        both_write("without camp serve")
        self.camp.start()
        self.peer.kill()
        both_write("without the peer")
        self.camp.kill()
        self.camp.start()
        self.peer.start()
        both_write("at last")
        self.camp.run("queue", "retry")  # else it would wait some minutes for the host that was away
        for words in mine:
            note = self.at_the_peer(words)
            effects = [each["effect"] for each in self.peer.received(type="Create", actor=self.ana)
                       if each.get("effect") and json.loads(each["body"])["object"]["id"] == note["id"]]
            self.assertEqual(effects.count("note"), 1, effects)
        for words in theirs:
            self.at_camp(words)
        self.assertEqual(self.peer.settle(), [])

    def test_nothing_of_a_post_is_lost_on_the_way(self):
        """What another implementation's vocabulary makes of a post says all that camp said."""
        self.peer_follows()
        picture = self.camp.directory + ".png"
        with open(picture, "wb") as file:
            file.write(faults.picture(b"soup"))
        post = self.camp.ok("post", "--to", "public", "--summary", "soup", "--attach", picture, "--alt", "a bowl",
                            "--focus", "-0.25,0.5",
                            f"ladle it out #soup #Stew {self.freds_handle}", member="ana")
        heard = self.at_the_peer("ladle it out")
        path = "/o/" + post["id"].split("/")[1]
        said = json.loads(self.camp.get(path, accept="application/activity+json")[2])
        for field in ("id", "type", "attributedTo", "content", "summary", "sensitive", "published", "url"):
            self.assertEqual(heard[field], said[field], field)
        self.assertEqual((said["summary"], said["sensitive"]), ("soup", True))

        def many(value):
            return value if isinstance(value, list) else [value]

        def spoken(tags):
            return sorted((tag["type"].removeprefix("as:"), tag["href"], tag["name"]) for tag in many(tags))

        self.assertEqual(spoken(heard["tag"]), spoken(said["tag"]))
        self.assertEqual([tag[0] for tag in spoken(said["tag"])], ["Hashtag", "Hashtag", "Mention"])
        (theirs,), (ours,) = many(heard["attachment"]), said["attachment"]
        for field in ("type", "mediaType", "url", "name", "summary", "width", "height"):
            self.assertEqual(theirs[field], ours[field], field)
        self.assertEqual((ours["name"], ours["summary"], ours["width"] > 0), ("a bowl", "a bowl", True))
        # Fedify's vocabulary has no word for it, so what came is read as it came.
        self.assertEqual(ours["focalPoint"], [-0.25, 0.5])
        (came,) = [entry["body"] for entry in self.peer.received() if "ladle it out" in entry["body"]]
        self.assertEqual(json.loads(came)["object"]["attachment"], said["attachment"])

    def test_only_public_words_leave(self):
        self.peer_follows()
        for audience in ("local",):
            self.camp.ok("post", "--to", audience, f"kept at home: {audience}", member="ana")
        self.camp.ok("post", "--to", "public", "said aloud", member="ana")
        self.at_the_peer("said aloud")
        for entry in self.peer.received():
            self.assertNotIn("kept at home", entry["body"])


if __name__ == "__main__":
    support.skip_unless(fedify.missing())
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
