# SPDX-License-Identifier: MIT
"""What the import tests share: archives made to order, what should come out of them, and communities
to look into with nothing but git and a file system."""

import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

sys.dont_write_bytecode = True

GENERATOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/mastodon_archive.py")
NOW = "2026-11-23T10:00:00Z"
SEED = int(os.environ.get("CAMP_TEST_SEED", "20261123"))
MARKER = b"CAMP-HIDDEN-PLACE"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
GIT_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent",
                   "GIT_CONFIG_GLOBAL": "/dev/null"}
# A killed or refused import may leave this empty file: whoever removes a lock file invites races.
LOCK = "state/import.lock"


def full_depth():
    return os.environ.get("CAMP_FULL_DEPTH") == "1"


def scratch(prefix):
    """A directory in memory where there is such a thing: hundreds of imports wait for no disk there."""
    base = "/dev/shm" if not os.environ.get("TMPDIR") and os.access("/dev/shm", os.W_OK) else None
    return tempfile.mkdtemp(prefix=prefix, dir=base)


# --- archives -------------------------------------------------------------------------------------

def generate(out, **options):
    """Runs the generator; what it says about the archive."""
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    done = subprocess.run([sys.executable, GENERATOR, "--out", out, *words], stdout=subprocess.PIPE,
                          check=True)
    return json.loads(done.stdout)


def members_of(archive):
    """(name, bytes) of each file of an archive, in order."""
    if archive.endswith(".zip"):
        with zipfile.ZipFile(archive) as file:
            for name in file.namelist():
                yield name, file.read(name)
    else:
        with tarfile.open(archive) as file:
            for info in file:
                yield info.name, file.extractfile(info).read()


def write_archive(out, members):
    if out.endswith(".zip"):
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            for name, data in members:
                file.writestr(name, data)
    else:
        with tarfile.open(out, "w:gz") as file:
            for name, data in members:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                file.addfile(info, io.BytesIO(data))


def rewrite(archive, out, change):
    """Copies an archive; `change` may edit the list of activities in place, or give another one."""
    members = []
    for name, data in members_of(archive):
        if name == "outbox.json":
            outbox = json.loads(data)
            outbox["orderedItems"] = change(outbox["orderedItems"]) or outbox["orderedItems"]
            data = json.dumps(outbox).encode()
        members.append((name, data))
    write_archive(out, members)


def outbox_of(archive):
    found = next(data for name, data in members_of(archive) if name == "outbox.json")
    return json.loads(found)["orderedItems"]


def visibility_of(note):
    """Mastodon's rule, written a second time."""
    if PUBLIC in note["to"]:
        return "public"
    if PUBLIC in note["cc"]:
        return "unlisted"
    return "followers" if any(uri.endswith("/followers") for uri in note["to"]) else "direct"


def is_wider(reply, parent):
    """Whether a post goes further than another: then it must not name it as what it answers."""
    widths = ["direct", "followers", "unlisted", "public"]
    return widths.index(visibility_of(reply)) > widths.index(visibility_of(parent))


def with_canaries(activities):
    """Puts a word into each post that stands nowhere else and says who may read it."""
    for number, activity in enumerate(activities):
        if activity["type"] == "Create":
            note = activity["object"]
            word = f"<p>canary{visibility_of(note)}{number:05}</p>"
            if "content" in note:
                note["content"] += word
            for language in note.get("contentMap", {}):
                note["contentMap"][language] += word


# --- communities ----------------------------------------------------------------------------------

