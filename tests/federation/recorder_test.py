#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The recorder keeps every byte, and finds words wherever HTTP hides them.

Usage: recorder_test.py
"""

import gzip
import http.server
import os
import sys
import threading
import unittest
import urllib.request
import zlib

import doubles
import recorder
import support

WORD = b"canary7f3a"


def chunked(body, size=5):
    pieces = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


ANSWERS = {
    "/plain": ([], b"before " + WORD + b" after"),
    "/nothing": ([], b"no bird here"),
    "/chunked": ([("Transfer-Encoding", "chunked")], chunked(b"before " + WORD + b" after")),
    "/gzip": ([("Content-Encoding", "gzip")], gzip.compress(WORD * 3)),
    "/deflate": ([("Content-Encoding", "deflate")], zlib.compress(WORD * 3)),
    "/both": ([("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")], chunked(gzip.compress(WORD * 3))),
    "/header": ([("X-Note", WORD.decode())], b""),
    "/big": ([], os.urandom(3_000_000) + WORD),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        headers, body = ANSWERS[self.path.split("?")[0]]
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        if "Transfer-Encoding" not in dict(headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Recording(support.Case):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.recorder = self.begin(recorder.Recorder(self.scratch + "/record", self.server.server_address))

    def ask(self, path):
        with urllib.request.urlopen(f"http://{self.recorder.host}{path}", timeout=20) as answer:
            return answer.read()

    def test_words_are_found_wherever_they_hide(self):
        for number, path in enumerate(ANSWERS, 1):
            self.ask(path)
            recorder.settle(self.recorder)
            expected = [] if path == "/nothing" else [(WORD, number)]
            found = self.recorder.search([WORD, b"another"], recorder.ANSWERS)
            self.assertEqual([each for each in found if each[1] == number], expected, path)
        self.assertEqual(self.recorder.search([WORD], recorder.ASKED), [])
        self.ask("/nothing?q=" + WORD.decode())
        self.assertEqual(self.recorder.search([WORD], recorder.ASKED), [(WORD, len(ANSWERS) + 1)])

    def test_every_byte_passes_and_is_kept(self):
        body = self.ask("/big")
        self.assertEqual(body, ANSWERS["/big"][1])
        recorder.settle(self.recorder)
        self.assertTrue(self.recorder.stream(1, recorder.ANSWERS).endswith(body))

    def test_messages_on_one_connection_are_told_apart(self):
        stream = b"".join(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body for head, body in (
            (b"Content-Length: 3", b"abc"), (b"Transfer-Encoding: chunked", chunked(b"0123456789")),
            (b"Content-Length: 0", b""), (b"Content-Encoding: gzip\r\nContent-Length: %d" % len(gzip.compress(b"x")),
                                          gzip.compress(b"x"))))
        self.assertEqual([body for _, body in recorder.messages_of(stream)], [b"abc", b"0123456789", b"", b"x"])

    def test_many_at_once(self):
        threads = [threading.Thread(target=self.ask, args=("/plain",)) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        recorder.settle(self.recorder)
        self.assertEqual((self.recorder.count, len(self.recorder.search([WORD], recorder.ANSWERS))), (50, 50))

    def test_in_front_of_a_double(self):
        mastodon, record = recorder.in_front_of(doubles.Mastodon, self.scratch + "/double", address="127.0.0.31")
        self.begin(record), self.begin(mastodon)
        other = self.begin(doubles.Akkoma(address="127.0.0.32"))
        mia, star = mastodon.actor("mia"), other.actor("star")
        self.assertTrue(mia.id.startswith(f"http://{record.host}/"))
        star.post("to @mia: " + WORD.decode(), mentions=[mia.id])
        mastodon.wait("Create", verdict="accepted")
        self.assertEqual(len(record.search([WORD], recorder.ASKED)), 1)
        self.assertEqual(record.search([WORD], recorder.ANSWERS), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
