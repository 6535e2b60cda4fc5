#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An origin that serves whatever it likes, to a clone that syncs: each thing is refused with its
reason, the clone keeps what it has, and nothing is left behind.

The origin that is served is a copy of an honest one, edited with stock git past all of camp's checks,
and reached by a program in place of ssh that runs stock git there, or sends bytes that no git makes.

Usage: hostile_origin_test.py CAMP SHIM
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import unittest

import clones
import faults
import forge
import hostile

PROGRAM = sys.argv[1]
SANITIZED = hostile.is_sanitized(PROGRAM)
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

# The last word is what the member's camp asks for. What lies in raw/ is sent as it is.
SSH = """#!/bin/sh
for asked; do :; done
case $asked in
git-upload-pack*)
  name=${asked#*\\'}; name=${name%\\'}
  raw={place}/raw/$(echo "$name" | tr / -)
  if [ -f "$raw" ]; then cat "$raw"; [ -f "{place}/raw/ends" ] || cat >/dev/null; exit 0; fi
  GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 exec git -c 'safe.directory=*' \\
    -c core.bigFileThreshold=1m -c pack.threads=1 upload-pack "{place}/served/$name.git" ;;
*)
  if [ -f "{place}/raw/answer" ]; then cat >/dev/null; cat "{place}/raw/answer"; exit 0; fi
  SSH_ORIGINAL_COMMAND=$asked exec "{program}" -C "{place}/origin" ssh-command bo ;;
esac
"""


