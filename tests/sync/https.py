# SPDX-License-Identifier: MIT
"""A community that is served on loopback, and requests as a member's clone would make them, with
tokens that say whatever a test wants."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../federation"))

import camp_server  # noqa: E402
import clones  # noqa: E402
import faults  # noqa: E402
import forge  # noqa: E402
import wants  # noqa: E402

LOOPBACK = {"CAMP_INSECURE_LOOPBACK": "1"}


class Home(clones.Origin):
    """A community with @ana, its admin, and its server."""

    def __init__(self, program, directory):
        self.server = camp_server.CampServer(program, directory)
        super().__init__(program, directory)

    def init(self, *members):
        self.server.init()
        return self

    @property
    def host(self):
        return self.server.host

    @property
    def url(self):
        return "http://" + self.host

    def join(self, directory, handle):
        return self.clone(directory, handle, self.invite(handle), source=self.url,
                          environment=LOOPBACK)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claim_proof(code, key, host):
    digest = hashlib.sha256(code.replace("-", "").lower().encode()).hexdigest()
    return hashlib.sha256(f"camp claim proof 1\n{digest}\n{key.did}\n{host}".encode()).hexdigest()


def token(key, member, host, scope, body=None, life=120, **other):
    """A token that `key` signs; `other` replaces what it says."""
    words = {"member": member, "key": key.did, "host": host, "scope": scope,
             "expires": int((time.time() + life) * 1000)}
    if body is not None:
        words["body"] = hashlib.sha256(body).hexdigest()
    words.update(other)
    text = json.dumps({name: value for name, value in words.items() if value is not None},
                      sort_keys=True, separators=(",", ":")).encode()
    return base64url(text) + "." + base64url(key.sign(b"camp access token 1\n" + text))


def device_key(clone, owner):
    """The key with which a member's clone speaks."""
    held = [row["key"] for row in clone.ok("key", "show")["speaking"] if row["held"]]
    return forge.read_keys(clone.directory, owner)[held[0]]


class Client:
    """Somebody who asks a server, as a member with a key or as nobody."""

    def __init__(self, home, key=None, member=None):
        self.home, self.key, self.member, self.tokens = home, key, member, {}

    def token(self, scope, body=None):
        """One for each scope, for as long as it is fresh."""
        if body is not None:
            return token(self.key, self.member, self.home.host, scope, body)
        made, text = self.tokens.get(scope, (0, ""))
        if time.time() - made > 60:
            text = token(self.key, self.member, self.home.host, scope)
            self.tokens[scope] = (time.time(), text)
        return text

    def ask(self, method, path, body=None, scope=None, bearer=None, **headers):
        """(status, headers, body). `bearer` is a token in place of a proper one."""
        if bearer is None and self.key and scope:
            changes = method == "POST" and path.startswith("/clone/")
            bearer = self.token(scope, body if changes else None)
        if bearer:
            headers["Authorization"] = "Bearer " + bearer
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.home.server.get(path, headers=headers, method=method, body=body, timeout=120)

    def refs(self, repository, **other):
        other.setdefault("scope", repository)
        return self.ask("GET", f"/git/{repository}.git/info/refs?service=git-upload-pack", **other)

    def pack(self, repository, ids, haves=(), capabilities=" side-band-64k ofs-delta agent=test",
             **other):
        body = b""
        for each in ids:
            body += wants.packet(b"want " + each.encode() + capabilities.encode() + b"\n")
            capabilities = ""
        body += b"0000" + b"".join(wants.packet(b"have " + each.encode() + b"\n") for each in haves)
        other.setdefault("scope", repository)
        return self.ask("POST", f"/git/{repository}.git/git-upload-pack", body + wants.packet(b"done\n"),
                        Content_Type="application/x-git-upload-pack-request", **other)

    def fetch(self, repository, ids=None):
        """All bytes of an answer, taken apart; without ids of all that is advertised."""
        received = []
        if ids is None:
            status, _, body = self.refs(repository)
            received.append(body)
            ids = sorted(set(Answered(body).branches().values())) if status == 200 else []
        if ids:
            received.append(Answered(self.pack(repository, ids)[2]).contents())
        return b"\n".join(received)

    def media(self, repository, digest):
        return self.ask("GET", f"/clone/media/{repository}/{digest}", scope="media " + repository)


class Answered(wants.Answer):
    """The body of an answer, read as wants.Answer reads a program's output."""

    def __init__(self, body):
        super().__init__(subprocess.CompletedProcess([], 0, body, b""))


def runs(pid):
    """Whether a process is at work; one that only waits to be reaped is not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def children(pid):
    """The processes that a process has started, theirs too."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid and runs(name):
            found += [int(name)] + children(int(name))
    return found
