# SPDX-License-Identifier: MIT
"""What the tests of federation share."""

import os
import shutil
import sys
import tempfile
import time
import unittest

SKIPPED = 77


def skip_unless(reason):
    """Ends the script as skipped if there is a reason to."""
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)


def until(look, seconds=20, what="it"):
    """What `look` returns as soon as that is true; fails after the deadline."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


class Case(unittest.TestCase):
    """A test with a directory of its own, on memory where there is room."""

    def setUp(self):
        where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        if os.environ.get("TMPDIR"):
            where = None
        self.scratch = tempfile.mkdtemp(prefix="camp-federation-", dir=where)
        self.addCleanup(shutil.rmtree, self.scratch, True)

    def begin(self, thing):
        """Something that has to be stopped at the end."""
        self.addCleanup(thing.stop)
        return thing
