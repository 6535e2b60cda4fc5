# SPDX-License-Identifier: MIT
"""`camp serve` on loopback, on a community made by the real program.

    camp = camp_server.CampServer(program, directory).init("bo")     # @ana, the admin, and @bo
    camp.start()                                                     # returns when it answers
    camp.ok("post", "--to", "public", "hello", member="ana")         # commands beside it
    camp.get("/u/ana", accept="application/activity+json")           # .actor("ana") is that URL
    camp.stop()                                                      # fails unless it ends well

The randomness of each process comes from one seed and a count, so that a run can be repeated; the
clock is the real one, because signatures are judged by it.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../faults"))

import faults  # noqa: E402

SECONDS_TO_START, SECONDS_TO_STOP = 60, 30


def free_port(address="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


class CampServer(faults.Community):
    """A community directory and its server. `public` is the host that its ids name, if something
    like a recorder stands in front; `options` go to `camp serve`."""

    def __init__(self, program, directory, address="127.0.0.1", port=None, public=None, seed="federation",
                 options=()):
        super().__init__(program, directory)
        self.address, self.port = address, port or free_port(address)
        self.host = public or f"{address}:{self.port}"
        self.seed, self.count, self.options, self.process = seed, 0, list(options), None
        self.log_file = directory + ".log"

    def environment(self):
        self.count += 1
        return {"CAMP_SEED": f"{self.seed}-{self.count}"}

    def run(self, *words, extra=None, **options):
        return super().run(*words, extra={**self.environment(), **(extra or {})}, **options)

    def init(self, *members):
        """Makes the community with @ana and the members; its paper key goes beside it."""
        done = subprocess.run([self.program, "init", self.directory, "--name", "Friend Camp", "--admin", "ana",
                               "--host", self.host, "--paper-key-file", self.directory + ".paper"],
                              capture_output=True, check=False, env={**os.environ, **self.environment()})
        if done.returncode != 0:
            raise faults.Failed(done.stderr.decode(errors="replace"))
        for member in members:
            self.ok("member", "add", member)
        return self

    def start(self):
        """Starts the server and waits until it answers a first request, whatever it answers."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CAMP_")}
        environment.update(LC_ALL="C.UTF-8", NO_COLOR="1", **self.environment())
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-C", self.directory, "serve", "--listen", f"{self.address}:{self.port}",
                 "--insecure-http", *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.get("/")
                return self
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)
        if self.process.poll() is None:
            self.kill()
            raise faults.Failed(f"camp serve does not answer after {SECONDS_TO_START} s: {self.log()[-2000:]}")
        raise faults.Failed(f"camp serve ended with {self.process.returncode}: {self.log()[-2000:]}")

    def stop(self):
        """Ends it as an administrator would. It has to end in time, with 0: a sanitizer's report at
        the end is a failure too."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.kill()
            raise faults.Failed(f"camp serve does not end: {self.log()[-2000:]}") from None
        self.process = None
        if code != 0:
            raise faults.Failed(f"camp serve ended with {code}: {self.log()[-4000:]}")

    def kill(self):
        """As a power cut would end it."""
        self.process.kill()
        self.process.wait(timeout=SECONDS_TO_STOP)
        self.process = None

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def url(self, path):
        return f"http://{self.host}{path}"

    def actor(self, handle):
        return self.url("/u/" + handle)

    def resident(self):
        """Resident memory of the server in bytes."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def get(self, path, accept=None, headers=(), method="GET", body=None, timeout=20):
        """(status, headers in lower case, body) of one request, straight to the server."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=timeout)
        try:
            sent = {"Host": self.host, **({"Accept": accept} if accept else {}), **dict(headers)}
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()
