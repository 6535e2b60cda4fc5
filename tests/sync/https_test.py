#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""git over https, and a member who has no ssh: what camp and stock git need works, nothing else.

Plain http on loopback stands for https, as CAMP_INSECURE_LOOPBACK and --insecure-http have it.

Usage: https_test.py CAMP SHIM
"""

import gzip
import hashlib
import os
import random
import shutil
import socket
import subprocess
import sys
import time
import unittest

import canary_test
import clones
import faults
import forge
import https
import wants

PROGRAM, SHIM = sys.argv[1:3]
REFUSED, NETWORK, USAGE = 4, 6, 2
PUBLIC_PACK = "/git/public.git/git-upload-pack"
ASKS_FOR_PACK = {"Content_Type": "application/x-git-upload-pack-request"}


class Served(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.path = self.scratch.path
        self.home = https.Home(PROGRAM, self.path + "/home")
        self.home.server.start()
        self.addCleanup(self.home.server.stop)

    def picture(self, marker):
        file = self.path + "/picture.png"
        with open(file, "wb") as handle:
            handle.write(faults.picture(marker))
        return file

    def assert_says(self, done, code, *words):
        """Exit code, and two lines: what is wrong and the way out."""
        self.assertEqual(done.returncode, code, done.stderr)
        lines = done.stderr.decode().splitlines()
        self.assertEqual(len(lines), 2, done.stderr)
        for word in words:
            self.assertIn(word, lines[0])
        self.assertTrue(lines[1].strip())

    def nothing(self):
        """The answer to a path that never was."""
        status, _, body = https.Client(self.home).ask("GET", "/there/never/was")
        self.assertEqual(status, 404)
        return status, body

    def member(self, handle, clone):
        """Somebody with the key of a member's clone."""
        key = https.device_key(clone, self.home.members()[handle])
        return https.Client(self.home, key, handle)


