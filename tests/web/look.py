# SPDX-License-Identifier: MIT
"""A lively community on loopback, served by the unit tests' program for as long as somebody looks."""

import contextlib
import subprocess
import urllib.request


class Place:
    """Where the pages are. `posts` are paths by what they show."""

    def __init__(self, line):
        self.origin, *ids = line.split()
        self.origin = self.origin.rstrip("/")
        names = ("garden", "picture", "warned", "deleted")
        self.posts = {name: "/o/" + each for name, each in zip(names, ids)}
        self.pages = {"home": "/", "profile": "/u/ana", "list": "/u/bo", "tag": "/t/garden",
                      "thread": self.posts["garden"], "picture": self.posts["picture"],
                      "warned": self.posts["warned"], "gone": self.posts["deleted"],
                      "nothing": "/o/nothing"}

    def get(self, path):
        """(status, text) of an address."""
        try:
            with urllib.request.urlopen(self.origin + path, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@contextlib.contextmanager
def shown(program):
    """The place that `web_tests '[look]'` shows; it is gone at the end."""
    process = subprocess.Popen([program, "[look]"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
    try:
        for line in process.stdout:
            if line.startswith("http://"):
                yield Place(line)
                return
        raise SystemExit("the program showed nothing")
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
