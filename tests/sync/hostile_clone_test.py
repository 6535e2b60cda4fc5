#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A member's machine that submits whatever it likes, through the forced command of ssh: each line is
refused with its reason, and the origin stays as it was.

Usage: hostile_clone_test.py CAMP SHIM
"""

import copy
import hashlib
import json
import os
import struct
import sys
import time
import unittest
import zlib

import clones
import faults
import forge
import hostile

PROGRAM = sys.argv[1]
SANITIZED = hostile.is_sanitized(PROGRAM)
OTHER = "0" * 31 + "1"  # nobody's id


def other_value(value):
    """Something like a value, and not it."""
    if isinstance(value, str):
        return value[:-1] + ("y" if value[-1:] != "y" else "x")
    if isinstance(value, list):
        return value + [value[0] if value else 1]
    if isinstance(value, dict):
        return {**value, "more": "x"}
    return not value if isinstance(value, bool) else value + 1


def png_header(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))


def with_text_chunk(png):
    data = b"Comment\0where I live"
    chunk = struct.pack(">I", len(data)) + b"tEXt" + data + struct.pack(">I", zlib.crc32(b"tEXt" + data))
    return png[:33] + chunk + png[33:]


class HostileClone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = faults.Scratch()
        cls.addClassCleanup(cls.scratch.__exit__)
        cls.origin = clones.Origin(PROGRAM, cls.scratch.path + "/origin")
        cls.clone = cls.origin.join(cls.scratch.path + "/clone", "bo")
        cls.code = cls.origin.invite("cy")
        cls.ids = {handle: "camp:" + id for handle, id in cls.origin.members().items()}
        cls.bo, cls.ana = cls.ids["bo"], cls.ids["ana"]
        owner = cls.bo.split(":")[1]
        keys = forge.read_keys(cls.clone.directory, owner)
        cls.log = faults.git(cls.origin.directory + "/local.git", "cat-file", "blob",
                             f"main:members/{owner}/keys.jsonl")
        speaking = json.loads(cls.log.splitlines()[-1])["signing"][-1]["key"]
        cls.key = keys.pop(speaking)
        cls.deciding = next(iter(keys.values()))
        cls.anas = cls.origin.ok("post", "--to", "local", "by ana")
        cls.anas_open = cls.origin.ok("post", "--to", "public", "open, by ana")
        cls.anas_letter = cls.origin.ok("post", "--to", "direct", "@bo a letter of ana's")
        cls.note = json.loads(cls.object_of(cls.anas))
        cls.own = cls.give(cls.made())
        cls.open_own = cls.give(cls.public())
        cls.own_letter = cls.give(cls.letter(), signed=False)

    # --- what bo sends

    @classmethod
    def object_of(cls, post, member=None):
        return cls.origin.run("object", "cat", post["short"], member=member).stdout.rstrip(b"\n")

    @classmethod
    def made(cls, **changes):
        """A record of bo's, not sealed: ana's post with other words. None leaves a member out."""
        record = {**forge.without(cls.note, "id", "proof"), "attributedTo": cls.bo,
                  "published": forge.moment(time.time()),
                  "camp:nonce": forge.base32(int.from_bytes(os.urandom(16), "big"), 26),
                  "content": "by bo", **changes}
        return {name: value for name, value in record.items() if value is not None}

    @classmethod
    def letter(cls, **changes):
        return cls.made(**{"to": [cls.ana], "content": "a letter of bo's", **changes})

    @classmethod
    def act(cls, kind, what, **changes):
        return cls.made(**{"type": kind, "attributedTo": None, "actor": cls.bo, "object": what,
                           "content": None, "mediaType": None, **changes})

    @classmethod
    def edit(cls, what, **changes):
        version = {"type": "Note", "id": what, "content": "edited", "mediaType": "text/markdown"}
        return cls.act("Update", version, **changes)

    @classmethod
    def tombstone(cls, what, **changes):
        return cls.made(**{"type": "Tombstone", "object": what, "formerType": "Note",
                           "content": None, "mediaType": None, **changes})

    @classmethod
    def submit(cls, name, data, handle="bo", command="camp-submit", origin=None):
        return hostile.run(name, [PROGRAM, "-C", (origin or cls.origin).directory, "ssh-command",
                                  handle],
                           hostile.plain_environment(SSH_ORIGINAL_COMMAND=command), data)

    @classmethod
    def give(cls, record, signed=True):
        """Submits what must be accepted; its full id."""
        data = forge.seal(record, cls.key if signed else None)
        done = cls.submit("an honest line", data + b"\n")
        answer = json.loads(done.output or b"{}")
        if not answer.get("accepted"):
            raise AssertionError(f"not accepted: {done.text}: {data.decode()}")
        return answer["id"]

    # --- what must come of it

    def refuse(self, name, data, pattern, **options):
        """One hostile case."""
        hostile.Figures.cases += 1
        origin = options.get("origin") or self.origin
        with self.subTest(name):
            before = hostile.snapshot(origin)
            done = self.submit(name, data, **options)
            hostile.check_refusal(self, name, done, pattern, SANITIZED)
            self.assertNotIn('"accepted":true', done.text)
            self.assertEqual(hostile.snapshot(origin), before)

    def refuse_line(self, name, data, *objections, **options):
        words = "|".join(objections)
        self.refuse(name, data + b"\n", f'"reason":"[^"]+".*"refused":"({words})"', **options)

    # --- the cases

    def templates(self):
        own, letter = self.own, self.own_letter
        return {"post": (self.made(), True),
                "open post": (self.public(), True),
                "letter": (self.letter(), False),
                "reply": (self.made(inReplyTo=self.anas["id"]), True),
                "like": (self.act("Like", self.anas["id"]), True),
                "boost": (self.act("Announce", self.anas_open["id"], **self.public_members()), True),
                "edit": (self.edit(own), True),
                "edit of a letter": (self.edit(letter, to=[self.ana]), False),
                "tombstone": (self.tombstone(own), True),
                "profile": (self.profile(), True),
                "follow": (self.act("Follow", self.ana, to=[self.bo]), True)}

    @classmethod
    def profile(cls, **changes):
        return cls.made(**{"type": "Person", "content": None, "mediaType": None, "name": "Bo",
                           **cls.public_members(), **changes})

    @classmethod
    def public_members(cls):
        note = json.loads(cls.object_of(cls.anas_open))
        return {name: note.get(name) for name in ("audience", "to", "cc", "camp:unlisted")}

    @classmethod
    def public(cls):
        return cls.made(**cls.public_members())

    def test_a_every_field_of_every_kind_is_signed_or_named(self):
        for kind, (record, signed) in self.templates().items():
            sealed = json.loads(forge.seal(record, self.key if signed else None))
            for member in sealed:
                if member == "proof":
                    continue
                broken = copy.deepcopy(sealed)
                broken[member] = other_value(broken[member])
                self.refuse_line(f"{kind}, another {member}", forge.canonical(broken), "form",
                                 "author")
            for member in sealed.get("proof", {}):
                broken = copy.deepcopy(sealed)
                broken["proof"][member] = other_value(broken["proof"][member])
                self.refuse_line(f"{kind}, another {member} in its proof", forge.canonical(broken),
                                 "key", "form")

    def test_z_what_was_not_changed_is_accepted(self):
        for kind, (record, signed) in self.templates().items():
            with self.subTest(kind):
                self.give(record, signed)

    def test_y_an_older_profile_replaces_none(self):
        """A replay is answered and changes nothing; of several lines the newest stands."""
        at = lambda seconds, name: self.profile(published=forge.moment(time.time() + seconds), name=name)
        older, newest, newer = at(200, "older"), at(400, "newest"), at(300, "newer")
        lines = [forge.seal(record, self.key) for record in (older, newest, newer)]
        done = self.submit("profiles in one go", b"\n".join(lines) + b"\n")
        self.assertEqual(done.text.count('"accepted":true'), 3, done.text)
        name = lambda: self.origin.ok("profile", "bo")["name"]
        self.assertEqual(name(), "newest")
        before = hostile.snapshot(self.origin)
        done = self.submit("an older profile again", lines[0] + b"\n")
        self.assertIn('"accepted":true', done.text)
        self.assertEqual(name(), "newest")
        self.assertEqual(hostile.snapshot(self.origin), before)
        self.assertEqual(self.origin.run("fsck").returncode, 0)

    def test_b_what_another_wrote_is_not_taken_from_bo(self):
        """E17, E18: replays, and acts upon what is another's."""
        for post in (self.anas, self.anas_open):
            self.refuse_line("ana's post again", self.object_of(post), "author")
        letter = self.object_of(self.anas_letter, "ana")
        self.refuse_line("ana's letter again", letter, "author")
        self.refuse_line("a letter in ana's name", forge.seal(self.letter(attributedTo=self.ana,
                         to=[self.bo])), "author")
        self.refuse_line("a post in ana's name", forge.seal(self.made(attributedTo=self.ana),
                         self.key), "author")
        self.origin.ok("profile", "--name", "Ana", member="ana")
        open_to_all = self.origin.directory + "/public.git"
        profile = faults.git(open_to_all, "cat-file", "blob", f"main:profiles/{self.ana[5:]}.json")
        self.refuse_line("ana's profile again", profile.rstrip(b"\n"), "author")
        self.refuse_line("a profile in ana's name", forge.seal(
            self.profile(attributedTo=self.ana), self.key), "author")
        self.refuse_line("a tombstone for ana's post", forge.seal(
            self.tombstone(self.anas["id"]), self.key), "author")
        mine = f"{self.bo}/{self.anas['id'].split('/')[1]}"
        self.refuse_line("a tombstone for ana's post as if it were bo's", forge.seal(
            self.tombstone(mine), self.key), "author", "form")
        self.refuse_line("an edit of ana's post", forge.seal(self.edit(self.anas["id"]), self.key),
                         "form")
        self.refuse_line("an edit of ana's post as if it were bo's",
                         forge.seal(self.edit(mine), self.key), "missing", "author", "form")
        self.refuse_line("a tombstone in the community's name", forge.seal(
            self.tombstone(self.anas["id"], attributedTo=self.note["camp:community"]), self.key),
            "author")
        self.refuse_line("a like in ana's name", forge.seal(
            self.act("Like", self.own, actor=self.ana), self.key), "author")

    def test_c_no_other_key_speaks_for_bo(self):
        anas = next(iter(forge.read_keys(self.origin.directory, self.ana[5:]).values()))
        community = next(iter(forge.read_keys(
            self.origin.directory, self.note["camp:community"][5:]).values()))
        for name, key in (("a stranger's", forge.Key()), ("ana's", anas), ("bo's deciding", self.deciding),
                          ("the community's", community)):
            for kind, (record, signed) in self.templates().items():
                if signed:
                    self.refuse_line(f"{kind} by {name} key", forge.seal(record, key), "key")

    def test_d_proofs_of_another_shape(self):
        record = json.loads(forge.seal(self.made(), self.key))
        good = record["proof"]
        options = {"of another suite": {"cryptosuite": "eddsa-rdfc-2022"}, "of no suite": {"cryptosuite": None},
                   "for another purpose": {"proofPurpose": "authentication"},
                   "of another type": {"type": "Ed25519Signature2020"},
                   "of a chain": {"previousProof": "urn:x"},
                   "with no key": {"verificationMethod": None},
                   "with a web key": {"verificationMethod": "https://evil.example/key"},
                   "in another context": {"@context": ["https://evil.example/ns"]},
                   "with an unreadable end": {"expires": "soon"}}
        for name, changes in options.items():
            broken = {**record, "proof": forge.proof_of(forge.without(record, "proof"), self.key, **changes)}
            self.refuse_line(f"a proof {name}", forge.canonical(broken), "key", "form")
        for name, proof in {"twice": [good, good], "as text": "z" + "1" * 64, "as null": None,
                            "empty": {}, "cut short": {**good, "proofValue": good["proofValue"][:40]},
                            "in hexadecimal": {**good, "proofValue": "00" * 64},
                            "of zeros": {**good, "proofValue": "z" + forge.base58(b"\1" + b"\0" * 63)},
                            "with s + L": {**good, "proofValue": self.malleated(good)}}.items():
            self.refuse_line(f"a proof {name}", forge.canonical({**record, "proof": proof}), "key", "form")
        self.refuse_line("a post without a proof", forge.canonical(forge.without(record, "proof")), "key")
        self.refuse_line("a letter with a proof", forge.seal(self.letter(), self.key), "key")

    @staticmethod
    def malleated(proof):
        """The same signature with its second half one group order further."""
        number = 0
        for digit in proof["proofValue"][1:]:
            number = number * 58 + forge.BASE58.index(digit)
        data = number.to_bytes(64, "big")
        s = int.from_bytes(data[32:], "little") + forge.L
        return "z" + forge.base58(data[:32] + s.to_bytes(32, "little"))

    def test_e_what_bo_may_not_write(self):
        """Well-formed and signed, and still not allowed."""
        local, own, now = self.anas["id"], self.own, time.time()
        public, letter = self.public_members(), self.anas_letter["id"]
        nothing = f"{self.bo}/{forge.content_id(self.made())}"
        sign = lambda record: forge.seal(record, self.key)
        cases = [
            ("of another community", self.made(**{"camp:community": "camp:" + OTHER}), "community"),
            ("dated 11 minutes ahead", self.made(published=forge.moment(now + 660)), "clock"),
            ("dated a year ahead", self.made(published=forge.moment(now + 3e7)), "clock"),
            ("dated before 1990", self.made(published="1989-12-31T23:59:59.999Z"), "form"),
            ("dated in year 1", self.made(published="0001-01-01T00:00:00.000Z"), "form"),
            ("dated in year 9999", self.made(published="9999-12-31T23:59:59.999Z"), "clock"),
            ("dated with an offset", self.made(published="2026-11-26T10:00:00+01:00"), "form"),
            ("dated without a day", self.made(published="now"), "form"),
            ("without a date", self.made(published=None), "form"),
            ("without a nonce", self.made(**{"camp:nonce": None}), "form"),
            ("with a short nonce", self.made(**{"camp:nonce": "00"}), "form"),
            ("without an audience", self.made(audience=None), "form"),
            ("to an unknown audience", self.made(audience="camp:everybody"), "form"),
            ("to two audiences", self.made(audience=["camp:local", "camp:public"]), "form"),
            ("to a neighborhood", self.made(audience="camp:neighborhood", **{"camp:roster": OTHER}), "audience|form"),
            ("without a community", self.made(**{"camp:community": None}), "form"),
            ("with a number as content", self.made(content=1), "form"),
            ("with a float", self.made(extra=1.5), "form"),
            ("with a large number", self.made(extra=2 ** 53), "form"),
            ("with a picture that is not here", self.made(attachment=[{"type": "Image", "mediaType": "image/png",
             "digestMultibase": "z" + forge.base58(b"\x12\x20" + b"\7" * 32)}]), "media"),
            ("with a picture by address", self.made(attachment=[{"type": "Image", "url": "https://evil.example/x"}]), "form"),
            ("with a picture of no size", self.made(attachment=[{"type": "Image", "mediaType": "image/png", "width": -1,
             "digestMultibase": "z" + forge.base58(b"\x12\x20" + b"\7" * 32)}]), "form"),
            ("with an attachment that is no list", self.made(attachment={}), "form"),
            ("with a tag that is no list", self.made(tag="x"), "form"),
            ("with a tag of text", self.made(tag=["x"]), "form"),
            ("in two languages", self.made(contentMap={"de": "a", "en": "b"}), "form"),
            ("as a reply to a local post, in public", self.made(inReplyTo=local, **public), "audience"),
            ("as a reply to a letter, for all", self.made(inReplyTo=letter), "audience"),
            ("as an edit with another audience", self.edit(own, **public), "audience"),
            ("as an edit that answers a local post", self.act("Update", {"type": "Note", "id": self.open_own, "content": "x",
             "inReplyTo": local}, **public), "audience"),
            ("as an edit of what is not here", self.edit(nothing), "missing"),
            ("as an edit of a like", self.act("Update", {"type": "Like", "id": own}), "form"),
            ("as an edit of a bare id", self.act("Update", own), "form"),
            ("as an edit of nothing", self.act("Update", None), "form"),
            ("as a tombstone in another audience", self.tombstone(own, **public), "audience"),
            ("as a tombstone of nothing", self.tombstone(None), "form"),
            ("as a tombstone of a web page", self.tombstone("https://evil.example/1"), "form"),
            ("as a like of a local post, in public", self.act("Like", local, **public), "audience"),
            ("as a like of a letter, for all", self.act("Like", letter), "audience"),
            ("as a like of what is not here", self.act("Like", nothing), "missing"),
            ("as a like under another's name", self.act("Like", f"{self.bo}/{local.split('/')[1]}"), "missing|form|author"),
            ("as a boost of a letter", self.act("Announce", letter, to=[self.ana]), "audience"),
            ("as a like of a list", self.act("Like", [local]), "form"),
            ("as a profile for the community alone", self.profile(audience="camp:local"), "form"),
            ("as a profile for people", self.profile(to=[self.ana]), "form"),
            ("as an unlisted profile", self.profile(**{"camp:unlisted": True}), "form"),
            ("as a profile of another community", self.profile(**{"camp:community": "camp:" + OTHER}), "community"),
            ("as a profile dated ahead", self.profile(published=forge.moment(now + 3600)), "clock"),
            ("as a profile with a picture that is not here", self.profile(icon={"type": "Image", "mediaType": "image/png",
             "digestMultibase": "z" + forge.base58(b"\x12\x20" + b"\7" * 32)}), "media"),
            ("as a profile with a picture by address", self.profile(image="https://evil.example/x"), "form"),
            ("as a profile with a picture of text", self.profile(icon={"type": "Image", "mediaType": "text/html",
             "digestMultibase": "z" + forge.base58(b"\x12\x20" + b"\7" * 32)}), "form"),
            ("as a profile with a name of two lines", self.profile(name="Bo\nadmin"), "form"),
            ("as a profile with a name that acts on terminals", self.profile(name="\x9b31m"), "form"),
            ("as a profile with a long name", self.profile(name="x" * 101), "form"),
            ("as a profile with a long summary", self.profile(summary="x" * 2049), "form"),
            ("as a profile with nine fields", self.profile(attachment=[
             {"type": "PropertyValue", "name": str(i), "value": "x"} for i in range(9)]), "form"),
            ("as a profile of 33 KiB", self.profile(extra="x" * 33_000), "form"),
            ("as a profile in ana's name", self.profile(attributedTo=self.ana), "author|form"),
            ("of no type", self.made(type=None), "form"),
            ("of two types", self.made(type=["Note", "Like"]), "form"),
            ("of a type of 130 KB", self.made(type="N" * 133_000), "form"),
            ("of 260 KiB", self.made(content="word " * 53_000), "form"),
            ("of many members", self.made(extra=[0] * 5_000), "form"),
            ("of deep lists", self.made(extra=json.loads("[" * 20 + "]" * 20)), "form"),
        ]
        for name, record, objection in cases:
            author = self.bo
            self.refuse_line(f"an object {name}", forge.seal(record, self.key, author), objection)
        self.refuse_line("a letter that widens", forge.seal(self.edit(self.own_letter)), "audience|key")

    def test_f_what_is_no_object(self):
        """E28 to E30 and what else a parser meets."""
        good = forge.seal(self.made(content="Grüße"), self.key)
        lines = {
            "nothing but a bracket": b"{", "a list": b"[]", "null": b"null", "a number": b"1",
            "a text": b'"x"', "an empty record": b"{}", "two records": good + good,
            "a space before": b" " + good, "a space behind": good + b" ", "a carriage return": good + b"\r",
            "a byte order mark": b"\xef\xbb\xbf" + good, "a NUL": good + b"\0", "a NUL within": good.replace(b"Gr", b"G\0"),
            "an escaped NUL": good.replace(b"Gr", b"G\\u0000"), "half a surrogate": good.replace(b"Gr", b"\\ud800"),
            "surrogates in bytes": good.replace(b"Gr", b"\xed\xa0\x80"), "no UTF-8": good.replace(b"Gr", b"\xff\xfe"),
            "an overlong slash": good.replace(b"Gr", b"\xc0\xaf"), "escaped letters": good.replace(b"Gr", b"\\u0047r"),
            "a member twice": good.replace(b'"audience"', b'"audience":"camp:public","audience"'),
            "members out of order": json.dumps(dict(reversed(json.loads(good).items())), ensure_ascii=False,
                                               separators=(",", ":")).encode(),
            "spaces between": json.dumps(json.loads(good), sort_keys=True, ensure_ascii=False).encode(),
            "1e400": good.replace(b'"content"', b'"a":1e400,"content"'), "-0": good.replace(b'"content"', b'"a":-0,"content"'),
            "a comment": b"/* */" + good, "NaN": good.replace(b'"content"', b'"a":NaN,"content"'),
            "ten thousand lists": b"[" * 10_000 + b"]" * 10_000, "unended lists": b"[" * 100_000,
            "ten thousand records": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
            "random bytes": os.urandom(3_000).replace(b"\n", b"x"), "a git packet": b"0032want " + b"a" * 40,
            "a shell": b"id; rm -rf /", "a request of the web": b"POST / HTTP/1.1\r", "half an object": good[:len(good) // 2],
        }
        for name, data in lines.items():
            self.refuse_line(f"a line with {name}", data, "form")
        self.refuse("1.1 MiB", b"x" * 1_150_000 + b"\n", "a line of over 1 MiB")
        self.refuse("five MiB without an end", b"x" * (5 << 20), "a line of over 1 MiB")
        self.refuse("many bad lines", b"{}\n" * 2_000, '"refused":"form"')

    def test_g_a_good_line_beside_bad_ones_is_accepted(self):
        good = forge.seal(self.made(), self.key)
        done = self.submit("mixed", b"{}\n\n" + good + b"\n" + b"\xff\n" + good)
        answers = [json.loads(line) for line in done.output.splitlines()]
        self.assertEqual([bool(each.get("accepted")) for each in answers], [False, True, False, True])

    def test_h_claims(self):
        stranger, promise = forge.Key(), hashlib.sha256(forge.Key().did.encode()).hexdigest()
        whole = {"type": "camp:Claim", "code": self.code, "rotation": [stranger.did], "next": [promise],
                 "signing": [{"key": forge.Key().did, "name": "x"}]}
        for name, changes, handle in (
                ("for bo, who has claimed", {}, "bo"), ("for ana, who never had to", {}, "ana"),
                ("with a wrong code", {"code": "0000-0000-0000-0000"}, "cy"), ("with no code", {"code": ""}, "cy"),
                ("with a number as code", {"code": 7}, "cy"), ("without a code", {"code": None}, "cy"),
                ("with 17 keys", {"rotation": [forge.Key().did for _ in range(17)]}, "cy"),
                ("with a key that is none", {"rotation": ["did:key:zzz"]}, "cy"),
                ("with one key twice", {"rotation": [stranger.did, stranger.did]}, "cy"),
                ("with no promise", {"next": []}, "cy"), ("with a promise that is none", {"next": ["x"]}, "cy"),
                ("that promises its own key", {"next": [hashlib.sha256(stranger.did.encode()).hexdigest()]}, "cy"),
                ("with a nameless key", {"signing": [{"key": stranger.did}]}, "cy"),
                ("with keys that are text", {"signing": "x"}, "cy"),
                ("without lists", {"rotation": None}, "cy")):
            line = {key: value for key, value in {**whole, **changes}.items() if value is not None}
            self.refuse_line(f"a claim {name}", forge.canonical(line), "form", "key", handle=handle)
        done = self.submit("an honest claim", forge.canonical(whole) + b"\n", handle="cy")
        self.assertIn('"accepted":true', done.text)
        self.refuse_line("a claim with the code that was used", forge.canonical(whole), "key", handle="cy")

    def test_i_key_logs(self):
        """E63: nothing but a longer log of one's own."""
        anas = faults.git(self.origin.directory + "/local.git", "cat-file", "blob", f"main:members/{self.ana[5:]}/keys.jsonl")
        stranger, held = forge.Key(), self.log
        last = json.loads(held.splitlines()[-1])
        add = last["signing"] + [{"key": forge.Key().did, "name": "x", "role": "device"}]
        fork = forge.key_operation(held.splitlines(keepends=True)[0], self.deciding, signing=add)
        revoked = [{"key": self.key.did, "vouched": {"count": 0, "digest": hashlib.sha256(b"").hexdigest()}}]
        genesis = forge.key_operation(b"", stranger)
        logs = {"of ana's": anas, "of a stranger's": genesis, "cut within a line": held[:-10],
                "without its last line's end": held[:-1], "of nothing": b"", "of noise": b"x\n",
                "that a stranger extended": forge.key_operation(held, stranger, signing=add),
                "that a speaking key extended": forge.key_operation(held, self.key, signing=add),
                "that went another way": fork,
                "that takes the paper key away": forge.key_operation(held, self.deciding, kind="rotate",
                                                                      rotation=[self.deciding.did]),
                "that promises another key": forge.key_operation(held, self.deciding, kind="rotate", next=["0" * 64]),
                "that skips a number": forge.key_operation(held, self.deciding, seq=last["seq"] + 2, signing=add),
                "of another chain": forge.key_operation(held, self.deciding, prev="0" * 64, signing=add),
                "that revokes beside an addition": forge.key_operation(held, self.deciding, revoked=revoked, signing=add),
                "that becomes a community": forge.key_operation(held, self.deciding, subject="community"),
                "of two thousand lines": held + b"{}\n" * 2_000, "of 300 KiB": held + b"x" * 300_000 + b"\n",
                "with an escape": held.replace(b"laptop", b"lap\x1b[2Jtop") if b"laptop" in held else held[:-2] + b"\x1b\n"}
        for name, log in logs.items():
            line = {"type": "camp:KeyLog", "log": log.decode(errors="replace")}
            self.refuse_line(f"a key log {name}", forge.canonical(line), "form", "key")
        for name, line in {"without a log": {}, "with a number": {"log": 1}, "with lists that are text": {"log": held.decode(), "vouched": "x"},
                           "with a list that is a number": {"log": held.decode(), "vouched": {"z": 1}},
                           "with 17 lists": {"log": held.decode(), "vouched": {str(i): "" for i in range(17)}}}.items():
            self.refuse_line(f"a key log {name}", forge.canonical({"type": "camp:KeyLog", **line}), "form")
        before = hostile.snapshot(self.origin)
        for log in (held, held.splitlines(keepends=True)[0]):  # what the origin has already
            done = self.submit("old news", forge.canonical({"type": "camp:KeyLog", "log": log.decode()}) + b"\n")
            self.assertIn('"accepted":true', done.text)
        self.assertEqual(hostile.snapshot(self.origin), before)

    def test_j_pictures(self):
        """E55, E56."""
        good = faults.picture(b"fine")
        pictures = {"with words in it": with_text_chunk(good), "of 60000 by 60000": png_header(60_000, 60_000),
                    "that is a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
                    "that is a program": b"GIF89a=1;alert(1)", "that is JSON": b'{"type":"Note"}', "that is empty": b"",
                    "that is cut short": good[:60], "with a tail": good + b"<script>", "that is noise": os.urandom(5_000),
                    "of 17 MiB": b"\x89PNG\r\n\x1a\n" + b"\0" * (17 << 20),
                    "from a camera": b"\xff\xd8\xff\xe1\x00\x18Exif\0\0MM\0*" + b"\0" * 14 + b"\xff\xd9"}
        for name, data in pictures.items():
            self.refuse(f"a picture {name}", data, "error|picture|camp:", command=
                        f"camp-media put local {hashlib.sha256(data).hexdigest()}")
        self.refuse("a picture under another's name", good, "not the one that its name says",
                    command="camp-media put local " + "0" * 64)
        private = f"private/{self.ana[5:]}"
        self.refuse("a picture for ana's own", good, "no such repository", command=
                    f"camp-media put {private} {hashlib.sha256(good).hexdigest()}")
        done = self.submit("a picture", good, command=f"camp-media put local {hashlib.sha256(good).hexdigest()}")
        self.assertEqual(done.returncode, 0, done.text)

    def test_k_commands(self):
        """E58, E59, E61: nothing but four commands, to the letter; what is not bo's is not there."""
        anas, none = f"private/{self.ana[5:]}", "0" * 64
        asked = [
            "", " ", "sh", "id", "bash -i", "camp-submit ", " camp-submit", "camp-submit; id", "camp-submit\nid",
            "camp-submit --as ana", "camp init x", "git", "git upload-pack 'local'", "git-upload-pack local",
            'git-upload-pack "local"', "git-upload-pack 'local'; id", "git-upload-pack 'local' --x", "git-upload-pack 'local",
            "git-upload-pack ''", "git-upload-pack '.'", "git-upload-pack '..'", "git-upload-pack '../origin/local'",
            "git-upload-pack 'local/../public'", "git-upload-pack '//local'", "git-upload-pack 'local\n'",
            "git-upload-pack 'local'\n", "git-upload-pack 'local' 'public'", "git-upload-pack 'LOCAL'", "git-upload-pack 'local$(id)'",
            "git-upload-pack 'local`id`'", "git-upload-pack 'local\x1b[2J'", "git-upload-pack '/etc/passwd'",
            f"git-upload-pack '{self.origin.directory}/local.git'", "git-upload-pack '~/local'", "git-upload-pack 'keys'",
            "git-upload-pack 'state'", "git-upload-pack 'local.git.git'", "git-upload-pack '--upload-pack=id'",
            "git-upload-pack --strict 'local'", "git-upload-pack 'ext::sh -c id'", "git-upload-pack 'file:///etc'",
            f"git-upload-pack '{anas}'", f"git-upload-pack '/{anas}.git'", "git-upload-pack 'private'", "git-upload-pack 'private/'",
            f"git-upload-pack 'private/{OTHER}'", f"git-upload-pack 'neighborhood/{OTHER}'", f"git-upload-pack 'neighbor/{OTHER}'",
            "git-upload-pack '" + "a" * 600 + "'", "git-receive-pack 'local'", "git-receive-pack 'public.git'",
            "git-upload-archive 'local'", "scp -t .", "sftp", "rsync --server", "camp-media", "camp-media get", "camp-media get local",
            "camp-media get local x", "camp-media get ../keys " + none, "camp-media get local " + none.upper() + "A",
            "camp-media get local " + none, f"camp-media get {anas} {none}", "camp-media rm local " + none,
            "camp-media get local/../../keys " + none, "camp-media put local " + none + " x", "camp-media  get local " + none,
        ]
        for command in asked:
            self.refuse(f"'{command}'", b"0000", "camp: ", command=command)
        done = self.submit("stock git's words", b"0000", command="git-upload-pack '/local.git'")
        self.assertEqual(done.returncode, 0, done.text)
        self.assertIn("refs/heads/main", done.text)

    def test_l_wants_of_what_is_elsewhere(self):
        """E59: an object of another audience is not given, whatever protocol is asked for."""
        hidden = [faults.git(f"{self.origin.directory}/private/{self.ana[5:]}.git", "rev-parse", "main").decode().strip(),
                  faults.git(f"{self.origin.directory}/local.git", "rev-parse", "main^{tree}").decode().strip()]
        for oid in hidden:
            wants = forge.line(b"want %s side-band-64k ofs-delta\n" % oid.encode()) + b"0000" + forge.line(b"done\n")
            v2 = forge.line(b"command=fetch") + b"0001" + forge.line(b"want " + oid.encode()) + forge.line(b"done") + b"0000"
            for version, data in (("", wants), ("version=2", v2)):
                hostile.Figures.cases += 1
                with self.subTest(oid=oid, version=version):
                    done = hostile.run("a want", [PROGRAM, "-C", self.origin.directory, "ssh-command", "bo"],
                                       hostile.plain_environment(SSH_ORIGINAL_COMMAND="git-upload-pack 'local'",
                                                                 GIT_PROTOCOL=version), data)
                    self.assertNotEqual(done.returncode, 0)
                    self.assertNotIn(b"PACK", done.output)

    def test_m_whoever_is_out_is_out(self):
        """E58: a removed member gets nothing, a suspended one reads and does not write."""
        key = next(iter(forge.read_keys(self.origin.directory, self.note["camp:community"][5:]).values()))
        for kind in ("suspend", "remove"):
            origin = clones.Camp(PROGRAM, self.origin.copy(f"{self.scratch.path}/{kind}").directory)
            local = origin.directory + "/local.git"
            log = faults.git(local, "cat-file", "blob", "main:community/log.jsonl")
            log = forge.log_entry(log, key, kind=kind, member=self.bo[5:])
            hostile.plant(local, "main", {"community/log.jsonl": log})
            if kind == "suspend":
                for name, (record, signed) in self.templates().items():
                    self.refuse_line(f"{name} of a suspended member", forge.seal(record, self.key if signed else None),
                                     "suspended", origin=origin)
                continue
            for command in ("camp-submit", "git-upload-pack 'local'", "git-upload-pack 'public'", f"git-upload-pack '{'private/' + self.bo[5:]}'",
                            "camp-media get public " + "0" * 64):
                self.refuse(f"'{command}' of a removed member", b"0000", "no member", command=command, origin=origin)


def tearDownModule():
    hostile.Figures.report(SANITIZED)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