class StockGit(Served):
    """What stock git may do with what is public, without knowing of camp."""

    def git(self, *words, ok=True, **environment):
        done = subprocess.run(["git", *words], capture_output=True, check=False, timeout=120,
                              env={**faults.GIT_ENVIRONMENT, "GIT_TERMINAL_PROMPT": "0", **environment})
        if ok:
            self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def url(self, name="public"):
        return f"{self.home.url}/git/{name}.git"

    def test_a_stranger_clones_what_is_public(self):
        self.home.ok("post", "--to", "public", "to all the world")
        self.home.ok("post", "for members")
        self.git("clone", "-q", "--mirror", self.url(), self.path + "/mirror")
        held = faults.git(self.path + "/mirror", "cat-file", "--batch-all-objects", "--batch")
        self.assertIn(b"to all the world", held)
        self.assertNotIn(b"for members", held)
        self.git("clone", "-q", "--depth", "1", self.url(), self.path + "/shallow")
        self.git("-C", self.path + "/shallow", "fetch", "-q")

    def test_a_mirror_follows_a_squash_with_force(self):
        first = self.home.ok("post", "--to", "public", "will be deleted")
        self.home.ok("post", "--to", "public", "stays")
        self.git("clone", "-q", "--mirror", self.url(), self.path + "/mirror")
        self.home.ok("delete", "--now", first["short"])
        self.home.ok("post", "--to", "public", "came later")
        self.git("-C", self.path + "/mirror", "fetch", "-q", "--force", "--prune")
        for name in faults.git(self.path + "/mirror", "for-each-ref", "--format=%(refname)").split():
            self.assertEqual(faults.git(self.path + "/mirror", "rev-parse", name.decode()),
                             faults.git(self.home.directory + "/public.git", "rev-parse", name.decode()))
        faults.git(self.path + "/mirror", "gc", "-q", "--prune=now")
        held = faults.git(self.path + "/mirror", "cat-file", "--batch-all-objects", "--batch")
        self.assertIn(b"came later", held)
        self.assertNotIn(b"will be deleted", held)

    def test_a_long_request_comes_packed(self):
        """git packs what is longer than a KiB: here the many commits that only the client has."""
        self.home.ok("post", "--to", "public", "one")
        self.git("clone", "-q", "--mirror", self.url(), self.path + "/mirror")
        tree = faults.git(self.path + "/mirror", "mktree", data=b"").decode().strip()
        commit = []
        for i in range(120):  # of a day to come, so that they are offered first
            made = self.git("-C", self.path + "/mirror", "commit-tree", "-m", str(i), *commit, tree,
                            GIT_COMMITTER_DATE=f"@{3786912000 + i} +0000")
            commit = ["-p", made.stdout.decode().strip()]
        self.git("-C", self.path + "/mirror", "update-ref", "refs/heads/mine", commit[1])
        self.home.ok("post", "--to", "public", "another one")
        done = self.git("-C", self.path + "/mirror", "fetch", self.url(), "+refs/heads/*:refs/theirs/*",
                        GIT_CURL_VERBOSE="1", GIT_TRACE_CURL_NO_DATA="1")
        self.assertIn(b"Content-Encoding: gzip", done.stderr)
        held = faults.git(self.path + "/mirror", "cat-file", "--batch-all-objects", "--batch")
        self.assertIn(b"another one", held)

    def test_what_is_not_public_is_not_there(self):
        for name in ("local", "private/" + self.home.members()["ana"], "never", "keys"):
            done = self.git("clone", "-q", self.url(name), self.path + "/never", ok=False)
            self.assertEqual(done.returncode, 128)
            self.assertIn(b"not found", done.stderr)
            self.assertNotIn(b"Username", done.stderr)
            self.assertFalse(os.path.exists(self.path + "/never"))

    def test_nothing_is_pushed(self):
        self.git("clone", "-q", self.url(), self.path + "/mirror")
        before = faults.git(self.home.directory + "/public.git", "for-each-ref")
        done = self.git("-C", self.path + "/mirror", "push", self.url(), "HEAD:refs/heads/x", ok=False)
        self.assertNotEqual(done.returncode, 0)
        for method, path in (("GET", "/git/public.git/info/refs?service=git-receive-pack"),
                             ("POST", "/git/public.git/git-receive-pack")):
            status, _, body = https.Client(self.home).ask(method, path, b"" if method == "POST" else None)
            self.assertEqual((status, body), self.nothing())
        self.assertEqual(faults.git(self.home.directory + "/public.git", "for-each-ref"), before)

    def test_the_dumb_protocol_is_not_spoken(self):
        self.home.ok("post", "--to", "public", "hello")
        self.home.ok("gc")
        nobody, public = https.Client(self.home), self.home.directory + "/public.git"
        names = ["HEAD", "config", "info/refs", "info/refs?service=", "objects/info/packs", "packed-refs",
                 "info/refs?service=git-upload-pack&x=y", "refs/heads/main", "", "description",
                 "info/refs?service=git-upload-archive"]
        for path, _, files in os.walk(public):
            names += [os.path.relpath(os.path.join(path, name), public) for name in files]
        self.assertTrue(any(name.startswith("objects/") for name in names))
        for name in names:
            status, _, body = nobody.ask("GET", "/git/public.git/" + name)
            self.assertEqual((status, body), self.nothing(), name)

    def test_the_newer_protocol_is_not_spoken(self):
        """Version 2 hands out any object by its id: git asks for it, and is not heard."""
        self.home.ok("post", "--to", "public", "hello")
        done = self.git("-c", "protocol.version=2", "ls-remote", self.url(), GIT_TRACE_PACKET="1")
        self.assertNotIn(b"version 2", done.stderr)
        status, _, body = https.Client(self.home).refs("public", Git_Protocol="version=2")
        self.assertEqual(status, 200)
        self.assertNotIn(b"version 2", body)


