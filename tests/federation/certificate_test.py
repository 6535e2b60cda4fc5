#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A server that speaks TLS itself takes a renewed certificate, on a hang-up and by itself, and keeps the
old one if the new one cannot be used.

Usage: certificate_test.py CAMP
"""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import unittest

import camp_server
import proxy
import support

PROGRAM = sys.argv[1]
HOST = "friend.camp"
SECONDS_BY_ITSELF = 150  # it looks once a minute; only a failing test waits so long


class Certificate(support.Case):
    def setUp(self):
        super().setUp()
        self.camp = camp_server.CampServer(PROGRAM, self.scratch + "/camp", public=HOST).init()
        self.first, self.second = self.issue("first"), self.issue("second")
        self.used = self.scratch + "/used"
        os.mkdir(self.used)
        self.install(self.first)
        self.log_file = self.scratch + "/log"
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "-C", self.camp.directory, "serve", "--listen", f"127.0.0.1:{self.camp.port}",
                 "--certificate", self.used + "/certificate", "--key", self.used + "/key"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.addCleanup(self.end)
        support.until(self.answers, what="the server")

    def end(self):
        self.process.terminate()
        self.assertEqual(self.process.wait(timeout=60), 0, self.log())

    def issue(self, name):
        place = f"{self.scratch}/{name}"
        os.mkdir(place)
        proxy.make_certificate(place, HOST, "127.0.0.1")
        return place

    def install(self, place, files=("certificate", "key")):
        """Each file is replaced at once, as certificate programs do it."""
        for file in files:
            shutil.copy(f"{place}/{file}", f"{self.used}/{file}.new")
            os.rename(f"{self.used}/{file}.new", f"{self.used}/{file}")

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.camp.port)) == 0

    def connect(self, place):
        """A kept connection of a client that trusts that authority alone."""
        trust = ssl.create_default_context(cafile=place + "/authority")
        connection = http.client.HTTPSConnection(HOST, timeout=30, context=trust)
        connection.sock = trust.wrap_socket(
            socket.create_connection(("127.0.0.1", self.camp.port), timeout=30), server_hostname=HOST)
        self.addCleanup(connection.close)
        return connection

    def status(self, connection):
        connection.request("GET", "/robots.txt")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def shows(self, place):
        try:
            return self.status(self.connect(place)) == 200
        except ssl.SSLCertVerificationError:
            return False

    def hang_up(self, lines):
        self.process.send_signal(signal.SIGHUP)
        support.until(lambda: self.log().count("certificate was read anew")
                      + self.log().count("the old certificate stays") == lines, what="a line of the log")

    def test_a_hang_up(self):
        self.assertTrue(self.shows(self.first))
        self.assertFalse(self.shows(self.second))
        kept = self.connect(self.first)
        self.assertEqual(self.status(kept), 200)
        self.install(self.second)
        self.hang_up(1)
        self.assertTrue(self.shows(self.second))
        self.assertFalse(self.shows(self.first))
        self.assertEqual(self.status(kept), 200, "the connection that stood goes on")

    def test_what_cannot_be_used(self):
        self.install(self.second, ["certificate"])  # its key is not here yet
        self.hang_up(1)
        self.assertIn("the old certificate stays: cannot use the key", self.log())
        self.assertTrue(self.shows(self.first))
        with open(self.used + "/certificate", "w", encoding="ascii") as file:
            file.write("nothing\n")
        self.hang_up(2)
        self.assertTrue(self.shows(self.first))
        os.remove(self.used + "/certificate")
        self.hang_up(3)
        self.assertTrue(self.shows(self.first))
        self.install(self.second)
        self.hang_up(4)
        self.assertTrue(self.shows(self.second))

    def test_by_itself(self):
        self.install(self.second)
        end = time.monotonic() + SECONDS_BY_ITSELF
        while not self.shows(self.second) and time.monotonic() < end:
            time.sleep(5)
        self.assertTrue(self.shows(self.second))
        self.assertEqual(self.log().count("certificate was read anew"), 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
