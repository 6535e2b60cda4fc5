# SPDX-License-Identifier: MIT
"""What the tests of hostile clones and origins share: measured runs, and what a directory holds."""

import atexit
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile

import faults

MEMORY = 64 << 20
SECONDS = 5  # of a processor: on a busy machine the clock says nothing
HANG = 60


class Figures:
    """How many cases there were and what the largest took."""

    cases, memory, seconds, cpu = 0, (0, ""), (0.0, ""), (0.0, "")

    @classmethod
    def report(cls, sanitized):
        note = " (sanitized: held to neither 64 MiB nor 5 s)" if sanitized else ""
        print(f"{cls.cases} hostile cases; most memory {cls.memory[0] / 2 ** 20:.1f} MiB by "
              f"'{cls.memory[1]}'{note}; longest {cls.seconds[0]:.2f} s by '{cls.seconds[1]}'; "
              f"most work {cls.cpu[0]:.2f} s by '{cls.cpu[1]}'")


def is_sanitized(program):
    """Whether the program carries the address sanitizer, whose own memory is no measure."""
    with open(program, "rb") as handle:
        rest = b""
        while piece := handle.read(1 << 20):
            if b"__asan_init" in rest + piece:
                return True
            rest = piece[-16:]
    return False


class Done:
    def __init__(self, returncode, output, errors):
        self.returncode, self.output, self.errors = returncode, output, errors

    @property
    def text(self):
        return (self.output + self.errors).decode(errors="replace")


# A process that starts others counts its own size as theirs, so a small one does it.
STARTER = """
import json, os, signal, sys, time
for line in sys.stdin:
    job, began = json.loads(line), time.monotonic()
    child = os.fork()
    if child == 0:
        os.setsid()
        for number, path in enumerate(job["streams"]):
            os.dup2(os.open(path, os.O_RDWR), number)
        os.execvpe(job["command"][0], job["command"], job["environment"])
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(child, signal.SIGKILL))
    signal.alarm(job["seconds"])
    _, status, usage = os.wait4(child, 0)
    signal.alarm(0)
    print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss << 10,
                      time.monotonic() - began, usage.ru_utime + usage.ru_stime]), flush=True)
"""


class Starter:
    process = None

    @classmethod
    def start(cls, command, environment, streams):
        if cls.process is None:
            cls.process = subprocess.Popen([sys.executable, "-S", "-c", STARTER], text=True,
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            atexit.register(cls.process.terminate)
        job = {"command": command, "environment": environment, "streams": streams, "seconds": HANG}
        cls.process.stdin.write(json.dumps(job) + "\n")
        cls.process.stdin.flush()
        return json.loads(cls.process.stdout.readline())


def run(name, command, environment, data=b""):
    """Runs a command to its end; its memory is that of its largest process, of git's too."""
    with tempfile.NamedTemporaryFile() as source, tempfile.NamedTemporaryFile() as output, \
            tempfile.NamedTemporaryFile() as errors:
        source.write(data)
        source.flush()
        code, memory, seconds, cpu = Starter.start(command, environment,
                                                   [source.name, output.name, errors.name])
        Figures.cpu = max(Figures.cpu, (cpu, name))
        Figures.seconds = max(Figures.seconds, (seconds, name))
        Figures.memory = max(Figures.memory, (memory, name))
        done = Done(code, output.read(), errors.read())
    if seconds > HANG - 1:
        raise AssertionError(f"{name}: it hangs")
    done.memory, done.cpu = memory, cpu
    return done


def references(repository):
    """All references of a repository, read without git."""
    found = {}
    with contextlib.suppress(FileNotFoundError), \
            open(f"{repository}/packed-refs", encoding="ascii") as handle:
        for line in handle:
            if not line.startswith(("#", "^")):
                oid, name = line.split()
                found[name] = oid
    for path, _, files in os.walk(f"{repository}/refs"):
        for name in files:
            file = os.path.join(path, name)
            with open(file, encoding="ascii") as handle:
                found[os.path.relpath(file, repository)] = handle.read().strip()
    return found


def snapshot(camp):
    """All that a refusal must not change: what the directory says that it holds, where its branches
    stand, and which files there are besides git's objects and the index."""
    files = set()
    for path, directories, names in os.walk(camp.directory):
        if path.endswith(".git"):
            directories[:] = []
            continue
        for name in names:
            if not name.startswith(("index.db", "server.db")):
                files.add(os.path.relpath(os.path.join(path, name), camp.directory))
    return (camp.hashes(), {repository: references(repository)
                            for repository in camp.repositories()}, sorted(files))


def git(repository, *words, data=None, index=None):
    """Stock git's answer, as text."""
    environment = {**faults.GIT_ENVIRONMENT, **({"GIT_INDEX_FILE": index} if index else {})}
    done = subprocess.run(["git", "-c", "safe.directory=*", "--git-dir", repository, *words],
                          input=data, capture_output=True, env=environment, check=False)
    if done.returncode != 0:
        raise AssertionError(f"git {words} failed: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="replace").strip()


def plant(repository, branch, files, removed=(), parent=True):
    """Commits files to a branch past all of camp's checks; its new tip."""
    index = f"{repository}/planting"
    before = references(repository).get(f"refs/heads/{branch}")
    if before:
        git(repository, "read-tree", before, index=index)
    for path in removed:
        git(repository, "update-index", "--index-info", index=index,
            data=f"0 {'0' * 40}\t{path}\n".encode())
    for path, data in files.items():
        blob = git(repository, "hash-object", "-w", "--stdin", data=data)
        git(repository, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", index=index)
    tree = git(repository, "write-tree", index=index)
    os.unlink(index)
    return plant_tree(repository, branch, tree, before if parent else None)


def plant_tree(repository, branch, tree, parent=None):
    words = ["-p", parent] if parent else []
    commit = git(repository, "commit-tree", tree, "-m", "x", *words)
    git(repository, "update-ref", f"refs/heads/{branch}", commit)
    return commit


def quarantined(clone):
    """What lies in a clone's quarantine."""
    place = clone.directory + "/state/quarantine"
    return os.listdir(place) if os.path.exists(place) else []


def check_refusal(test, program_name, done, pattern, sanitized):
    """That a program refused for the expected reason, plainly and within its means."""
    test.assertNotIn(done.returncode, (70, 139, 134), done.text)
    test.assertGreaterEqual(done.returncode, 0, done.text)
    test.assertNotRegex(done.text, "Sanitizer|runtime error|this is a bug")
    test.assertNotRegex(done.text, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
    test.assertRegex(done.text, re.compile(pattern, re.DOTALL), program_name)
    if not sanitized:
        test.assertLess(done.memory, MEMORY, "its memory")
        test.assertLess(done.cpu, SECONDS, "its time")


def plain_environment(**extra):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("CAMP_", "GIT_")) and name != "LD_PRELOAD"}
    return {**environment, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **extra}

