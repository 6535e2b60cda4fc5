#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Nobody reads more than their own, whatever they ask for.

Every text and picture that is not for everybody holds a word of its own. Each member then asks for
every repository, by its name and by names like it, for every object that any repository has or has
had, and for every picture, and all the bytes that come are taken apart and searched: for the words
of others, which must not be there, and for the member's own, which must, or the search shows nothing.

Usage: canary_test.py CAMP SHIM
"""

import os
import random
import sys
import unittest

import clones
import faults
import sshd
import wants

PROGRAM, SHIM = sys.argv[1:3]
SEED = int(os.environ.get("CAMP_TEST_SEED", "1"))
NAMES = ("ana", "bo", "cy", "di")
ALL, ANYONE = frozenset(NAMES), frozenset(NAMES) | {"anyone"}
EACH = 10 ** 9 if faults.full_depth() else 5


def everything_in(directory):
    """All that a directory holds, with git's objects and what is deflated taken apart."""
    found = []
    for path, directories, files in os.walk(directory):
        if "HEAD" in files and "objects" in directories:
            found.append(faults.git(path, "cat-file", "--batch-all-objects", "--batch"))
        for name in files:
            with open(os.path.join(path, name), "rb") as handle:
                data = handle.read()
            found += [data, faults.inflated(data)]
    return b"\n".join(found)


class Canaries:
    """A community in which every word says who may read it."""

    def __init__(self, path, keep_local):
        self.path, self.words, self.digests, self.ids = path, {}, {}, {}
        self.home = clones.Origin(PROGRAM, path + "/home")
        if keep_local:
            with open(path + "/home/camp.toml", "a", encoding="utf-8") as file:
                file.write("clone_local = false\n")
        self.camps = {"ana": self.home}
        for name in NAMES[1:]:
            self.camps[name] = self.home.join(f"{path}/{name}", name)
        self.members = self.home.members()
        self.repositories = ["public", "local"] + ["private/" + id for id in self.members.values()]
        self.deleted, self.pictures, self.words_of = set(), set(), {}
        for name in NAMES[1:]:
            self.camps[name].sync()  # so that each knows who came later
        self.fill(keep_local)

    def word(self, readers, where):
        word = f"kanarie{len(self.words):03}vogel"
        self.words[word.encode()] = (frozenset(readers), where)
        return word

    def post(self, author, readers, where, *words):
        picture = f"{self.path}/picture.png"
        mark, before = self.word(readers, where), len(self.words)
        self.pictures.add(mark.encode())
        with open(picture, "wb") as file:
            file.write(faults.picture(mark.encode(), shade=len(self.words) % 250))
        text = " ".join([f"@{name}" for name in sorted(readers)] if where == "letter" else [])
        post = self.camps[author].ok(
            "post", *words, f"{text} {self.word(readers, where)}", "--summary",
            self.word(readers, where), "--attach", picture, "--alt", self.word(readers, where))
        self.words_of[post["id"]] = list(self.words)[before - 1:]
        return post

    def letter(self, author, *readers):
        return self.post(author, {author, *readers}, "letter", "--to", "direct")

    def forget(self, post):
        """Words that are deleted, or edited over, may be read by those who could, but need not be."""
        self.deleted.update(self.words_of[post["id"]])

    def sync(self):
        for name in NAMES[1:] * 2:
            report = self.camps[name].sync()
            assert not report["refused"] and report["peers"][0]["state"] == "ok", report
        self.note_ids()

    def note_ids(self):
        for name in self.repositories:
            listed = faults.git(f"{self.home.directory}/{name}.git", "cat-file",
                                "--batch-all-objects", "--batch-check=%(objectname)")
            self.ids.setdefault(name, set()).update(listed.decode().split())

    def fill(self, keep_local):
        gone = []
        for author in NAMES:
            self.post(author, ALL, "local", "--to", "local")
            self.post(author, ANYONE, "public", "--to", "public")
            gone.append(self.post(author, ALL, "local", "--to", "local"))
        for author, *readers in (("ana", "bo"), ("bo", "cy"), ("cy", "bo", "di"), ("di", "ana"),
                                 ("ana",), ("bo",), ("cy", "ana", "bo", "di")):
            self.letter(author, *readers)
            gone.append(self.letter(author, *readers))
        self.sync()
        self.home.ok("gc")  # packs, in which what is deleted next will have stood
        self.note_ids()
        for i, post in enumerate(gone):
            author = self.camps[post["author"]["handle"]]
            if author is not self.home and keep_local and post["audience"] == "local":
                continue  # it is not in its author's clone any more
            self.forget(post)
            if i % 2:
                author.ok("delete", post["short"])
            else:
                readers = {name for name in NAMES if "@" + name in post["content"]} or set(ALL)
                text = " ".join("@" + name for name in sorted(readers))
                where = "letter" if post["audience"] == "direct" else "local"
                author.ok("edit", post["short"], f"{text} {self.word(readers, where)}")
        self.sync()
        self.home.ok("gc")
        self.note_ids()
        for author, *readers in (("ana", "cy"), ("bo", "di")):
            self.letter(author, *readers)
        self.sync()
        for name in self.repositories:
            media = f"{self.home.directory}/media/{name}"
            for _, _, files in os.walk(media):
                self.digests.setdefault(name, set()).update(files)


