# SPDX-License-Identifier: MIT
"""What the fault tests share: a community to break, and a search that finds words wherever they hide."""

import json
import os
import shutil
import struct
import subprocess
import tempfile
import zlib

GIT_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1",
                   "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": "/nonexistent",
                   "GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@localhost",
                   "GIT_COMMITTER_NAME": "x", "GIT_COMMITTER_EMAIL": "x@localhost"}


def full_depth():
    return os.environ.get("CAMP_FULL_DEPTH") == "1"


def git(repository, *words, data=None):
    """Stock git's standard output, in bytes."""
    done = subprocess.run(["git", "-c", "safe.directory=*", "--git-dir", repository, *words],
                          input=data, capture_output=True, env=GIT_ENVIRONMENT, check=False)
    if done.returncode != 0:
        raise AssertionError(f"git {words} failed: {done.stderr.decode(errors='replace')}")
    return done.stdout


class Failed(AssertionError):
    """A camp command that should have worked."""


class Community:
    """A community directory and the program that works on it."""

    def __init__(self, program, directory):
        self.program, self.directory = program, directory

    def run(self, *words, member=None, extra=None, data=None, prefix=()):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("CAMP_") and key != "LD_PRELOAD"}
        environment.update({"LC_ALL": "C.UTF-8", "NO_COLOR": "1"}, **(extra or {}))
        command = [*prefix, self.program, "-C", self.directory]
        if member:
            command += ["--as", member]
        return subprocess.run(command + list(words), input=data, capture_output=True,
                              env=environment, check=False, timeout=300)

    def ok(self, *words, **options):
        """Runs a command that must work; the JSON it prints."""
        done = self.run(*words, "--json", **options)
        if done.returncode != 0:
            raise Failed(f"camp {' '.join(words)}: exit {done.returncode}: "
                         f"{done.stderr.decode(errors='replace')}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def init(self, *members):
        """Makes the community with @ana and the members; its paper key goes beside it."""
        paper = self.directory + ".paper"
        done = subprocess.run([self.program, "init", self.directory, "--name", "Friend Camp",
                               "--admin", "ana", "--paper-key-file", paper],
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise Failed(done.stderr.decode(errors="replace"))
        for member in members:
            self.ok("member", "add", member)
        return self

    def copy(self, directory):
        subprocess.run(["cp", "-a", "--reflink=auto", self.directory, directory], check=True)
        made = Community(self.program, directory)
        if os.path.exists(directory + "/state/newest"):  # else it would refuse what needs the newest
            made.ok("restore", "--newest")
        return made

    def timeline(self, member=None):
        return self.ok("timeline", "--all", member=member)

    def contents(self, member=None):
        return sorted(post["content"] for post in self.timeline(member))

    def fsck(self):
        """The problems that fsck names."""
        done = self.run("fsck", "--json")
        if done.returncode not in (0, 7):
            raise Failed(f"fsck: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
        if not done.stdout.strip():
            return [{"path": "", "kind": "", "reason": done.stderr.decode(), "remedy": ""}]
        return json.loads(done.stdout)["problems"]

    def repositories(self):
        """Every bare repository below the directory, whatever it is for."""
        found = []
        for path, directories, files in os.walk(self.directory):
            if "HEAD" in files and "objects" in directories:
                found.append(path)
        return sorted(found)

    def members(self):
        return {row["handle"]: row["id"] for row in self.ok("member", "list")}


def inflated(data):
    """What a loose object (or a half-written one) holds."""
    try:
        return zlib.decompressobj().decompress(data)
    except zlib.error:
        return b""


def search_raw(directory, words):
    """Files whose bytes hold one of the words: what grep would find."""
    found = []
    for path, _, files in os.walk(directory):
        for name in files:
            file = os.path.join(path, name)
            with open(file, "rb") as handle:
                data = handle.read()
            if any(word in data for word in words):
                found.append(os.path.relpath(file, directory))
    return sorted(found)


def search(community, marker, rare):
    """Every place where the marker stands: git objects inflated one by one, half-written objects as
    far as they go, all other files as they are. Search indexes keep three-letter parts of words, so
    the index is searched for a rare one as well. It is not of Latin letters: three of those stand by
    chance in one of a hundred keys."""
    found = []
    for repository in community.repositories():
        contents = git(repository, "cat-file", "--batch-all-objects", "--batch")
        if marker in contents or rare in contents:
            found.append(os.path.relpath(repository, community.directory) + " (objects)")
    for path, _, files in os.walk(community.directory):
        for name in files:
            file = os.path.join(path, name)
            with open(file, "rb") as handle:
                data = handle.read()
            words = (marker, rare) if name.startswith(("index.db", "server.db")) else (marker,)
            if any(word in data for word in words) or marker in inflated(data):
                found.append(os.path.relpath(file, community.directory))
    return sorted(found)


def picture(marker=b"", shade=0, width=16, height=12):
    """A PNG whose pixels, stored without compression, hold the marker."""
    pixels = bytearray([shade]) * (width * height * 3)
    pixels[:len(marker)] = marker
    rows = b"".join(b"\0" + bytes(pixels[i * width * 3:(i + 1) * width * 3])
                    for i in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 0)) +
            chunk(b"IEND", b""))


class Scratch:
    """A temporary directory, on memory where there is room for one: the tests sync a great deal."""

    def __init__(self):
        where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        if os.environ.get("CAMP_FAULT_TMPDIR"):
            where = os.environ["CAMP_FAULT_TMPDIR"]
        self.path = os.path.realpath(tempfile.mkdtemp(prefix="camp-faults-", dir=where))

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def faulty(shim, root, log, at=0, mode="before"):
    """The environment that ends a camp process at its n-th change below `root`."""
    return {"LD_PRELOAD": shim, "CAMP_FAULT_ROOT": root, "CAMP_FAULT_AT": str(at),
            "CAMP_FAULT_MODE": mode, "CAMP_FAULT_LOG": log,
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}


KILLED = 137