class Requests(Served):
    """What a request of git's may not do to the server."""

    def plant(self, size):
        """A branch of public.git with that much that cannot be packed; its tip."""
        public = self.home.directory + "/public.git"
        blob = faults.git(public, "hash-object", "-w", "--stdin", data=random.Random(1).randbytes(size))
        tree = faults.git(public, "mktree", data=b"100644 blob " + blob.strip() + b"\tx\n")
        commit = faults.git(public, "commit-tree", "-m", "x", tree.decode().strip()).decode().strip()
        faults.git(public, "update-ref", "refs/heads/large", commit)
        return commit

    def test_no_object_that_no_branch_reaches_by_its_id(self):
        public, nobody = self.home.directory + "/public.git", https.Client(self.home)
        self.home.ok("post", "--to", "public", "hello")
        blob = faults.git(public, "hash-object", "-w", "--stdin", data=b"what nobody may see\n")
        tree = faults.git(public, "mktree", data=b"100644 blob " + blob.strip() + b"\tx\n")
        commit = faults.git(public, "commit-tree", "-m", "x", tree.decode().strip())
        tip = faults.git(public, "rev-parse", "main").decode().strip()
        self.assertIn(b"commit", https.Answered(nobody.pack("public", [tip])[2]).contents())
        for each in (blob, tree, commit):
            for ids in ([each.decode().strip()], [tip, each.decode().strip()]):
                status, _, body = nobody.pack("public", ids)
                self.assertEqual(status, 200)
                self.assertIn(b"not our ref", body)
                self.assertNotIn(b"PACK", body)
                status, _, body = nobody.pack("public", ids, Git_Protocol="version=2")
                self.assertNotIn(b"PACK", body)
        # As a shallow commit it would give its parents away.
        child = faults.git(public, "commit-tree", "-m", "x", "-p", commit.decode().strip(),
                           tree.decode().strip()).decode().strip()
        body = wants.packet(f"want {tip} side-band-64k\n".encode()) + wants.packet(
            f"shallow {child}".encode()) + wants.packet(b"deepen 2147483647") + b"0000" + wants.packet(b"done\n")
        self.assertEqual(nobody.ask("POST", PUBLIC_PACK, body, **ASKS_FOR_PACK)[0], 400)

    def test_a_packed_bomb_is_stopped(self):
        nobody = https.Client(self.home)
        bomb = gzip.compress(bytes(600 << 20), 9)
        self.assertLess(len(bomb), 1 << 20)
        before, begin = self.home.server.resident(), time.monotonic()
        for _ in range(3):
            status, _, body = nobody.ask("POST", PUBLIC_PACK, bomb, Content_Encoding="gzip", **ASKS_FOR_PACK)
            self.assertEqual(status, 400, body)
        self.assertLess(time.monotonic() - begin, 20)
        self.assertLess(self.home.server.resident() - before, 200 << 20)  # under the sanitizers
        for encoding in ("deflate", "br", "gzip, gzip", "identity, gzip", ""):
            status, _, _ = nobody.ask("POST", PUBLIC_PACK, b"0000", Content_Encoding=encoding, **ASKS_FOR_PACK)
            self.assertEqual(status, 415, encoding)
        status, _, _ = nobody.ask("POST", PUBLIC_PACK, bytes(2 << 20), **ASKS_FOR_PACK)
        self.assertEqual(status, 413)

    def test_a_client_that_goes_away_leaves_no_child(self):
        tip = self.plant(48 << 20)
        body = wants.packet(f"want {tip} side-band-64k\n".encode()) + b"0000" + wants.packet(b"done\n")
        head = (f"POST {PUBLIC_PACK} HTTP/1.1\r\nHost: {self.home.host}\r\nContent-Type: "
                f"application/x-git-upload-pack-request\r\nContent-Length: {len(body)}\r\n\r\n")
        pid = self.home.server.process.pid
        self.assertEqual(https.children(pid), [])
        with socket.create_connection((self.home.server.address, self.home.server.port)) as line:
            line.sendall(head.encode() + body)
            received = b""
            while b"PACK" not in received:
                received += line.recv(4096)
            self.assertTrue(https.children(pid))  # they wait until somebody reads
        end = time.monotonic() + 20
        while https.children(pid) and time.monotonic() < end:
            time.sleep(0.5)
        self.assertEqual(https.children(pid), [])
        # Read to its end it is whole, and all have ended as well.
        given = https.Answered(https.Client(self.home).pack("public", [tip])[2])
        self.assertGreater(len(given.pack), 48 << 20)
        self.assertEqual(https.children(pid), [])

    def test_a_server_that_ends_takes_its_children_along(self):
        tip = self.plant(48 << 20)
        body = wants.packet(f"want {tip} side-band-64k\n".encode()) + b"0000" + wants.packet(b"done\n")
        head = (f"POST {PUBLIC_PACK} HTTP/1.1\r\nHost: {self.home.host}\r\nContent-Type: "
                f"application/x-git-upload-pack-request\r\nContent-Length: {len(body)}\r\n\r\n")
        with socket.create_connection((self.home.server.address, self.home.server.port)) as line:
            line.sendall(head.encode() + body)
            received = b""
            while b"PACK" not in received:
                received += line.recv(4096)
            begun = https.children(self.home.server.process.pid)
            self.assertTrue(begun)
            self.home.server.stop()
        end = time.monotonic() + 20
        while any(https.runs(pid) for pid in begun) and time.monotonic() < end:
            time.sleep(0.5)
        self.assertEqual([pid for pid in begun if https.runs(pid)], [])

    def test_only_requests_of_git(self):
        nobody = https.Client(self.home)
        for body in (b"", b"0000"):
            self.assertEqual(nobody.ask("POST", PUBLIC_PACK, body, **ASKS_FOR_PACK)[0], 200)
        for body in (b"hello", b"0014command=ls-refs\n0000", b"0001", b"fff0", bytes(1000)):
            self.assertEqual(nobody.ask("POST", PUBLIC_PACK, body, **ASKS_FOR_PACK)[0], 400, body)
        self.assertEqual(nobody.ask("POST", PUBLIC_PACK, b"0000", Content_Type="text/plain")[0], 415)