def likenesses(name):
    """A repository's name as somebody might try it who may not have it."""
    upper, last = name.upper(), name.rsplit("/", 1)[-1]
    return [name, "/" + name, name + ".git", "//" + name, name + "/", "./" + name, upper, last,
            "public/../" + name, "public.git/../" + name + ".git", name + ".git/objects",
            name + "\0", name + "\n", name + "' 'x", "neighborhood/../" + name,
            name.replace("/", "//"), name.replace("private", "private/."), name + "%2e",
            "neighborhood/" + last, "media/" + name, "keys/" + last, name + ".git.git"]


class Asking:
    """Asks for everything, and looks through what came."""

    def assert_reads_their_own(self, who, data, local=True, pictures=True):
        """No word of others; all of one's own."""
        for word, (readers, where) in self.canaries.words.items():
            may = who in readers and (local or where != "local")
            if not may:
                self.assertNotIn(word, data, f"{who} reads {word} of {set(readers)}, {where}")
            elif word not in self.canaries.deleted:
                if pictures or word not in self.canaries.pictures:
                    self.assertIn(word, data, f"{who} does not find {word} of {set(readers)}, {where}")

    def ask_for_everything(self, who, fetch, media):
        received, canaries = [], self.canaries
        for name in canaries.repositories:
            for likeness in likenesses(name):
                received.append(fetch(likeness, None))
        mine = ["public", "local", "private/" + canaries.members[who]]
        own = set.union(*(canaries.ids[name] for name in mine))
        for name in mine:
            others = sorted(set.union(*canaries.ids.values()) - canaries.ids[name])
            past = sorted(canaries.ids[name])
            for ids in (others, past):
                for asked in self.random.sample(ids, min(EACH, len(ids))):
                    received.append(fetch(name, [asked]))
            for asked in self.random.sample(others, min(EACH // 4, len(others))):
                received.append(fetch(name, [asked], 2))
        self.assertTrue(own)
        digests = sorted(set.union(*canaries.digests.values()))
        for name in canaries.repositories:
            for digest in digests:
                received.append(media(name, digest))
            for likeness in likenesses(name):
                received.append(media(likeness, digests[0]))
        return b"\n".join(received)


class NobodyReadsMore(Asking, unittest.TestCase):
    KEEP_LOCAL = False

    @classmethod
    def setUpClass(cls):
        cls.scratch = faults.Scratch()
        cls.addClassCleanup(cls.scratch.__exit__)
        cls.canaries = Canaries(cls.scratch.path, cls.KEEP_LOCAL)
        cls.home = cls.canaries.home

    def setUp(self):
        self.random = random.Random(SEED)

    def test_the_search_finds_every_word_where_it_stands(self):
        everything = everything_in(self.home.directory)
        for word in self.canaries.words:
            if word not in self.canaries.deleted:
                self.assertIn(word, everything)
        self.assertGreater(len(self.canaries.words), 80)
        self.assertGreater(len(self.canaries.deleted), 20)
        self.assertEqual(faults.search_raw(self.home.directory + "/local.git",
                                           list(self.canaries.words)), [])  # deflated

    # --- the forced command, with whatever a client might ask for

    def serve(self, who, command, data=b"", version=0):
        environment = {"SSH_ORIGINAL_COMMAND": command}
        if version:
            environment["GIT_PROTOCOL"] = f"version={version}"
        return self.home.run("ssh-command", who, data=data, extra=environment).stdout

    def fetch(self, who, repository, ids=None, version=0):
        command = [PROGRAM, "-C", self.home.directory, "ssh-command", who]
        environment = {"SSH_ORIGINAL_COMMAND": f"git-upload-pack '{repository}'".replace("\0", "")}
        if version:
            environment["GIT_PROTOCOL"] = f"version={version}"
        if ids is None:
            tips = wants.ask(command, [], environment).branches()
            ids = sorted(set(tips.values()))
        return wants.ask(command, ids, environment, version=version).contents()

    def test_by_the_forced_command(self):
        for who in NAMES[1:]:
            data = self.ask_for_everything(
                who, lambda name, ids, version=0, who=who: self.fetch(who, name, ids, version),
                lambda name, digest, who=who: self.serve(
                    who, f"camp-media get {name} {digest}".replace("\0", "")))
            self.assert_reads_their_own(who, data, local=not self.KEEP_LOCAL)

    def test_by_real_ssh(self):
        if sshd.missing():
            self.skipTest(sshd.missing())
        server = sshd.Sshd(self.scratch.path + "/sshd", PROGRAM)
        try:
            key = sshd.make_key(server.directory + "/bo")
            server.admit(self.home.ok("ssh-command", "bo", "--key", key + ".pub"))
            client, received = server.client(key), []
            for name in self.canaries.repositories:
                for likeness in likenesses(name)[:6]:
                    command = ["ssh", "-F", client.config, "origin", f"git-upload-pack '{likeness}'"]
                    tips = sorted(set(wants.ask(command, []).branches().values()))
                    received.append(wants.ask(command, tips).contents())
                for digest in sorted(self.canaries.digests.get(name, [])):
                    received.append(client.run("origin", f"camp-media get {name} {digest}").stdout)
            self.assert_reads_their_own("bo", b"\n".join(received), local=not self.KEEP_LOCAL)
        finally:
            server.stop()

    def test_what_is_answered_to_lines(self):
        """Answers name ids and reasons, never what stands in an object."""
        lines = []
        for name in self.canaries.repositories:
            for asked in sorted(self.canaries.ids[name])[:40]:
                shown = faults.git(f"{self.home.directory}/{name}.git", "cat-file", "--batch",
                                   data=asked.encode() + b"\n").split(b"\n", 1)
                if b" blob " in shown[0]:
                    lines.append(shown[1].strip().split(b"\n")[0])
        self.assertGreater(len(lines), 20)
        for who in NAMES[1:]:
            data = self.serve(who, "camp-submit", b"\n".join(lines) + b"\n")
            self.assertGreater(data.count(b"\n"), 20)
            for word in self.canaries.words:
                self.assertNotIn(word, data)

    # --- clones, mirrors, commands

    def test_a_clone_holds_its_owners_and_no_more(self):
        for who in NAMES[1:]:
            clone = self.canaries.camps[who]
            clone.ok("sync", "--media")
            data = everything_in(clone.directory)
            own = {word: value for word, value in self.canaries.words.items()
                   if who in value[0] and value[1] != "local"}
            for word in own:
                if word not in self.canaries.deleted:
                    self.assertIn(word, data)
            for word, (readers, _) in self.canaries.words.items():
                if who not in readers:
                    self.assertNotIn(word, data)
            if not self.KEEP_LOCAL:
                self.assert_reads_their_own(who, data)

    def test_a_second_clone_by_path(self):
        for who in NAMES[1:]:
            again = self.home.clone(f"{self.scratch.path}/{who}-again", who, None, "--media")
            self.assert_reads_their_own(who, everything_in(again.directory),
                                        local=not self.KEEP_LOCAL)

    def test_a_mirror_holds_what_is_public(self):
        path = self.scratch.path + "/mirror"
        self.home.ok("clone", self.home.directory, path, "--audience", "public", "--media")
        self.assert_reads_their_own("anyone", everything_in(path))
        mirror = clones.Camp(PROGRAM, path)
        self.assertEqual(sorted(os.listdir(path + "/media")), ["public"])
        mirror.ok("sync", "--media")
        self.assert_reads_their_own("anyone", everything_in(path))

    def test_commands_show_what_the_member_may_read(self):
        ids = [row for name in NAMES for row in self.home.timeline(name)]
        for who in NAMES:
            said = [self.home.run("timeline", "--all", "--json", member=who).stdout,
                    self.home.run("object", "list", member=who).stdout]
            for row in {row["id"]: row for row in ids}.values():
                for words in (("show", row["short"]), ("thread", row["short"]),
                              ("object", "cat", row["id"]), ("object", "cat", row["short"])):
                    said.append(self.home.run(*words, member=who).stdout)
            for word in self.canaries.words:
                found = self.home.run("search", word.decode(), "--json", member=who).stdout
                readers = self.canaries.words[word][0]
                if who not in readers:
                    self.assertNotIn(word, found)
            self.assert_reads_their_own(who, b"\n".join(said), pictures=False)


class WhereLocalStaysHome(NobodyReadsMore):
    """The same with `clone_local = false`: local posts and pictures leave by no clone."""

    KEEP_LOCAL = True


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