class HostileOrigin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = faults.Scratch()
        cls.addClassCleanup(cls.scratch.__exit__)
        cls.place = cls.scratch.path
        cls.origin = clones.Origin(PROGRAM, cls.place + "/origin")
        code = cls.origin.invite("bo")
        cls.anas = cls.origin.ok("post", "--to", "local", "by ana")
        cls.anas_open = cls.origin.ok("post", "--to", "public", "open, by ana")
        cls.origin.ok("post", "--to", "direct", "@bo a letter of ana's")
        cls.begin_serving()
        cls.victim = clones.Camp(PROGRAM, cls.place + "/victim")
        command = [PROGRAM, "clone", "ssh://bo@origin", cls.victim.directory, "--as", "bo", "--code",
                   code, "--paper-key-file", cls.place + "/bo.paper"]
        done = hostile.run("clone", command, cls.environment())
        if done.returncode != 0:
            raise faults.Failed(done.text)
        cls.victim.ok("post", "--to", "local", "by bo")
        cls.victim.ok("post", "--to", "public", "open, by bo")
        cls.sync("an honest sync")
        cls.serve_anew()
        cls.sync("an honest sync")
        cls.learn()

    @classmethod
    def begin_serving(cls):
        os.mkdir(cls.place + "/raw")
        with open(cls.place + "/ssh", "w", encoding="ascii") as handle:
            handle.write(SSH.replace("{place}", cls.place).replace("{program}", PROGRAM))
        os.chmod(cls.place + "/ssh", 0o700)
        os.symlink("origin", cls.place + "/served")

    @classmethod
    def serve_anew(cls):
        """Serves what the honest origin has."""
        served = cls.place + "/served"
        if os.path.islink(served):
            os.unlink(served)
        shutil.rmtree(served, ignore_errors=True)
        subprocess.run(["cp", "-a", cls.place + "/origin", served], check=True)

    @classmethod
    def learn(cls):
        cls.ids = {handle: "camp:" + id for handle, id in cls.origin.members().items()}
        cls.ana, cls.bo = cls.ids["ana"], cls.ids["bo"]
        local = cls.served("local")
        cls.community_keys = cls.file(local, "community/keys.jsonl")
        cls.community_log = cls.file(local, "community/log.jsonl")
        cls.community = "camp:" + forge.owner_of(cls.community_keys)
        cls.community_key = next(iter(forge.read_keys(cls.origin.directory, cls.community[5:]).values()))
        cls.logs = {each: cls.file(local, f"members/{each[5:]}/keys.jsonl") for each in (cls.ana, cls.bo)}
        speaking = json.loads(cls.logs[cls.ana].splitlines()[-1])["signing"][-1]["key"]
        keys = forge.read_keys(cls.origin.directory, cls.ana[5:])
        cls.key = keys.pop(speaking)
        cls.deciding = next(iter(keys.values()))
        bos = forge.read_keys(cls.victim.directory, cls.bo[5:])
        cls.bos_key = bos[json.loads(cls.logs[cls.bo].splitlines()[-1])["signing"][-1]["key"]]
        cls.note = json.loads(cls.origin.run("object", "cat", cls.anas["short"]).stdout)
        cls.open_note = json.loads(cls.origin.run("object", "cat", cls.anas_open["short"]).stdout)
        cls.month = forge.place_of(forge.canonical(cls.note))[0]
        cls.private = "private/" + cls.bo[5:]

    @classmethod
    def served(cls, name):
        return f"{cls.place}/served/{name}.git"

    @staticmethod
    def file(repository, path, branch="main"):
        return faults.git(repository, "cat-file", "blob", f"{branch}:{path}")

    @classmethod
    def environment(cls):
        return hostile.plain_environment(CAMP_SSH=cls.place + "/ssh")

    @classmethod
    def sync(cls, name):
        return hostile.run(name, [PROGRAM, "-C", cls.victim.directory, "sync"], cls.environment())

    # --- one hostile case

    def refuse(self, name, pattern, prepare):
        """Serves what `prepare` makes, once, and an honest origin again after it."""
        hostile.Figures.cases += 1
        with self.subTest(name):
            before = hostile.snapshot(self.victim)
            bases = {each: hostile.references(self.served(each))
                     for each in ("local", "public", self.private)}
            try:
                prepare()
                done = self.sync(name)
                hostile.check_refusal(self, name, done, pattern, SANITIZED)
                self.assertEqual(hostile.snapshot(self.victim), before)
                self.assertEqual(hostile.quarantined(self.victim), [])
            finally:
                self.restore(bases)

    def restore(self, bases):
        for name in os.listdir(self.place + "/raw"):
            os.unlink(f"{self.place}/raw/{name}")
        for repository, references in bases.items():
            for name, oid in references.items():
                faults.git(self.served(repository), "update-ref", name, oid)
            for name in set(hostile.references(self.served(repository))) - set(references):
                faults.git(self.served(repository), "update-ref", "-d", name)

    def refuse_files(self, name, pattern, files, repository="local", branch=None, removed=()):
        self.refuse(name, pattern, lambda: hostile.plant(self.served(repository), branch or self.month,
                                                         files, removed))

    def refuse_object(self, name, pattern, data, repository="local"):
        """An object at the place that it says."""
        branch, path = forge.place_of(data)
        self.refuse_files(name, pattern, {path: data}, repository, branch)

    def refuse_raw(self, name, pattern, data, repository="local", ends=False):
        """Bytes instead of git's; `ends`: and no more is heard of it."""
        def prepare():
            if ends:
                open(self.place + "/raw/ends", "wb").close()
            with open(f"{self.place}/raw/{repository.replace('/', '-')}", "wb") as handle:
                handle.write(data)
        self.refuse(name, pattern, prepare)

    def refuse_pack(self, name, pattern, tip, objects, branch=None, **options):
        """A pack made by hand, as the answer for a branch at `tip`."""
        self.refuse_raw(name, pattern, forge.advertisement({branch or self.month: tip}) +
                        forge.answer(forge.pack(objects, **options)))

    def made(self, template=None, **changes):
        record = {**forge.without(template or self.note, "id", "proof"),
                  "published": forge.moment(time.time()),
                  "camp:nonce": forge.base32(int.from_bytes(os.urandom(16), "big"), 26),
                  "content": "forged words", **changes}
        return {name: value for name, value in record.items() if value is not None}

    def tombstone(self, what, by, key, **changes):
        return forge.seal(self.made(type="Tombstone", attributedTo=by, object=what, formerType="Note",
                                    content=None, mediaType=None, **changes), key)

    def act(self, kind, what, **changes):
        return self.made(type=kind, attributedTo=None, actor=self.ana, object=what, content=None,
                         mediaType=None, **changes)

    # --- objects

    def test_a_every_field_of_an_object(self):
        for place, template in (("local", self.note), ("public", self.open_note)):
            for member in template:
                broken = json.loads(forge.seal(self.made(template), self.key))
                branch, path = forge.place_of(forge.canonical(broken))
                if member == "proof":
                    for option in list(broken["proof"]):
                        proof = {**broken["proof"], option: "x" + str(broken["proof"][option])}
                        self.refuse_files(f"{place}, another {option} in the proof", "signature|proof|context",
                                          {path: forge.canonical({**broken, "proof": proof})}, place, branch)
                    continue
                value = broken[member]
                broken[member] = value + "x" if isinstance(value, str) else value + ["x"]
                self.refuse_files(f"{place}, another {member}", "object|id|community|author|no time",
                                  {path: forge.canonical(broken)}, place, branch)
                broken = json.loads(forge.seal(self.made(template), self.key))
                broken[member] = None
                self.refuse_files(f"{place}, no {member}", "object|id",
                                  {path: forge.canonical(broken)}, place, branch)

    def test_b_whose_an_object_is(self):
        stranger, own = forge.Key(), self.made()
        log = forge.key_operation(b"", stranger, signing=[{"key": forge.Key().did, "name": "x", "role": "device"}])
        self.refuse_object("ana's post by a stranger's key", "not its author's", forge.seal(own, stranger))
        self.refuse_object("ana's post by bo's key", "not its author's", forge.seal(own, self.bos_key))
        self.refuse_object("ana's post by her deciding key", "not its author's", forge.seal(own, self.deciding))
        self.refuse_object("ana's post by the community's key", "not its author's", forge.seal(own, self.community_key))
        self.refuse_object("bo's post by ana's key", "not its author's", forge.seal(self.made(attributedTo=self.bo), self.key))
        self.refuse_object("a stranger's post", "no member", forge.seal(
            self.made(attributedTo="camp:" + forge.owner_of(log)), stranger))
        speaking = forge.Key()
        log = forge.key_operation(b"", stranger, signing=[{"key": speaking.did, "name": "x", "role": "device"}])
        who = "camp:" + forge.owner_of(log)

        def smuggle():
            hostile.plant(self.served("local"), "main", {f"members/{who[5:]}/keys.jsonl": log})
            data = forge.seal(self.made(attributedTo=who), speaking)
            branch, path = forge.place_of(data)
            hostile.plant(self.served("local"), branch, {path: data})
        self.refuse("a stranger's post with the stranger's keys beside it", "never admitted.*no member", smuggle)
        self.refuse_object("an unsigned post", "signature|proof", forge.seal(own))
        self.refuse_object("another community's post", "another community", forge.seal(
            self.made(**{"camp:community": "camp:" + "0" * 32}), self.key))
        self.refuse_object("bo's tombstone for ana's post", "somebody else's", self.tombstone(
            self.anas["id"], self.bo, self.bos_key))
        self.refuse_object("a stranger's tombstone", "not its author's", self.tombstone(
            self.anas["id"], self.ana, stranger))
        self.refuse_object("an unsigned tombstone", "signature|proof", self.tombstone(self.anas["id"], self.ana, None))
        self.refuse_object("a tombstone in the community's name", "not its author's", self.tombstone(
            self.anas["id"], self.community, stranger))
        self.refuse_object("ana's edit of bo's post", "edits somebody else's", forge.seal(
            self.act("Update", {"type": "Note", "id": f"{self.bo}/{forge.content_id(own)}", "content": "x"}), self.key))
        letter = self.made(template={**self.note, "to": [self.bo]}, attributedTo=who)
        self.refuse_object("a stranger's letter", "no member", forge.seal(letter), self.private)
        self.refuse_object("a signed letter", "signature", forge.seal(self.made(to=[self.bo]), self.key), self.private)

    def test_c_where_an_object_stands(self):
        data = forge.seal(self.made(), self.key)
        branch, path = forge.place_of(data)
        day, hour, name = path.split("/")
        stem = name[:-5]
        for wrong in (f"{name}", f"{day}/{name}", f"{(int(day) % 28) + 1:02}/{hour}/{name}", f"{day}/{(int(hour) + 1) % 24:02}/{name}",
                      f"t/{name}", f"t/{stem}.{self.ana[5:]}.json", f"{day}/{hour}/{stem}", f"{day}/{hour}/{stem}.txt", f"{day}/{hour}/x.json",
                      f"{day}/{hour}/{name.upper()}", f"{day}/{hour}/{stem}.{stem}.json", f"{day}/{hour}/a{stem[1:]}.json", f"x/{hour}/{name}"):
            self.refuse_files(f"a post at {wrong}", "is not the place|signature", {wrong: data})
        self.refuse_files("a post in another month", "is not the place", {path: data}, branch="e/2020-01")
        self.refuse_files("a local post in public", "another audience", {path: data}, "public")
        self.refuse_files("a local post in a private one", "another audience", {path: data}, self.private)
        opened = forge.seal(self.made(self.open_note), self.key)
        self.refuse_files("an open post in local", "another audience", {forge.place_of(opened)[1]: opened})
        letter = forge.seal(self.made(to=["camp:" + "0" * 32]))
        self.refuse_object("a letter to somebody else", "another audience", letter, self.private)
        self.refuse_files("a letter in local", "another audience", {forge.place_of(letter)[1]: letter})

    def test_d_files_that_are_no_objects(self):
        data = forge.seal(self.made(), self.key)
        path = forge.place_of(data)[1]
        folder = path.rsplit("/", 1)[0]
        record = json.loads(data)
        for name, bad in {"empty": b"", "a record": b"{}", "a list": b"[]", "noise": os.urandom(500), "deep": b"[" * 100_000,
                          "with a line's end": data + b"\n", "with spaces": json.dumps(record).encode(), "with a mark": b"\xef\xbb\xbf" + data,
                          "with a member twice": data.replace(b'"audience"', b'"audience":"camp:public","audience"'),
                          "with half a surrogate": data.replace(b"forged", b"\\ud800"), "with a NUL": data.replace(b"forged", b"\0"),
                          "with a NUL by name": data.replace(b"forged", b"\\u0000"), "not in UTF-8": data.replace(b"forged", b"\xff"),
                          "with 1e400": data.replace(b'"content"', b'"a":1e400,"content"'), "cut short": data[:-20],
                          "of 300 KiB": data.replace(b"forged", b"forged " * 45_000), "a pointer": b"version https://git-lfs.github.com/spec/v1\n"}.items():
            self.refuse_files(f"a file {name}", "object|signature|id", {path: bad})
        self.refuse_files("an object under another's id", "is not the place|id", {f"{folder}/{'0' * 36}.json": data})
        self.refuse("a large blob", "bytes|object", lambda: self.plant_large(path))

    def plant_large(self, path):
        """300 MB of zeros, streamed into git."""
        repository = self.served("local")
        writer = subprocess.Popen(["git", "-c", "core.bigFileThreshold=1m", "--git-dir", repository, "hash-object", "-w", "--stdin"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=faults.GIT_ENVIRONMENT)
        for _ in range(300):
            writer.stdin.write(b"\0" * (1 << 20))
        blob = writer.communicate()[0].decode().strip()
        day, hour, name = path.split("/")
        tree = self.tree(forge.entry("100644", name, blob))
        tree = self.tree(forge.entry("40000", hour, tree))
        hostile.plant_tree(repository, self.month, self.tree(forge.entry("40000", day, tree)))

    def tree(self, data, repository="local"):
        return hostile.git(self.served(repository), "hash-object", "-t", "tree", "--literally", "-w", "--stdin", data=data)

    # --- trees

    def test_e_names_and_modes(self):
        """E60: at each depth of a month, and among the papers."""
        data = forge.seal(self.made(), self.key)
        blob = hostile.git(self.served("local"), "hash-object", "-w", "--stdin", data=data)
        name = forge.place_of(data)[1].split("/")[-1]
        commit = hostile.references(self.served("local"))["refs/heads/main"]
        plain = lambda text: forge.entry("100644", text, blob)
        trees = {
            "a symbolic link": forge.entry("120000", name, blob), "a submodule": forge.entry("160000", name, commit),
            "a program": forge.entry("100755", name, blob), "a mode of no kind": forge.entry("177777", name, blob),
            "an old mode": forge.entry("100664", name, blob), "a mode with a zero": forge.entry("0100644", name, blob),
            "a way up": plain(".."), "itself": plain("."), "a directory of git": forge.entry("40000", ".git", EMPTY_TREE),
            "git in capitals": plain(".GIT"), "git's short name": plain("git~1"), "a file of modules": plain(".gitmodules"),
            "modules in disguise": plain(".g\u200cit"), "a backslash": plain("..\\evil"), "an escape": plain("a\x1b[2J.json"),
            "a new line": plain("a\nb.json"), "a carriage return": plain("a\r.json"), "a tab": plain("a\t.json"), "a DEL": plain("a\x7f.json"),
            "a composed letter": plain("\u00e9.json"), "a letter in parts": plain("e\u0301.json"), "both of them": plain("e\u0301.json") + plain("\u00e9.json"),
            "a name to the right": plain("\u202egnp.json"), "no UTF-8": plain(b"\xff\xfe.json"), "case twins": plain(name.upper()) + plain(name),
            "a name twice": plain(name) + plain(name), "a name as file and directory": plain("a") + forge.entry("40000", "a", EMPTY_TREE),
            "names out of order": plain("b.json") + plain("a.json"), "a slash": plain("a/b.json"), "no name": plain(""),
            "a long name": plain("a" * 256), "half an entry": plain(name)[:30], "no id": b"100644 a\0", "noise": os.urandom(100),
            "a file as its own directory": forge.entry("40000", "23", blob), "a file that is missing": forge.entry("100644", name, "1" * 40),
            "a directory that is missing": forge.entry("40000", "23", "1" * 40), "ten thousand and one files": b"".join(
                plain(f"{i:06}.json") for i in range(10_001)),
        }
        for what, tree in trees.items():
            for depth, way in ((0, ()), (2, ("00", "23"))):
                def prepare(tree=tree, way=way):
                    oid = self.tree(tree)
                    for part in way:
                        oid = self.tree(forge.entry("40000", part, oid))
                    commit = hostile.git(self.served("local"), "hash-object", "-t", "commit", "--literally", "-w", "--stdin",
                                         data=forge.commit_of(oid))
                    with open(f"{self.served('local')}/refs/heads/{self.month}", "w", encoding="ascii") as handle:
                        handle.write(commit + "\n")
                self.refuse(f"{what}, at depth {depth}", "is not one that camp makes|not sound|broke off|failed|is not the place", prepare)
        modules = hostile.git(self.served("local"), "hash-object", "-w", "--stdin",
                              data=b"[submodule \"x\"]\n\tpath = x\r\n\turl = --upload-pack=id\n")
        self.refuse("modules with a carriage return", "not one that camp makes|not sound", lambda: hostile.plant_tree(
            self.served("local"), self.month, self.tree(forge.entry("100644", ".gitmodules", modules))))
        for what in ("a symbolic link", "a way up", "an escape", "a name twice", "a program"):
            self.refuse(f"{what} among the papers", "a tree holds|not sound|broke off|failed", lambda what=what: hostile.plant_tree(
                self.served("local"), "main", self.tree(trees[what])))

    def test_f_bombs(self):
        """E60. The packs are made by hand: no git over there would."""
        month = self.month
        blob = b"x"
        one = forge.object_id(forge.BLOB, blob)

        # Ten directories of ten, ten deep.
        objects, below, mode = [forge.packed_object(forge.BLOB, blob)], one, "100644"
        for _ in range(10):
            tree = b"".join(forge.entry(mode, chr(97 + i), below) for i in range(10))
            objects.append(forge.packed_object(forge.TREE, tree))
            below, mode = forge.object_id(forge.TREE, tree), "40000"
        self.top("a tree of ten thousand million files", "deeper", below, objects)

        # As wide as a month may be, with one file in all places.
        for repository in ("month", "main"):
            objects = [forge.packed_object(forge.BLOB, blob)]
            files = b"".join(forge.entry("100644", f"{i:05}.json", one) for i in range(9_999))
            objects.append(forge.packed_object(forge.TREE, files))
            below = forge.object_id(forge.TREE, files)
            root = b"".join(forge.entry("40000", f"{i:05}", below) for i in range(9_999))
            objects.append(forge.packed_object(forge.TREE, root))
            self.top(f"a hundred million files in three objects, in a {repository}", "more (than|files)",
                     forge.object_id(forge.TREE, root), objects, "main" if repository == "main" else month)

        # A hundred thousand directories, each in the next.
        objects, below, mode = [forge.packed_object(forge.BLOB, blob)], one, "100644"
        for _ in range(100_000 if faults.full_depth() else 20_000):
            tree = forge.entry(mode, "a", below)
            objects.append(forge.packed_object(forge.TREE, tree))
            below, mode = forge.object_id(forge.TREE, tree), "40000"
        self.top("a tree of great depth", "deeper", below, objects)

        # One delta that copies its base over and over.
        base = b"\0" * 65_536
        target = 1 << 30
        copies = b"\x80\x90"[:0] + b"".join(b"\xb0\xff\xff" for _ in range(target // 65_535 + 1))
        delta = self.varint(len(base)) + self.varint(65_535 * (target // 65_535 + 1)) + copies
        objects = [forge.packed_object(forge.BLOB, base), forge.packed_object(forge.NAMED_DELTA, delta, forge.object_id(forge.BLOB, base))]
        self.top("a delta of a gigabyte", "memory|not sound", EMPTY_TREE, objects)

        zeros = [b"\0" * (1 << 20)] * 300
        sums = {}
        for kind in (forge.BLOB, forge.TREE, forge.COMMIT):
            digest = hashlib.sha1(forge.KINDS[kind] + b" %d\0" % (300 << 20))
            for piece in zeros:
                digest.update(piece)
            sums[kind] = digest.hexdigest()
        large = {kind: forge.packed_object(kind, zeros, size=300 << 20) for kind in sums}
        files = forge.entry("100644", "x.json", sums[forge.BLOB])
        self.top("a file of 300 MB in 300 KB", "bytes|object", forge.object_id(forge.TREE, files),
                 [large[forge.BLOB], forge.packed_object(forge.TREE, files)])
        self.top("a tree of 300 MB in 300 KB", "memory|not sound", sums[forge.TREE], [large[forge.TREE]])
        self.refuse_pack("a commit of 300 MB in 300 KB", "memory|not sound", sums[forge.COMMIT], [large[forge.COMMIT]])
        long = forge.commit_of(EMPTY_TREE, b"x" * (20 << 20))
        self.refuse_pack("a commit with 20 MiB of words", "large|bytes|memory|not sound", forge.object_id(forge.COMMIT, long),
                         [forge.packed_object(forge.COMMIT, long), forge.packed_object(forge.TREE, b"")])
        parents = forge.commit_of(EMPTY_TREE, parents=["1" * 40] * 200_000)
        self.refuse_pack("a commit with 200,000 parents", "large|bytes|memory|not sound|missing", forge.object_id(forge.COMMIT, parents),
                         [forge.packed_object(forge.COMMIT, parents), forge.packed_object(forge.TREE, b"")])

    @staticmethod
    def varint(number):
        data = bytearray()
        while number >= 128:
            data.append(number & 127 | 128)
            number >>= 7
        return bytes(data + bytes([number]))

    def top(self, name, pattern, tree, objects, branch=None):
        commit = forge.commit_of(tree, os.urandom(8).hex().encode() + b"\n")
        self.refuse_pack(name, pattern, forge.object_id(forge.COMMIT, commit),
                         objects + [forge.packed_object(forge.COMMIT, commit)], branch)

    # --- packs and words

    def test_g_packs(self):
        """E60, E62: packs that are none, and words that are no protocol."""
        def fresh():
            """A commit that nobody saw, what announces it, and its pack."""
            commit = forge.commit_of(EMPTY_TREE, os.urandom(8).hex().encode() + b"\n")
            objects = [forge.packed_object(forge.COMMIT, commit), forge.packed_object(forge.TREE, b"")]
            return forge.advertisement({self.month: forge.object_id(forge.COMMIT, commit)}), objects

        def answered(change):
            head, objects = fresh()
            return head + forge.answer(change(forge.pack(objects)))

        def packed(*more, **options):
            head, objects = fresh()
            return head + forge.answer(forge.pack(objects + list(more), **options))

        def said(data):
            return fresh()[0] + data

        def at(kind, data):
            return (forge.advertisement({self.month: forge.object_id(kind, data)}) +
                    forge.answer(forge.pack([forge.packed_object(kind, data)])))

        packs = {
            "a tip that does not come": lambda: forge.advertisement({self.month: "2" * 40}) + answered(bytes)[len(fresh()[0]):],
            "a pack with another sum": lambda: answered(lambda pack: pack[:-1] + bytes([pack[-1] ^ 1])),
            "a flipped bit": lambda: answered(lambda pack: pack[:20] + bytes([pack[20] ^ 4]) + pack[21:]),
            "half a pack": lambda: answered(lambda pack: pack[:len(pack) // 2]), "an empty pack": lambda: answered(lambda pack: b""),
            "a pack of another version": lambda: answered(lambda pack: b"PACK\0\0\0\x09" + pack[8:]),
            "no pack": lambda: answered(lambda pack: b"GIF89a" + pack[6:]), "a count that lies": lambda: packed(count=9),
            "four thousand million objects": lambda: packed(count=0xffffffff),
            "a delta of what is not here": lambda: packed(forge.packed_object(forge.NAMED_DELTA, b"\1\1\1x", "3" * 40)),
            "an object of no kind": lambda: packed(forge.packed_object(5, b"x")),
            "a size that lies": lambda: packed(forge.packed_object(forge.BLOB, b"x" * 10, size=99)),
            "a blob as a tip": lambda: at(forge.BLOB, b"x"), "a tree as a tip": lambda: at(forge.TREE, b""),
            "a commit that is noise": lambda: at(forge.COMMIT, b"noise"),
            "an escape as error": lambda: said(forge.line(b"NAK\n") + forge.line(b"\3\x1b]0;owned\x07\x1b[2Jgo away\n")),
            "an escape as answer": lambda: said(forge.line(b"ERR \x1b[31m\x9b2Jred\n")),
            "an unknown band": lambda: said(forge.line(b"NAK\n") + forge.line(b"\x09x") + b"0000"),
            "an empty band": lambda: said(forge.line(b"NAK\n") + b"0004" + b"0000"),
            "progress alone": lambda: said(forge.line(b"NAK\n") + forge.line(b"\2" + b"x" * 60_000) * 50 + b"0000"),
        }
        tip = b"a" * 40
        words = {
            "an escape instead of references": lambda: forge.line(b"ERR \x1b[2J\x1b]52;c;aGk=\x07denied\n"), "an ssh banner": lambda: b"SSH-2.0-\x1b[2J\r\n",
            "nothing": lambda: b"", "half a line": lambda: b"00", "a line of no length": lambda: b"zzzz", "a length of one": lambda: b"0001",
            "a page of the web": lambda: b"HTTP/1.1 200 OK\r\n\r\n", "references without an end": lambda: fresh()[0][:-4],
            "references of another hash": lambda: forge.line(b"a" * 64 + b" refs/heads/main\0side-band-64k ofs-delta object-format=sha256\n") + b"0000",
            "a reference with an escape": lambda: forge.line(tip + b" refs/heads/\x1b[2J\0side-band-64k\n") + b"0000",
            "no side band": lambda: forge.line(tip + b" refs/heads/main\0\n") + b"0000",
            "too many branches": lambda: forge.advertisement({f"b{i}": "a" * 40 for i in range(4_001)}),
            "200,000 references": lambda: b"".join(forge.line(tip + b" refs/tags/t%d\n" % i) for i in range(200_000)) + b"0000",
            "200,000 branches": lambda: b"".join(forge.line(tip + b" refs/heads/e%d%s\n" % (i, b"" if i else b"\0side-band-64k ofs-delta"))
                                                 for i in range(200_000)) + b"0000",
        }
        for name, make in {**packs, **words}.items():
            self.refuse_raw(name, "camp: .*(not|other side|memory|large|damaged|missing)", make(), ends=name in words)

    # --- the papers

    def refuse_paper(self, name, pattern, path, data, repository="local"):
        self.refuse_files(name, pattern, {path: data}, repository, "main")

    def test_h_key_logs(self):
        """E63: a clone takes a longer log of its owner's and nothing else."""
        stranger, anas = forge.Key(), self.logs[self.ana]
        path = f"members/{self.ana[5:]}/keys.jsonl"
        more = json.loads(anas.splitlines()[-1])["signing"] + [{"key": forge.Key().did, "name": "x", "role": "device"}]
        bos = self.logs[self.bo]
        fork = bos.splitlines(keepends=True)[0]
        hosts = None
        logs = {"by a stranger": forge.key_operation(anas, stranger, signing=more), "by a speaking key": forge.key_operation(anas, self.key, signing=more),
                "of another chain": forge.key_operation(anas, self.deciding, prev="0" * 64, signing=more),
                "that takes the paper key away": forge.key_operation(anas, self.deciding, kind="rotate", rotation=[self.deciding.did]),
                "that is bo's": bos, "of a stranger's": forge.key_operation(b"", stranger), "that is empty": b"", "that is noise": os.urandom(300),
                "with a line cut": anas[:-30], "of 300 KiB": anas + b"x" * 300_000 + b"\n", "with an escape": anas + b"\x1b[2J\n"}
        for name, log in logs.items():
            self.refuse_paper(f"a key log of ana's {name}", "key log|operation|owner|proof|line|bytes", path, log)
        for name, log in logs.items():
            self.refuse_paper(f"ana's key log in public {name}", "key log|operation|owner|proof|line|bytes", path, log, "public")
        self.refuse_paper("a shorter key log of bo's", "lacks what it had before", f"members/{self.bo[5:]}/keys.jsonl", fork)
        self.refuse_files("a main without ana's keys", "lacks what it had before", {}, branch="main", removed=[path])
        self.refuse_paper("a fork of bo's keys", "two ways|operation", f"members/{self.bo[5:]}/keys.jsonl",
                          forge.key_operation(fork, stranger, signing=more))
        community = self.community_keys
        for name, log in {"by a stranger": forge.key_operation(community, stranger), "of another community": forge.key_operation(b"", stranger, subject="community", next=[]),
                          "that is ana's": anas, "that is noise": b"noise\n"}.items():
            self.refuse_paper(f"a key log of the community {name}", "key log|operation|owner|proof", "community/keys.jsonl", log)

    def test_i_the_community_log(self):
        log, key, path = self.community_log, self.community_key, "community/log.jsonl"
        lines = log.splitlines(keepends=True)
        stranger = forge.Key()
        self.refuse_paper("a shorter log", "lacks what it had before", path, b"".join(lines[:-1]))
        self.refuse_files("a main without the log", "lacks what it had before", {}, branch="main", removed=[path])
        self.refuse_files("a main without the community's keys", "lacks what it had before", {}, branch="main", removed=["community/keys.jsonl"])
        self.refuse("an empty main", "lacks what it had before", lambda: hostile.plant_tree(self.served("local"), "main", EMPTY_TREE))
        fork = forge.log_entry(b"".join(lines[:-1]), key, kind="rules", text="x")
        self.refuse_paper("a fork", "two ways", path, fork)
        entries = {"by a stranger": (stranger, dict(kind="rules", text="x")), "by ana": (self.key, dict(kind="rules", text="x")),
                   "that admits ana again": (key, dict(kind="join", member=self.ana[5:], handle="ana2")),
                   "that takes ana's handle": (key, dict(kind="join", member=forge.owner_of(forge.key_operation(b"", stranger)), handle="ana")),
                   "that removes the last admin": (key, dict(kind="remove", member=self.ana[5:])), "that skips": (key, dict(kind="rules", text="x", seq=99)),
                   "of another community": (key, dict(kind="rules", text="x", community="0" * 32)), "of another chain": (key, dict(kind="rules", text="x", prev="0" * 64)),
                   "with a bad handle": (key, dict(kind="handle", member=self.ana[5:], handle="../x")), "without a member": (key, dict(kind="suspend"))}
        for name, (signer, entry) in entries.items():
            self.refuse_paper(f"an entry {name}", "entry|proof|chain|handle|member|admin|signed|key", path, forge.log_entry(log, signer, **entry))
        for name, data in {"that is empty": b"", "that is noise": os.urandom(500), "with a line cut": log[:-20],
                           "with an escape": log + b"\x1b[2J\n"}.items():
            self.refuse_paper(f"a log {name}", "entry|line|lacks|log|empty", path, data)

    def test_j_other_papers(self):
        ana = self.ana[5:]
        admission = next(line for line in self.community_log.splitlines(keepends=True) if self.bo[5:].encode() in line)
        data = forge.seal(self.made(), self.key)
        adoption = forge.seal(self.act("Add", [self.anas["id"]], target=self.community), self.key)
        name = json.loads(adoption)["id"].split("/")[1]
        forged = forge.seal(self.act("Add", [self.anas["id"]], target=self.community), forge.Key())
        papers = {"an admission of somebody else": (f"members/{ana}/admission.jsonl", admission, "somebody else"),
                  "an admission that a stranger signed": (f"members/{ana}/admission.jsonl", forge.log_entry(
                      self.community_log, forge.Key(), kind="join", member=ana, handle="ana").splitlines()[-1], "key|sign|proof"),
                  "an admission that is noise": (f"members/{ana}/admission.jsonl", b"noise", "entry|JSON|json|line"),
                  "a list that no revocation names": (f"members/{ana}/vouched-{self.key.did[8:]}.txt", b"x\n", "no revocation names it|nothing stands"),
                  "a list about nobody": (f"members/{'0' * 32}/vouched-x.txt", b"x\n", "nobody"),
                  "a file at the top": ("README.md", b"hello\n", "nothing stands there"), "hooks": ("hooks/post-checkout", b"#!/bin/sh\n", "nothing stands there"),
                  "settings": ("camp.toml", b"host = 'evil'\n", "nothing stands there"), "a key of the server's": ("keys/x.key", b"0\n", "nothing stands there"),
                  "keys of no owner": ("members/x/keys.jsonl", b"{}\n", "nothing stands there"), "a post": (f"adoptions/{name}.json", data, "not the place"),
                  "an adoption elsewhere": (f"adoptions/{'0' * 36}.json", adoption, "not the place"),
                  "a forged adoption": (f"adoptions/{json.loads(forged)['id'].split('/')[1]}.json", forged, "not its author's"),
                  "a transport key": ("transport.pem", b"-----BEGIN PRIVATE KEY-----\n", "nothing stands there")}
        for what, (path, data, pattern) in papers.items():
            self.refuse_paper(what, pattern, path, data)
        self.refuse_profiles()
        self.refuse_paper("another transport key", "differs from the one that is here", "transport.pem", b"-----BEGIN PRIVATE KEY-----\nx\n", self.private)
        many = {f"x/{i:05}": b"x" for i in range(200)}
        self.refuse_files("200 files that stand nowhere", "nothing stands there", many, branch="main")

    def profile(self, who, key, **changes):
        return forge.seal(self.made(self.open_note, **{"type": "Person", "attributedTo": who, "content": None,
                                    "mediaType": None, "name": "forged", **changes}), key)

    def refuse_profiles(self):
        """Of a profile the place, the author, the key and the form count."""
        ana, bo = f"profiles/{self.ana[5:]}.json", f"profiles/{self.bo[5:]}.json"
        good = self.profile(self.ana, self.key)
        unsigned = forge.canonical(forge.without(json.loads(good), "proof"))
        stranger = "camp:" + "0" * 32
        papers = {"a profile in local": (ana, good, "nothing stands there", "local"),
                  "a profile in a private repository": (ana, good, "nothing stands there", self.private),
                  "a profile at bo's place": (bo, good, "not the place", "public"),
                  "a profile at no place": ("profiles/ana.json", good, "nothing stands there", "public"),
                  "a profile by bo's key": (ana, self.profile(self.ana, self.bos_key), "not its author's", "public"),
                  "a profile by a stranger's key": (ana, self.profile(self.ana, forge.Key()), "not its author's", "public"),
                  "a profile by the community's key": (ana, self.profile(self.ana, self.community_key), "not its author's", "public"),
                  "a profile of bo's by ana's key": (bo, self.profile(self.bo, self.key), "not its author's", "public"),
                  "a profile of nobody": (f"profiles/{'0' * 32}.json", self.profile(stranger, forge.Key()), "no member", "public"),
                  "an unsigned profile": (ana, unsigned, "does not hold", "public"),
                  "a profile of another community": (ana, self.profile(self.ana, self.key, **{"camp:community": stranger}), "another community", "public"),
                  "a profile for the community alone": (ana, self.profile(self.ana, self.key, audience="camp:local"), "not for everybody", "public"),
                  "a profile with a long name": (ana, self.profile(self.ana, self.key, name="x" * 101), "rule of profiles", "public"),
                  "a profile of 40 KiB": (ana, self.profile(self.ana, self.key, extra="x" * 40_000), "large|32|bytes|32768", "public"),
                  "a post as a profile": (ana, forge.seal(self.made(self.open_note), self.key), "not the place", "public"),
                  "noise as a profile": (ana, b"noise", "JSON|json", "public")}
        for what, (path, data, pattern, repository) in papers.items():
            self.refuse_paper(what, pattern, path, data, repository)
        self.refuse_files("a profile in a month", "not the place", {"01/01/x.json": good}, "public")

    def test_k_a_month_that_goes_back(self):
        """E63: what the clone has it keeps, and says so."""
        for repository, record in (("local", self.note), ("public", self.open_note)):
            branch, path = forge.place_of(forge.canonical(record))
            self.refuse_files(f"a {repository} month without ana's post", "lacks what it had before", {}, repository, branch, [path])
            self.refuse(f"a {repository} month without anything", "lacks what it had before",
                        lambda repository=repository, branch=branch: hostile.plant_tree(self.served(repository), branch, EMPTY_TREE))

    def test_zz_what_was_refused_does_not_stand_in_the_way(self):
        """After a refusal, and after an origin that was taken back, honest news still arrive."""
        local, branch = self.served("local"), self.month
        honest = hostile.references(local)
        forged = forge.seal(self.made(published=forge.moment(time.time() - 7_200)), forge.Key())
        hostile.plant(local, branch, {forge.place_of(forged)[1]: forged})
        hostile.plant(local, "main", {"x/y/z": b"stands nowhere"})
        self.assertRegex(self.sync("a forged post").text, "not its author's")
        for words in ("beside a forged one", "and one more"):
            post = forge.seal(self.made(content=words), self.key)
            hostile.plant(local, branch, {forge.place_of(post)[1]: post})
            hostile.plant(local, "main", {"x/" + words: words.encode()})
            self.sync(words)
            self.assertIn(words, self.victim.contents())
        for name, oid in honest.items():
            faults.git(local, "update-ref", name, oid)
        done = self.sync("an origin that was taken back")
        self.assertRegex(done.text, "lacks what it had before")
        self.assertEqual(done.returncode, 0, done.text)
        post = forge.seal(self.made(content="after it"), self.key)
        hostile.plant(local, branch, {forge.place_of(post)[1]: post})
        self.sync("after it")
        self.assertIn("after it", self.victim.contents())
        self.assertEqual(self.victim.fsck(), [])

    def test_l_answers(self):
        """What the origin says to a submission reaches no terminal as it is, and costs no words."""
        post = self.victim.ok("post", "--to", "local", "waits")
        waits = self.victim.hashes()
        for name, said in {"an escape as reason": json.dumps({"id": post["id"], "refused": "missing", "reason": "\x1b[2J\x9b", "hint": "\u202e\x07"}).encode() + b"\n",
                           "noise": os.urandom(200), "another's id": b'{"accepted":true,"id":"camp:x"}\n', "nothing": b"",
                           "too much": b'{"accepted":true,"id":"x"}\n' * 9, "an endless line": b"x" * 100_000, "a page of the web": b"<html>\x1b[2J\n"}.items():
            def prepare(said=said):
                with open(self.place + "/raw/answer", "wb") as handle:
                    handle.write(said)
            hostile.Figures.cases += 1
            with self.subTest(name):
                try:
                    prepare()
                    done = self.sync(name)
                    hostile.check_refusal(self, name, done, "camp: |refuse|missing|not taken|" + post["id"][-10:], SANITIZED)
                    found = self.victim.hashes()
                    waiting = [file for path, _, files in os.walk(self.victim.directory + "/outbox") for file in files]
                    self.assertEqual(len(waiting), 1, "the words are kept")
                    if "refused" not in os.listdir(self.victim.directory + "/outbox"):
                        self.assertEqual(found, waits)
                finally:
                    os.unlink(self.place + "/raw/answer")
                    refused = self.victim.directory + "/outbox/refused"
                    if os.path.isdir(refused) and os.listdir(refused):
                        shutil.rmtree(refused)
                        post = self.victim.ok("post", "--to", "local", "waits")
                        waits = self.victim.hashes()
        self.sync("an honest sync")
        self.serve_anew()
        self.sync("an honest sync")

    def test_m_addresses(self):
        """E61: nothing but a directory or an address of ssh, and no word of it is an option."""
        for address in ("ext::sh -c id", "--upload-pack=id", "-oProxyCommand=id", "ssh://-oProxyCommand=id", "ssh://-oProxyCommand=id@x",
                        "ssh://x@-oProxyCommand=id", "ssh://", "ssh://x:y", "ssh://x:99999999", "ssh://a b", "ssh://x;id", "ssh://x$(id)",
                        "ssh://x`id`", "ssh://x\n", "ssh://[::1]", "file:///etc", "git://x", "http://x", "https://x@y", "fd::17", "", "ssh://x\x1b[2J"):
            hostile.Figures.cases += 1
            with self.subTest(address):
                target = self.place + "/nowhere"
                done = hostile.run(address, [PROGRAM, "clone", "--as", "bo", "--", address, target], self.environment())
                hostile.check_refusal(self, address, done, "no address", SANITIZED)
                self.assertFalse(os.path.exists(target))

    def test_z_an_honest_origin_is_believed(self):
        """The twins of what is refused above: signed by whose they are, in their places."""
        branch, local = self.month, self.served("local")
        post = forge.seal(self.made(content="honest words"), self.key)
        gone = forge.seal(self.made(content="to be deleted"), self.key)
        deleted = self.tombstone(json.loads(gone)["id"], self.ana, self.key)
        opened = forge.seal(self.made(self.open_note, content="honest and open"), self.key)
        letter = forge.seal(self.made(content="an honest letter", to=[self.bo]))
        edit = forge.seal(self.act("Update", {"type": "Note", "id": self.anas["id"], "content": "edited", "mediaType": "text/markdown"}), self.key)
        hostile.plant(local, branch, {forge.place_of(each)[1]: each for each in (post, gone, deleted, edit)})
        hostile.plant(self.served("public"), branch, {forge.place_of(opened)[1]: opened})
        hostile.plant(self.served(self.private), branch, {forge.place_of(letter)[1]: letter})
        speaking = {"key": forge.Key().did, "name": "more", "role": "device"}
        held = self.logs[self.ana]
        log = forge.key_operation(held, self.deciding, signing=json.loads(held.splitlines()[-1])["signing"] + [speaking])
        hostile.plant(local, "main", {f"members/{self.ana[5:]}/keys.jsonl": log, "community/log.jsonl": forge.log_entry(
            self.community_log, self.community_key, kind="rules", text="be kind")})
        profile = self.profile(self.ana, self.key, name="Honest Ana")
        hostile.plant(self.served("public"), "main", {
            forge.place_of(profile)[1]: profile, f"members/{self.ana[5:]}/keys.jsonl": log})
        done = self.sync("honest")
        self.assertEqual((done.returncode, done.text), (0, ""))
        words = self.victim.contents()
        for expected in ("honest words", "honest and open", "an honest letter", "edited"):
            self.assertIn(expected, words)
        self.assertNotIn("to be deleted", words)
        self.assertEqual(self.victim.ok("profile", "ana")["name"], "Honest Ana")
        self.assertEqual(self.victim.fsck(), [])


def tearDownModule():
    hostile.Figures.report(SANITIZED)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