class Members(Served):
    """A member who has no ssh."""

    def test_a_member_joins_writes_and_reads(self):
        self.home.ok("post", "welcome")
        bo = self.home.join(self.path + "/bo", "bo")
        self.assertEqual(bo.contents(), ["welcome"])
        self.assertEqual(bo.fsck(), [])
        bo.ok("post", "from bo")
        bo.ok("post", "--to", "public", "to all the world")
        bo.ok("post", "--to", "direct", "@ana a letter with a picture", "--attach",
              self.picture(b"for ana alone"), "--alt", "x")
        report = bo.sync()
        self.assertEqual((report["submitted"], report["refused"], report["peers"][0]["state"]),
                         (3, [], "ok"))
        self.assertEqual(self.home.contents("ana"), bo.contents())
        self.assertNotIn(True, [row.get("pending") for row in bo.timeline()])
        self.assertEqual(len(faults.search_raw(self.home.directory, [b"for ana alone"])), 2)
        self.home.ok("post", "--to", "direct", "@bo an answer")
        self.assertEqual(bo.sync()["fetched"], 1)
        self.assertIn("@bo an answer", bo.contents())
        again = bo.sync()
        self.assertEqual((again["fetched"], again["submitted"], again["refused"]), (0, 0, []))
        for name in ("local", "public", "papers"):
            self.assertEqual(self.home.hashes()[name], bo.hashes()[name])

    def test_a_second_device_with_the_paper_key(self):
        laptop = self.home.join(self.path + "/laptop", "bo")
        laptop.ok("post", "from the laptop")
        laptop.sync()
        phone = self.home.clone(self.path + "/phone", "bo", source=self.home.url, environment=https.LOOPBACK)
        self.assertEqual(phone.contents(), ["from the laptop"])
        phone.ok("post", "from the phone")
        self.assertEqual(phone.sync()["submitted"], 1)
        laptop.sync()
        self.assertEqual(laptop.contents(), ["from the laptop", "from the phone"])
        # A device whose key is revoked is out from then on.
        laptop.ok("key", "revoke", "phone", "--paper-key-file", self.path + "/bo.paper")
        self.assert_says(phone.run("sync"), REFUSED, "does not let this key in")
        self.assertEqual(laptop.sync()["peers"][0]["state"], "ok")
        # Who has no sheet gets no device in, nor who has another's.
        shutil.move(self.path + "/bo.paper", self.path + "/away")
        tablet = clones.Camp(PROGRAM, self.path + "/tablet")
        words = ["clone", self.home.url, self.path + "/tablet"]
        self.assert_says(tablet.run(*words, member="bo", extra=https.LOOPBACK), REFUSED, "no key here")
        self.home.join(self.path + "/cy", "cy")
        done = tablet.run(*words, "--paper-key-file", self.path + "/cy.paper", member="bo", extra=https.LOOPBACK)
        self.assert_says(done, REFUSED, "does not let this key in")
        self.assertFalse(os.path.exists(self.path + "/tablet"))

    def test_a_code_is_good_for_its_member_once(self):
        code = self.home.invite("bo")
        self.home.invite("cy")
        for handle, tried in (("cy", code), ("bo", "0000-0000-0000-0000"), ("nobody", code)):
            with self.assertRaisesRegex(faults.Failed, "exit 4"):
                self.home.clone(self.path + "/never", handle, tried, source=self.home.url,
                                environment=https.LOOPBACK)
            self.assertFalse(os.path.exists(self.path + "/never"))
            self.assertFalse(os.path.exists(f"{self.path}/{handle}.paper"))
        self.home.clone(self.path + "/bo", "bo", code, source=self.home.url, environment=https.LOOPBACK)
        os.remove(self.path + "/bo.paper")
        with self.assertRaisesRegex(faults.Failed, "exit 4"):
            self.home.clone(self.path + "/never", "bo", code, source=self.home.url, environment=https.LOOPBACK)
        self.assertTrue(self.home.ok("member", "show", "bo")["claimed"])
        self.assertFalse(self.home.ok("member", "show", "cy")["claimed"])

    def test_pictures_come_when_somebody_looks(self):
        bo = self.home.join(self.path + "/bo", "bo")
        post = self.home.ok("post", "look", "--attach", self.picture(b"one picture"))
        bo.sync()
        self.assertEqual(faults.search_raw(bo.directory, [b"one picture"]), [])
        shown = bo.run("show", "--open", post["short"], extra={"PATH": "/nowhere"})
        self.assertIn(shown.returncode, (0, 1), shown.stderr)  # nothing here opens pictures
        self.assertEqual(len(faults.search_raw(bo.directory, [b"one picture"])), 1)
        self.home.ok("post", "another", "--attach", self.picture(b"and another"))
        bo.ok("sync", "--media")
        self.assertEqual(len(faults.search_raw(bo.directory, [b"and another"])), 1)

    def test_a_mirror_of_what_is_public(self):
        self.home.ok("post", "for members")
        self.home.ok("post", "--to", "public", "for all", "--attach", self.picture(b"public picture"))
        mirror = clones.Camp(PROGRAM, self.path + "/mirror")
        mirror.environment = https.LOOPBACK
        mirror.ok("clone", self.home.url, mirror.directory, "--audience", "public", "--media")
        self.assertEqual(mirror.contents(), ["for all"])
        self.assertEqual(len(faults.search_raw(mirror.directory, [b"public picture"])), 1)
        self.home.ok("post", "--to", "public", "more for all")
        mirror.sync()
        self.assertEqual(mirror.contents(), ["for all", "more for all"])

    def test_a_wrong_clock_is_no_locked_door(self):
        bo = self.home.join(self.path + "/bo", "bo")
        self.home.ok("post", "hello")
        for hours in (-20, 20):
            clock = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + hours * 3600))
            self.assertEqual(bo.sync(extra={"CAMP_NOW": clock})["peers"][0]["state"], "ok", hours)
        self.assertEqual(bo.contents(), ["hello"])

    def test_an_unreachable_server(self):
        bo = self.home.join(self.path + "/bo", "bo")
        bo.ok("post", "waits")
        self.home.server.stop()
        self.assert_says(bo.run("sync"), NETWORK, "cannot be reached")
        self.assertEqual(bo.contents(), ["waits"])
        self.home.server.start()
        self.assertEqual(bo.sync()["submitted"], 1)

    def test_addresses(self):
        camp = clones.Camp(PROGRAM, self.path + "/x")
        for address, environment in ((self.home.url, {}), ("http://friend.camp", https.LOOPBACK),
                                     ("https://bo@friend.camp", {}), ("https://friend.camp:8443", {}),
                                     ("https://friend.camp/x", {}), ("https://10.0.0.1", {}),
                                     ("https://localhost", {}), ("https://friend.camp?x", {}),
                                     ("https://-x.camp", {}), ("https://", {}), ("ext::sh -c id", {})):
            done = camp.run("clone", address, self.path + "/x", "--audience", "public", extra=environment)
            self.assertEqual(done.returncode, USAGE, (address, done.stderr))
            self.assertEqual(len(done.stderr.splitlines()), 2, done.stderr)
            self.assertFalse(os.path.exists(self.path + "/x"))


