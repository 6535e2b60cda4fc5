#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Members come in by ssh, through a real sshd on loopback: all that camp needs works, nothing else.

Usage: ssh_test.py CAMP SHIM
"""

import json
import os
import shutil
import sys
import unittest

import clones
import faults
import sshd
import wants

PROGRAM, SHIM = sys.argv[1:3]
REFUSED, NETWORK, USAGE = 4, 6, 2


class OverSsh(unittest.TestCase):
    def setUp(self):
        self.scratch = faults.Scratch()
        self.addCleanup(self.scratch.__exit__)
        self.path = self.scratch.path
        self.home = clones.Origin(PROGRAM, self.path + "/home")
        self.sshd = sshd.Sshd(self.path + "/sshd", PROGRAM)
        self.addCleanup(lambda: self.sshd.stop())
        self.clients, self.keys = {}, 0

    def client(self, handle, origin=None):
        """A machine of a member, whose key the origin's account knows by the line that camp prints."""
        key = sshd.make_key(f"{self.sshd.directory}/{handle}{self.keys}")
        self.keys += 1
        line = (origin or self.home).ok("ssh-command", handle, "--key", key + ".pub")
        self.sshd.admit(line)
        self.clients[handle] = self.sshd.client(key)
        return self.clients[handle]

    def join(self, handle, name=None):
        code = self.home.invite(handle)
        return self.home.clone(f"{self.path}/{name or handle}", handle, code, source="ssh://origin",
                               environment=self.client(handle).environment)

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

    # --- what a member does

    def test_a_member_joins_writes_and_reads(self):
        self.home.ok("post", "welcome")
        bo = self.join("bo")
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
        laptop = self.join("bo", "laptop")
        laptop.ok("post", "from the laptop")
        laptop.sync()
        phone = self.home.clone(self.path + "/phone", "bo", source="ssh://origin",
                                environment=self.client("bo").environment)
        self.assertEqual(phone.contents(), ["from the laptop"])
        phone.ok("post", "from the phone")
        self.assertEqual(phone.sync()["submitted"], 1)
        laptop.sync()
        self.assertEqual(laptop.contents(), ["from the laptop", "from the phone"])
        # Who has no sheet gets no device in, although the key of ssh is right.
        os.remove(self.path + "/bo.paper")
        with self.assertRaisesRegex(faults.Failed, "exit 4"):
            self.home.clone(self.path + "/tablet", "bo", source="ssh://origin",
                            environment=self.clients["bo"].environment)
        self.assertFalse(os.path.exists(self.path + "/tablet"))

    def test_pictures_come_when_somebody_looks(self):
        bo, cy = self.join("bo"), self.join("cy")
        bo.ok("post", "look", "--attach", self.picture(b"one picture"), "--alt", "x")
        bo.sync()
        cy.sync()
        self.assertEqual(faults.search_raw(cy.directory, [b"one picture"]), [])
        cy.ok("sync", "--media")
        self.assertEqual(len(faults.search_raw(cy.directory, [b"one picture"])), 1)
        post = self.home.ok("post", "another", "--attach", self.picture(b"and another"))
        bo.sync()
        self.assertEqual(faults.search_raw(bo.directory, [b"and another"]), [])
        shown = bo.run("show", "--open", post["short"], extra={"PATH": "/nowhere"})
        self.assertIn(shown.returncode, (0, 1), shown.stderr)  # nothing here opens pictures
        self.assertEqual(len(faults.search_raw(bo.directory, [b"and another"])), 1)

    def test_stock_git_clones_what_the_member_may_read(self):
        bo = self.join("bo")
        bo.ok("post", "--to", "public", "to all the world")
        bo.sync()
        ids = {handle: row for handle, row in self.home.members().items()}
        for name in ("public.git", "public", "local.git", f"private/{ids['bo']}.git"):
            done = self.clients["bo"].git("clone", "-q", "--mirror", f"ssh://origin/{name}",
                                          f"{self.path}/mirror-{name.replace('/', '-')}")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"to all the world", faults.git(
            self.path + "/mirror-public.git", "cat-file", "--batch-all-objects", "--batch"))
        done = self.clients["bo"].git("clone", "-q", f"ssh://origin/private/{ids['ana']}.git",
                                      self.path + "/never")
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse(os.path.exists(self.path + "/never"))

    # --- what a member's key does not get

    def test_nothing_but_the_commands(self):
        self.join("bo")
        bo, ids = self.clients["bo"], self.home.members()
        self.assertEqual(bo.run("origin", "git-upload-pack 'public'", data=b"0000").returncode, 0)
        for words in (["id"], ["git-receive-pack 'public.git'"], ["git-upload-archive 'public.git'"],
                      ["git upload-pack public.git"], ["git-upload-pack public.git"],
                      ["git-upload-pack '../home/public.git'"], ["git-upload-pack '/etc'"],
                      [f"git-upload-pack '{self.home.directory}/public.git'"],
                      ["git-upload-pack 'public.git';id"], ["git-upload-pack 'public.git' 'local'"],
                      ["git-upload-pack '--help'"], ["git-upload-pack 'keys'"],
                      ["git-upload-pack 'state'"], ["git-upload-pack 'private'"],
                      [f"git-upload-pack 'private/{ids['ana']}.git'"],
                      [f"git-upload-pack 'private/{ids['ana'].upper()}'"],
                      [f"git-upload-pack 'private/{ids['bo']}/../{ids['ana']}'"],
                      [f"git-upload-pack 'private/{ids['bo']}//'"],
                      ["camp-submit now"], ["camp-media get local ../../camp.toml"],
                      ["camp-media get keys " + "0" * 64], ["camp-media get local " + "0" * 64],
                      ["sh", "-c", "id"], ["camp", "-C", self.home.directory, "timeline"],
                      ["git-upload-pack 'neighborhood/x'"], ["git-upload-pack 'neighborhood//public'"]):
            done = bo.run("origin", *words, data=b"0000")
            self.assertIn(done.returncode, (3, REFUSED), (words, done.stderr))
            self.assertEqual(done.stdout, b"", words)
            self.assertTrue(done.stderr, words)

    def test_no_terminal_no_shell(self):
        self.join("bo")
        for words in (["origin"], ["-T", "origin"]):
            done = self.clients["bo"].run(*words, data=b"id\nexit\n")
            self.assertEqual(done.returncode, REFUSED, done.stderr)
            self.assertEqual(done.stdout, b"")
            self.assertIn(b"there is no shell here", done.stderr)
        done = self.clients["bo"].run("-tt", "origin", data=b"id\nexit\n")
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.assertIn(b"PTY allocation request failed", done.stderr)

    def test_no_copying_of_files(self):
        self.join("bo")
        bo, here = self.clients["bo"], self.path + "/stolen"
        for program, words in (("sftp", ["origin:" + self.home.directory + "/camp.toml", here]),
                               ("scp", ["origin:" + self.home.directory + "/camp.toml", here]),
                               ("scp", ["-O", "origin:" + self.home.directory + "/camp.toml", here]),
                               ("scp", ["-O", self.sshd.directory + "/host", "origin:" + here])):
            done = bo.run(*words, program=program)
            self.assertNotEqual(done.returncode, 0)
            self.assertFalse(os.path.exists(here), (program, words))

    def test_no_forwarding(self):
        self.join("bo")
        target = f"127.0.0.1:{self.sshd.port}"
        free = sshd.make_key(self.sshd.directory + "/free")
        with open(free + ".pub", encoding="ascii") as file:
            self.sshd.admit('restrict,port-forwarding,command="true" ' + file.read().strip())
        allowed = self.sshd.client(free).run("-W", target, "origin")
        self.assertTrue(allowed.stdout.startswith(b"SSH-2.0"), allowed)  # the question can be answered
        done = self.clients["bo"].run("-W", target, "origin")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"forwarding failed", done.stderr)
        done = self.clients["bo"].run("-N", "-o", "ExitOnForwardFailure=yes", "-R",
                                      f"0:{target}", "origin")
        self.assertEqual(done.returncode, 255)
        self.assertIn(b"remote port forwarding failed", done.stderr)

    def test_another_key_gets_nothing(self):
        self.join("bo")
        stranger = self.sshd.client(sshd.make_key(self.sshd.directory + "/stranger"))
        done = stranger.run("origin", "git-upload-pack 'public'")
        self.assertEqual((done.returncode, done.stdout), (255, b""))
        self.home.invite("cy")
        done = faults.Community(PROGRAM, self.path + "/cy").run(
            "clone", "ssh://origin", self.path + "/cy", "--code", "0000-0000-0000-0000",
            "--paper-key-file", self.path + "/cy.paper", member="cy", extra=stranger.environment)
        self.assert_says(done, NETWORK, "Permission denied")
        self.assertIn("ssh-command", done.stderr.decode())
        self.assertFalse(os.path.exists(self.path + "/cy"))

    def test_the_key_says_who_it_is(self):
        """Whoever comes with bo's key is bo, whatever name they give."""
        self.join("bo")
        code = self.home.invite("cy")
        with self.assertRaisesRegex(faults.Failed, "exit 4"):
            self.home.clone(self.path + "/cy", "cy", code, source="ssh://origin",
                            environment=self.clients["bo"].environment)
        self.assertFalse(os.path.exists(self.path + "/cy"))
        self.assertFalse(self.home.ok("member", "show", "cy")["claimed"])

    def unreachable_object(self):
        """A blob, a tree and a commit in public.git that no branch reaches."""
        public = self.home.directory + "/public.git"
        blob = faults.git(public, "hash-object", "-w", "--stdin", data=b"what nobody may see\n")
        tree = faults.git(public, "mktree", data=b"100644 blob " + blob.strip() + b"\tx\n")
        commit = faults.git(public, "commit-tree", "-m", "x", tree.decode().strip())
        return [each.decode().strip() for each in (blob, tree, commit)]

    def test_git_gives_out_no_object_that_no_branch_reaches(self):
        self.join("bo")
        public = self.home.directory + "/public.git"
        v2 = {"GIT_PROTOCOL": "version=2"}
        serve = ["ssh", "-F", self.clients["bo"].config, "origin", "git-upload-pack 'public'"]
        tip = faults.git(public, "rev-parse", "main").decode().strip()
        self.assertIn(b"commit", wants.ask(serve, [tip]).contents())
        for unreachable in self.unreachable_object():
            # The control: git itself, asked in the newer protocol, gives it to anybody.
            given = wants.ask(["git", "-c", "safe.directory=*", "upload-pack", public],
                              [unreachable], {**faults.GIT_ENVIRONMENT, **v2}, version=2)
            self.assertTrue(given.pack, given.bytes)
            for environment in ({}, v2):
                for version in (0, 2):
                    got = wants.ask(serve, [unreachable], environment, version=version)
                    self.assertEqual(got.pack, b"")
                    self.assertNotIn(b"what nobody may see", got.bytes)
                    self.assertNotIn(b"version 2", got.bytes)
                    self.assertNotEqual(got.status, 0)
                refusal = wants.ask(serve, [unreachable], environment)
                self.assertIn(b"not our ref", refusal.bytes + refusal.errors)
        # That GIT_PROTOCOL reaches the server's side at all is what makes this a test.
        self.sshd.admit('restrict,command="echo $GIT_PROTOCOL" ' + self.probe_key())
        told = self.sshd.client(self.sshd.directory + "/probe").run("origin", "x", **v2)
        self.assertEqual(told.stdout, b"version=2\n")

    def probe_key(self):
        with open(sshd.make_key(self.sshd.directory + "/probe") + ".pub", encoding="ascii") as file:
            return file.read().strip()

    # --- the line in authorized_keys

    def test_the_line_works_for_a_directory_with_any_name(self):
        for name in ("with two spaces", "quo'te", 'dou"ble', "dol$HOME`id`", "back\\slash", "ümläut"):
            origin = clones.Origin(PROGRAM, f"{self.path}/{name}")
            code = origin.invite("bo")
            client = self.client("bo", origin)
            clone = origin.clone(self.path + "/clone", "bo", code, source="ssh://origin",
                                 environment=client.environment)
            clone.ok("post", "it works")
            self.assertEqual(clone.sync()["submitted"], 1, name)
            self.assertEqual(origin.contents("ana"), ["it works"])
            for each in (origin.directory, clone.directory):
                shutil.rmtree(each)
            os.remove(self.path + "/bo.paper")

    def test_the_line_is_made_for_public_keys_alone(self):
        key = sshd.make_key(self.sshd.directory + "/key")
        with open(key + ".pub", encoding="ascii") as file:
            public = file.read()
        for text in ("", "\n", "hello\n", 'command="sh" ' + public, "# " + public,
                     public.split()[0] + "\n"):
            with open(key + ".wrong", "w", encoding="ascii") as file:
                file.write(text)
            done = self.home.run("ssh-command", "ana", "--key", key + ".wrong")
            self.assert_says(done, USAGE, "public key")
            self.assertEqual(done.stdout, b"")
        self.assert_says(self.home.run("ssh-command", "ana", "--key", key), USAGE, "public key")
        line = self.home.run("ssh-command", "ana", "--key", key + ".pub").stdout.decode()
        self.assertEqual(line, f'command="camp -C {self.home.directory} ssh-command ana",restrict '
                               f"{public}")
        newline = clones.Origin(PROGRAM, self.path + "/two\nlines")
        done = newline.run("ssh-command", "ana", "--key", key + ".pub")
        self.assertEqual((done.returncode, done.stdout), (REFUSED, b""), done)

    # --- when something is not as it should be

    def test_a_wrong_host_key(self):
        bo = self.join("bo")
        bo.ok("post", "waits")
        wrong = self.sshd.client(f"{self.sshd.directory}/bo0",
                                 sshd.make_key(self.sshd.directory + "/other") + ".pub")
        done = bo.run("sync", extra=wrong.environment)
        self.assert_says(done, NETWORK, "Host key")
        self.assertEqual(self.home.contents("ana"), [])
        self.assertEqual(bo.sync()["submitted"], 1)

    def test_an_unreachable_port(self):
        bo = self.join("bo")
        bo.ok("post", "waits")
        self.sshd.stop()
        done = bo.run("sync")
        self.assert_says(done, NETWORK, "refused")
        self.assertEqual(bo.contents(), ["waits"])
        machine = bo.run("sync", "--json")
        self.assertEqual(machine.returncode, NETWORK)
        self.assertEqual(json.loads(machine.stdout)["peers"][0]["state"], "failed")
        done = bo.run("clone", "ssh://origin", self.path + "/other", "--code", "x",
                      "--paper-key-file", self.path + "/x.paper", member="bo")
        self.assert_says(done, NETWORK, "refused")
        self.assertFalse(os.path.exists(self.path + "/other"))
        self.assertFalse(os.path.exists(self.path + "/x.paper"))
        self.sshd.start()
        self.assertEqual(bo.sync()["submitted"], 1)

    def dying(self, handle, after):
        """Like client(), but the whole connection dies after so many bytes of an answer."""
        name = f"{self.sshd.directory}/dying{len(self.clients)}-{after}"
        with open(name + ".sh", "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\ncamp -C {self.home.directory} ssh-command {handle} | "
                       f"head -c {after}\nkill -9 $PPID\n")
        os.chmod(name + ".sh", 0o700)
        sshd.make_key(name)
        with open(name + ".pub", encoding="ascii") as file:
            self.sshd.admit(f'restrict,command="exec {name}.sh" ' + file.read().strip())
        return self.sshd.client(name).environment

    def test_a_server_that_dies_in_the_middle(self):
        bo = self.join("bo")
        for i in range(40):
            self.home.ok("post", f"{i} " + os.urandom(200).hex())
        self.home.ok("post", "the last one")
        bo.ok("post", "sent once")
        for after in (0, 3, 40, 300, 900, 3000):
            done = bo.run("sync", extra=self.dying("bo", after))
            self.assert_says(done, NETWORK)
            self.assertEqual(bo.fsck(), [])
            self.assertEqual([each for each in bo.repositories() if "quarantine" in each], [])
        report = bo.sync()
        self.assertEqual(report["refused"], [])
        self.assertEqual(self.home.contents("ana"), bo.contents())
        self.assertEqual(bo.contents().count("sent once"), 1)
        self.assertEqual(len(bo.contents()), 42)
        self.assertEqual(self.home.fsck(), [])

    def test_addresses_that_are_none(self):
        trap = self.path + "/trap"
        for address in (f"ssh://-oProxyCommand=touch${{IFS}}{trap}", f"ssh://-oProxyCommand=x/{trap}",
                        f"ssh://x@-oProxyCommand=touch {trap}/y", f"ext::sh -c touch% {trap}",
                        f"--upload-pack=touch {trap}", f"-oProxyCommand=touch {trap}",
                        "ssh://", "ssh:///path", "ssh://a b/", "ssh://host:22x/", "ssh://host:-p/",
                        "ssh://host;id/", "ssh://$(id)/", "ssh://host\n/", "ssh://-x@host/",
                        "http://example.org/", "file:///etc", "git://example.org/", "fd::17",
                        "transport::address", ""):
            done = self.home.run("clone", "--as", "bo", "--code", "x", "--paper-key-file",
                                 self.path + "/x.paper", "--", address, self.path + "/clone")
            self.assertEqual(done.returncode, USAGE, (address, done.stderr))
            self.assertFalse(os.path.exists(trap), address)
            self.assertFalse(os.path.exists(self.path + "/clone"))

    def test_an_origin_that_the_settings_name_is_no_trap_either(self):
        bo, trap = self.join("bo"), self.path + "/trap"
        settings = bo.directory + "/state/config.toml"
        with open(settings, encoding="utf-8") as file:
            text = file.read()
        for address in (f"ext::sh -c touch% {trap}", f"ssh://-oProxyCommand=touch {trap}"):
            with open(settings, "w", encoding="utf-8") as file:
                file.write(text.replace("ssh://origin", address))
            self.assertNotEqual(bo.run("sync").returncode, 0)
            self.assertFalse(os.path.exists(trap))

    def test_what_the_other_side_says_is_made_safe(self):
        bo = self.join("bo")
        evil = sshd.make_key(self.sshd.directory + "/evil")
        with open(evil + ".pub", encoding="ascii") as file:
            self.sshd.admit('restrict,command="printf \'\\033[2J\\007evil\\n\' >&2; exit 1" ' +
                            file.read().strip())
        done = bo.run("sync", extra=self.sshd.client(evil).environment)
        self.assert_says(done, NETWORK, "evil")
        self.assertNotIn(b"\x1b", done.stderr)
        self.assertNotIn(b"\x07", done.stderr)


if __name__ == "__main__":
    reason = sshd.missing()
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