class Community:
    """A community directory and the program that works on it."""

    def __init__(self, program, directory, now=NOW):
        self.program, self.directory, self.now = program, directory, now

    def command(self, words, member=None):
        return [self.program, "-C", self.directory, *(["--as", member] if member else []), *words]

    def environment(self):
        kept = {key: value for key, value in os.environ.items() if not key.startswith("CAMP_")}
        return {**kept, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "CAMP_NOW": self.now}

    def run(self, *words, member=None):
        return subprocess.run(self.command(words, member), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=self.environment(), check=False)

    def ok(self, *words, member=None):
        """Runs a command that must work; the JSON it prints."""
        done = self.run(*words, "--json", member=member)
        if done.returncode != 0:
            raise AssertionError(f"camp {' '.join(words)}: exit {done.returncode}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def take(self, archive, *more, member=None):
        return self.ok("account", "import", "--from", "mastodon", archive, *more, member=member)

    def init(self):
        done = subprocess.run(
            [self.program, "-q", "init", self.directory, "--name", "Friend Camp", "--admin", "ana",
             "--paper-key-file", self.directory + ".paper"], env=self.environment(), check=True)
        return done.returncode

    def copy(self, name):
        """Another community with the same keys, beside this one."""
        directory = os.path.join(os.path.dirname(self.directory), name)
        shutil.copytree(self.directory, directory, symlinks=True)
        community = Community(self.program, directory, self.now)
        community.ok("restore", "--newest")  # a copy knows that it is one
        return community

    def dump(self):
        return self.run("reindex", "--dump").stdout

    def repositories(self):
        found = [os.path.join(at, name) for at, names, _ in os.walk(self.directory) for name in names
                 if name.endswith(".git")]
        return sorted(os.path.relpath(path, self.directory) for path in found)

    def git(self, repository, *words, data=None):
        return subprocess.run(["git", "-c", "safe.directory=*", "--git-dir",
                               os.path.join(self.directory, repository), *words], input=data,
                              capture_output=True, env=GIT_ENVIRONMENT, check=True).stdout

    def refs(self):
        return {name: self.git(name, "for-each-ref").decode() for name in self.repositories()}

    def every_object(self, repository):
        """The bytes of all objects of a repository, reachable or not, inflated."""
        return self.git(repository, "cat-file", "--batch-all-objects", "--batch", "--buffer")

    def posts(self, repository):
        """The JSON objects in the months of a repository, by their path."""
        names = self.git(repository, "for-each-ref", "--format=%(refname)", "refs/heads/e/").decode()
        blobs = {}
        for month in names.split():
            for line in self.git(repository, "ls-tree", "-r", month).decode().splitlines():
                kind, path = line.split("\t")
                blobs[path] = kind.split()[2]
        listing = self.git(repository, "cat-file", "--batch", "--buffer",
                           data="".join(f"{blob}\n" for blob in blobs.values()).encode())
        found, at = {}, 0
        for path in blobs:
            end = listing.index(b"\n", at)
            size = int(listing[at:end].split()[2])
            found[path] = json.loads(listing[end + 1:end + 1 + size])
            at = end + size + 2
        return found

    def private(self):
        return next(name for name in self.repositories() if name.startswith("private/"))

    def files(self):
        """Every directory, and every file with its digest: what stands on the disk."""
        found = {}
        for at, directories, names in os.walk(self.directory):
            for name in directories:
                found[os.path.relpath(os.path.join(at, name), self.directory)] = "directory"
            for name in names:
                path = os.path.relpath(os.path.join(at, name), self.directory)
                with open(os.path.join(at, name), "rb") as file:
                    found[path] = hashlib.sha256(file.read()).hexdigest()
        if found.get(LOCK) == hashlib.sha256(b"").hexdigest():
            del found[LOCK]
        return found

    def everywhere(self, words):
        """Where any of these byte strings stands, in files as they are and in inflated objects."""
        found = []
        for at, _, names in os.walk(self.directory):
            for name in names:
                with open(os.path.join(at, name), "rb") as file:
                    data = file.read()
                found += [os.path.join(at, name) for word in words if word in data]
        for repository in self.repositories():
            data = self.every_object(repository)
            found += [f"objects of {repository}" for word in words if word in data]
        return found


# --- running --------------------------------------------------------------------------------------

class ImportTest(unittest.TestCase):
    """Has `self.fresh(NAME)`, a new community of @ana's, and `self.path(NAME)`, a place for files."""

    program = None
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.base = scratch("camp-import-")
        cls.addClassCleanup(shutil.rmtree, cls.base, True)
        cls.template = Community(cls.program, os.path.join(cls.base, "template"))
        cls.template.init()

    def path(self, *names):
        return os.path.join(self.base, *names)

    def fresh(self, name):
        community = self.template.copy(name)
        self.addCleanup(shutil.rmtree, community.directory, True)
        return community

    def archive(self, name, **options):
        """Generates an archive; its path and what the generator says of it."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path, generate(path, **{"seed": SEED, **options})


def main():
    """SCRIPT CAMP [unittest's words]."""
    ImportTest.program = os.path.abspath(sys.argv[1])
    print(f"CAMP_TEST_SEED={SEED}", flush=True)
    random.seed(SEED)
    unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