class Tokens(Served):
    """A token is good for what it says, and whatever else is tried gets the answer to a path that
    never was."""

    def setUp(self):
        super().setUp()
        self.clone = self.home.join(self.path + "/bo", "bo")
        self.clone.ok("post", "hello")
        self.clone.sync()
        self.ids = self.home.members()
        self.bo = self.member("bo", self.clone)
        self.mine = "private/" + self.ids["bo"]

    def made(self, scope, **other):
        words = {"key": self.bo.key, "member": "bo", "host": self.home.host, "scope": scope, **other}
        return https.token(**words)

    def assert_nothing(self, answer, *why):
        status, headers, body = answer
        self.assertEqual((status, body), self.nothing(), why)
        self.assertNotIn("www-authenticate", headers)

    def test_each_token_opens_its_own(self):
        for name in ("public", "local", self.mine):
            self.assertEqual(self.bo.refs(name, bearer=self.made(name))[0], 200, name)
            by_id = self.made(name, member=self.ids["bo"])
            self.assertEqual(self.bo.refs(name, bearer=by_id)[0], 200, name)

    def test_no_token_opens_anything_else(self):
        names = ["public", "local", self.mine, "private/" + self.ids["ana"], "submit"]
        for scope in names + ["media local", ""]:
            for name in names:
                if name != scope:
                    self.assert_nothing(self.bo.refs(name, bearer=self.made(scope)), scope, name)
        theirs = "private/" + self.ids["ana"]
        self.assert_nothing(self.bo.refs(theirs, bearer=self.made(theirs)))
        self.assert_nothing(self.bo.pack(theirs, ["0" * 40], bearer=self.made(theirs)))

    def test_what_a_token_may_not_say(self):
        stranger, other = forge.Key(), https.Home(PROGRAM, self.path + "/other")
        for why, words in (("another host", {"host": "friend.camp"}), ("no host", {"host": ""}),
                           ("a likely host", {"host": other.host}),
                           ("expired", {"life": -200}), ("long expired", {"life": -10 ** 6}),
                           ("too long a life", {"life": 600}), ("for ever", {"life": 10 ** 9}),
                           ("a stranger's key", {"key": stranger}), ("ana", {"member": "ana"}),
                           ("nobody", {"member": "nobody"}), ("no member", {"member": None}),
                           ("one more word", {"admin": True}), ("a proof of nothing", {"claim": "0" * 64}),
                           ("a body", {"body": b"x"}), ("a key of ana", {"key": stranger, "member": "ana"})):
            self.assert_nothing(self.bo.refs("local", bearer=self.made("local", **words)), why)
        good = self.made("local")
        for text in (good[:-1], good + "A", good.replace(".", ".."), good.split(".", 1)[0], "x", good[1:]):
            self.assert_nothing(self.bo.refs("local", bearer=text), text)
        for field in ("Basic " + good, good, "bearer " + good, "Bearer  " + good, "Bearer " + good + " x"):
            self.assert_nothing(https.Client(self.home).refs("local", Authorization=field), field)
        # The control, after all of that.
        self.assertEqual(self.bo.refs("local", bearer=good)[0], 200)

    def test_a_token_of_one_community_is_nothing_at_another(self):
        """The same member, key and all: the directory copied to another host."""
        self.home.server.stop()
        twin = https.Home.__new__(https.Home)
        shutil.copytree(self.home.directory, self.path + "/twin", symlinks=True)
        twin.server = https.camp_server.CampServer(PROGRAM, self.path + "/twin")
        twin.program, twin.directory = PROGRAM, self.path + "/twin"
        with open(twin.directory + "/camp.toml", encoding="utf-8") as file:
            text = file.read().replace(self.home.host, twin.host)
        with open(twin.directory + "/camp.toml", "w", encoding="utf-8") as file:
            file.write(text)
        twin.server.start()
        self.addCleanup(twin.server.stop)
        self.home.server.start()
        there = https.Client(twin)
        # Also if the request itself names the host that the token names.
        for host in (twin.host, self.home.host):
            answer = there.refs("local", bearer=self.made("local"), Host=host)
            self.assertEqual(answer[0], 404, host)
        self.assertEqual(there.refs("local", bearer=self.made("local", host=twin.host))[0], 200)
        self.assertEqual(self.bo.refs("local", bearer=self.made("local"))[0], 200)

    def test_a_submission_is_for_its_body(self):
        line = b'{"type":"camp:Nothing"}\n'
        good = self.made("submit", body=line)
        status, _, body = self.bo.ask("POST", "/clone/submit", line, bearer=good)
        self.assertEqual(status, 200, body)
        self.assertEqual(body.count(b"\n"), 1)
        self.assertIn(b"refused", body)
        for sent, bearer in ((line + line, good), (b"", good), (line, self.made("submit")),
                             (line, self.made("local", body=line)), (line, None)):
            self.assert_nothing(https.Client(self.home).ask("POST", "/clone/submit", sent, bearer=bearer))
        many = b"{}\n" * 1001
        self.assertEqual(self.bo.ask("POST", "/clone/submit", many, scope="submit")[0], 413)

    def test_a_picture_is_for_its_member(self):
        picture, local = faults.picture(b"laid ready"), "/clone/media/local/"
        digest = hashlib.sha256(picture).hexdigest()
        scope = "media local"
        self.assert_nothing(https.Client(self.home).ask("POST", local + digest, picture))
        self.assert_nothing(self.bo.ask("POST", local + digest, picture, bearer=self.made(scope)))
        self.assert_nothing(self.bo.ask("POST", local + digest, picture, bearer=self.made("local", body=picture)))
        theirs = "media private/" + self.ids["ana"]
        self.assert_nothing(self.bo.ask("POST", f"/clone/{theirs.replace(' ', '/')}/{digest}", picture, scope=theirs))
        self.assertEqual(self.bo.ask("POST", local + "0" * 64, picture, scope=scope)[0], 403)
        self.assertEqual(self.bo.ask("POST", local + digest, b"no picture", scope=scope)[0], 403)
        self.assertEqual(self.bo.ask("POST", local + digest, picture, scope=scope)[0], 200)
        self.assert_nothing(self.bo.media("local", digest))  # nothing names it yet

    def test_a_code_opens_the_papers_and_no_more(self):
        code, key = self.home.invite("cy"), forge.Key()
        self.ids = self.home.members()
        proof = https.claim_proof(code, key, self.home.host)

        def made(scope, **other):
            return https.token(**{"key": key, "member": "cy", "host": self.home.host, "scope": scope,
                                  "claim": proof, **other})
        status, _, refs = https.Client(self.home).refs("local", bearer=made("local"))
        self.assertEqual(status, 200)
        branches = https.Answered(refs).branches()
        self.assertEqual(sorted(branches), ["HEAD", "refs/heads/main"])
        months = faults.git(self.home.directory + "/local.git", "for-each-ref", "--format=%(objectname)",
                            "refs/heads/e").decode().split()
        self.assertTrue(months)
        asked = https.Client(self.home).pack("local", months, bearer=made("local"))
        self.assertNotIn(b"PACK", asked[2])
        given = https.Client(self.home).pack("local", [branches["HEAD"]], bearer=made("local"))
        self.assertNotIn(b"hello", https.Answered(given[2]).contents())
        for name in ("public", "private/" + self.ids["cy"], self.mine):
            self.assert_nothing(https.Client(self.home).refs(name, bearer=made(name)), name)
        for words in ({"key": forge.Key()}, {"member": "bo"}, {"claim": "0" * 64},
                      {"claim": https.claim_proof(code, key, "friend.camp")},
                      {"claim": https.claim_proof("0000-0000-0000-0000", key, self.home.host)}):
            self.assert_nothing(https.Client(self.home).refs("local", bearer=made("local", **words)), words)
        letter = b'{"type":"Note"}\n'
        answer = https.Client(self.home).ask("POST", "/clone/submit", letter, bearer=made("submit", body=letter))
        self.assertEqual((answer[0], answer[2]), (403, b"claim first\n"))
        self.assertFalse(self.home.ok("member", "show", "cy")["claimed"])

    def test_who_is_removed_is_out_at_once(self):
        """E74: there is no session that could outlive it; not even a token that was made before."""
        before = self.made("local")
        self.assertEqual(self.bo.refs("local", bearer=self.made("local"))[0], 200)
        self.home.ok("member", "remove", "bo")
        self.assert_nothing(self.bo.refs("local", bearer=before))
        for name in ("public", "local", self.mine):
            self.assert_nothing(self.bo.refs(name, bearer=self.made(name)))
        self.assert_says(self.clone.run("sync"), REFUSED, "does not let this key in")


