# SPDX-License-Identifier: MIT
"""git's protocol by hand: asks a git-upload-pack for objects that no branch offers."""

import os
import subprocess
import tempfile

import faults


def packet(line):
    return b"%04x" % (len(line) + 4) + line


class Answer:
    """All that the other side sent, and what its first lines said."""

    def __init__(self, done):
        self.status, self.bytes, self.errors = done.returncode, done.stdout, done.stderr
        self.lines, self.pack, band = [], b"", False
        at = 0
        while at + 4 <= len(self.bytes):
            try:
                size = int(self.bytes[at:at + 4], 16)
            except ValueError:
                break
            line = self.bytes[at + 4:at + size] if size else b""
            at += max(size, 4)
            if line[:1] == b"\x01" and (band or line[1:5] == b"PACK"):
                band, self.pack = True, self.pack + line[1:]
            else:
                self.lines.append(line)

    def branches(self):
        """Each advertised name with its tip."""
        found = {}
        for line in self.lines:
            words = line.split(b"\0")[0].split()
            if len(words) == 2 and len(words[0]) == 40:
                found[words[1].decode()] = words[0].decode()
        return found

    def contents(self):
        """Every object that came, inflated, beside the bytes as they came."""
        if not self.pack:
            return self.bytes
        with tempfile.TemporaryDirectory() as place:
            faults.git(place, "init", "-q", "--bare", "--template=", place)
            faults.git(place, "unpack-objects", "-q", data=self.pack)
            return self.bytes + faults.git(place, "cat-file", "--batch-all-objects", "--batch")


def ask(command, wants, environment=None, haves=(), version=0):
    """Speaks to the program; `wants` are object ids. Nothing wanted ends the conversation."""
    if version == 2:
        request = packet(b"command=fetch") + b"0001" + b"".join(
            packet(b"want " + want.encode() + b"\n") for want in wants) + packet(b"done\n") + b"0000"
    else:
        request, capabilities = b"", b" side-band-64k ofs-delta agent=test"
        for want in wants:
            request += packet(b"want " + want.encode() + capabilities + b"\n")
            capabilities = b""
        request += b"0000"
        if wants:
            request += b"".join(packet(b"have " + have.encode() + b"\n") for have in haves)
            request += packet(b"done\n")
    return Answer(subprocess.run(command, input=request, capture_output=True, check=False,
                                 timeout=120, env={**os.environ, **(environment or {})}))
