#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The helper that starts `camp serve`, tried with programs that stand in for it, good and bad.

Usage: camp_server_test.py CAMP
"""

import os
import sys
import unittest
from unittest import mock

import camp_server
import faults
import support

CAMP = sys.argv[1]

STAND_IN = """#!/usr/bin/python3
import http.server, os, signal, sys, time
assert sys.argv[3:5] == ["serve", "--listen"] and sys.argv[6] == "--insecure-http", sys.argv
print("seed", os.environ["CAMP_SEED"], flush=True)
KIND = {kind!r}
if KIND == "dies": sys.exit("cannot do it")
if KIND == "hangs": time.sleep(600)
if KIND == "slow": time.sleep(1)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
address, port = sys.argv[5].split(":")
def end(*_): os._exit(3 if KIND == "ends badly" else 0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if KIND == "stays" else end)
http.server.HTTPServer((address, int(port)), Handler).serve_forever()
"""


class Server(support.Case):
    def stand_in(self, kind):
        program = self.scratch + "/camp"
        with open(program, "w", encoding="utf-8") as file:
            file.write(STAND_IN.replace("{kind!r}", repr(kind)))
        os.chmod(program, 0o700)
        return camp_server.CampServer(program, self.scratch + "/community")

    def test_it_starts_answers_and_ends(self):
        for kind in ("good", "slow"):
            camp = self.stand_in(kind)
            camp.start()
            self.assertEqual(camp.get("/")[0], 404)
            self.assertGreater(camp.resident(), 1 << 20)
            pid = camp.process.pid
            camp.stop()
            self.assertRaises(ProcessLookupError, os.kill, pid, 0)
            self.assertRaises(OSError, camp.get, "/")

    def test_it_comes_back_at_its_address(self):
        camp = self.stand_in("good")
        camp.start()
        camp.kill()
        camp.start()
        self.assertEqual(camp.get("/")[0], 404)
        camp.stop()
        self.assertEqual(camp.log().split(), ["seed", "federation-1", "seed", "federation-2"])

    def test_what_goes_wrong_is_told(self):
        with self.assertRaisesRegex(faults.Failed, "(?s)ended with 1.*cannot do it"):
            camp = self.stand_in("dies")
            camp.start()
        with mock.patch("camp_server.SECONDS_TO_START", 1), self.assertRaisesRegex(faults.Failed, "does not answer"):
            self.stand_in("hangs").start()
        with self.assertRaisesRegex(faults.Failed, "ended with 3"):
            camp = self.stand_in("ends badly")
            camp.start()
            camp.stop()
        with mock.patch("camp_server.SECONDS_TO_STOP", 1), self.assertRaisesRegex(faults.Failed, "does not end"):
            camp = self.stand_in("stays")
            camp.start()
            camp.stop()
        self.assertIsNone(camp.process)

    def test_the_community_is_the_real_programs(self):
        camp = camp_server.CampServer(CAMP, self.scratch + "/community").init("bo")
        posts = [camp.ok("post", "--to", "public", "hello", member=member)["id"] for member in ("ana", "bo", "ana")]
        self.assertEqual((len(set(posts)), sorted(camp.members())), (3, ["ana", "bo"]))
        self.assertEqual(camp.ok("info")["host"], camp.host)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
