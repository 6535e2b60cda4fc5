# SPDX-License-Identifier: MIT
"""What the tests of clones share: an origin, members, and their clones."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../faults"))

import faults  # noqa: E402


class Camp(faults.Community):
    """A community directory, an origin or a clone of one. `environment` is what its commands get
    besides, for example the program that reaches the origin by ssh."""

    environment = {}

    def run(self, *words, extra=None, **options):
        return super().run(*words, extra={**self.environment, **(extra or {})}, **options)

    def hashes(self):
        """What it holds, by repository; equal in two directories that hold the same."""
        return self.ok("info", "--state")

    def sync(self, *words, **options):
        """Syncs and returns the report, also of a sync that failed in part."""
        import json
        done = self.run("sync", "--json", *words, **options)
        if not done.stdout.strip():
            raise faults.Failed(f"sync: exit {done.returncode}: {done.stderr.decode()}")
        return json.loads(done.stdout)


class Origin(Camp):
    """A new community with @ana, its admin."""

    def __init__(self, program, directory):
        super().__init__(program, directory)
        self.init()

    def invite(self, handle):
        return self.ok("member", "add", handle)["code"]

    def clone(self, directory, handle, code=None, *words, source=None, environment=None):
        """A member's clone. With a code its paper key goes beside it; without one that sheet is used,
        if there is one. `source` is the address, if not the directory itself."""
        paper = f"{os.path.dirname(directory)}/{handle}.paper"
        command = ["clone", source or self.directory, directory]
        if code:
            command += ["--code", code]
        if code or os.path.exists(paper):
            command += ["--paper-key-file", paper]
        clone = Camp(self.program, directory)
        clone.environment = environment or {}
        done = clone.run(*command, *words, member=handle)
        if done.returncode != 0:
            raise faults.Failed(f"clone: exit {done.returncode}: {done.stderr.decode()}")
        return clone

    def join(self, directory, handle):
        """A new member with a clone."""
        return self.clone(directory, handle, self.invite(handle))


# Whoever removes a lock file invites races, so these stay.
LOCKS = ("lock", "state/sync.lock", "state/import.lock")


def leftovers(directory):
    """Half-done work that lies about in a community's directory."""
    found = []
    for path, directories, files in os.walk(directory):
        for name in files + directories:
            place = os.path.relpath(os.path.join(path, name), directory)
            half = name.startswith(("tmp_", ".tmp", ".camp")) or name.endswith((".new", "~"))
            lock = name.endswith(".lock") and place not in LOCKS
            begun = name in ("rewrite.json", "renewing.json", "joining", "fsck.db")
            if half or lock or begun or place.startswith("state/quarantine/"):
                found.append(place)
    return sorted(found)