class Canaries(canary_test.Canaries):
    """The community of the canary test, which has a host."""

    def __init__(self, path, keep_local):
        super().__init__(path, keep_local)
        self.server = https.camp_server.CampServer(PROGRAM, self.home.directory)
        with open(self.home.directory + "/camp.toml", encoding="utf-8") as file:
            text = file.read()
        with open(self.home.directory + "/camp.toml", "w", encoding="utf-8") as file:
            file.write(f'host = "{self.server.host}"\n' + text)
        self.home.server, self.home.host = self.server, self.server.host


class NobodyReadsMore(canary_test.Asking, unittest.TestCase):
    """Each key tries every repository, by names like its own and by the ids of all its objects."""

    KEEP_LOCAL = False

    @classmethod
    def setUpClass(cls):
        cls.scratch = faults.Scratch()
        cls.addClassCleanup(cls.scratch.__exit__)
        cls.canaries = Canaries(cls.scratch.path, cls.KEEP_LOCAL)
        cls.home = cls.canaries.home
        cls.canaries.server.start()
        cls.addClassCleanup(cls.canaries.server.stop)

    def setUp(self):
        self.random = random.Random(canary_test.SEED)

    def client(self, who):
        key = https.device_key(self.canaries.camps[who], self.canaries.members[who])
        return https.Client(self.home, key, who)

    @staticmethod
    def spelled(name):
        """What a client can send at all."""
        return "".join(c if "!" <= c <= "~" and c not in "'\"" else f"%{ord(c):02x}" for c in name)

    def test_members(self):
        for who in canary_test.NAMES[1:]:
            client = self.client(who)

            def fetch(name, ids, version=0, client=client):
                del version  # it is never spoken: see above
                return client.fetch(self.spelled(name), ids)
            data = self.ask_for_everything(
                who, fetch, lambda name, digest, client=client: client.media(self.spelled(name), digest)[2])
            self.assert_reads_their_own(who, data, local=not self.KEEP_LOCAL)

    def test_strangers(self):
        """Without a token, and with the key of somebody who is no member."""
        for client in (https.Client(self.home), https.Client(self.home, forge.Key(), "bo")):
            received = []
            for name in self.canaries.repositories:
                for likeness in canary_test.likenesses(name):
                    received.append(client.fetch(self.spelled(likeness)))
                ids = sorted(self.canaries.ids[name])
                for asked in self.random.sample(ids, min(canary_test.EACH * 4, len(ids))):
                    received.append(client.fetch(name, [asked]))
                    received.append(client.fetch("public", [asked]))
                for digest in sorted(self.canaries.digests.get(name, [])):
                    received += [client.media(name, digest)[2], client.media("public", digest)[2]]
            data = b"\n".join(received)
            if client.key is None:
                self.assert_reads_their_own("anyone", data)
            else:
                for word in self.canaries.words:
                    self.assertNotIn(word, data)


class WhereLocalStaysHome(NobodyReadsMore):
    """The same with `clone_local = false`."""

    KEEP_LOCAL = True


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
