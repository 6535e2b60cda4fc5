# SPDX-License-Identifier: MIT
"""The live peer of peer/ as a process: an independent ActivityPub server, made of Fedify.

    with fedify.Peer(directory) as peer:
        ana = peer.call("actor", name="ana")["id"]
        peer.call("follow", **{"as": "ana", "who": "http://127.0.0.1:8000/u/bo"})
        peer.expect("actors", "ana", "following", "http://127.0.0.1:8000/u/bo", "state", value="accepted")
        note = peer.call("post", **{"as": "ana", "content": "<p>hello</p>"})["id"]

What the commands take is said in peer/control.mjs. Its modules come from `tests/setup check`.
"""

import base64
import http.client
import json
import os
import platform
import shutil
import subprocess
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS_TO_START = 60


def modules():
    """Where the peer's modules were installed."""
    return os.environ.get("CAMP_PEER_MODULES") or os.path.join(HERE, "../../build/peer/node_modules")


def node():
    """The node that came with them. npm's link in .bin is not there with all versions of npm."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{modules()}/node-linux-{machine}/bin/node"


def missing():
    """Why the peer cannot run here; nothing if it can."""
    if not os.path.exists(modules() + "/@fedify/fedify/package.json"):
        return "the peer's modules are not installed; `tests/setup check` does it"
    if not os.access(node(), os.X_OK):
        return "there is no node for this machine among the peer's modules"
    done = subprocess.run([node(), "--version"], capture_output=True, check=False)
    return None if done.returncode == 0 else "the peer's node does not run: " + done.stderr.decode()[-200:]


class Refused(AssertionError):
    """A command that the peer could not carry out."""


class Peer:
    """One peer. Its state lies in `directory`; a new start there goes on with it, at the same port."""

    def __init__(self, directory, dialect="9421-first"):
        self.directory, self.process = directory, None
        os.makedirs(directory, exist_ok=True)
        for name in ("peer.mjs", "control.mjs", "federation.mjs", "state.mjs"):
            shutil.copy(f"{HERE}/peer/{name}", directory)
        if not os.path.lexists(directory + "/node_modules"):
            os.symlink(os.path.realpath(modules()), directory + "/node_modules")
        self.start()
        self.call("dialect", dialect=dialect)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with open(self.directory + "/log", "ab") as log:
            self.process = subprocess.Popen(
                [node(), self.directory + "/peer.mjs", "--state",
                 self.directory + "/state.json"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        timer = threading.Timer(SECONDS_TO_START, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        if not line:
            raise AssertionError("the peer does not start: " + self.log()[-2000:])
        ports = json.loads(line)
        self.port, self.control = ports["port"], ports["control"]
        self.origin = f"http://127.0.0.1:{self.port}"

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)
        self._close()

    def kill(self):
        """As a crash would end it."""
        self.process.kill()
        self.process.wait(timeout=20)
        self._close()

    def _close(self):
        if self.process and self.process.stdout:
            self.process.stdout.close()

    def log(self):
        with open(self.directory + "/log", encoding="utf-8", errors="replace") as file:
            return file.read()

    def call(self, command, **words):
        """One command of the control API; `as_` stands for the field `as`."""
        if "as_" in words:
            words["as"] = words.pop("as_")
        connection = http.client.HTTPConnection("127.0.0.1", self.control, timeout=120)
        try:
            connection.request("POST", "/" + command, json.dumps(words))
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise Refused(f"{command}: {answer['error']}\n{answer.get('stack', '')}")
        return answer

    def actor(self, name, policy="auto"):
        """The id of the actor of that name, made if it is new."""
        return self.call("actor", name=name, policy=policy)["id"]

    def received(self, count=0, since=0, seconds=20, **where):
        """Requests to its inboxes that match; with `count` it waits for so many."""
        return self.call("received", count=count, since=since, seconds=seconds, where=where)

    def expect(self, *path, value=None, seconds=20):
        """Waits until the state has the value (any, without one) at the path; what it has then."""
        words = {"path": list(path), "seconds": seconds}
        if value is not None:
            words["value"] = value
        answer = self.call("expect", **words)
        if not answer["met"]:
            raise AssertionError(f"{'/'.join(path)} is {answer.get('found')!r}, not {value!r}, "
                                 f"after {seconds} s")
        return answer["found"]

    def settle(self, seconds=20):
        """Waits until everything is delivered; what is not."""
        return self.call("settle", seconds=seconds)

    def verify(self, request, now=None, documents=None, spec=None):
        """The oracle: what Fedify says to the bytes of a request."""
        words = {"request": base64.b64encode(request).decode()}
        words.update({key: value for key, value in
                      (("now", now), ("documents", documents), ("spec", spec)) if value is not None})
        return self.call("verify", **words)
