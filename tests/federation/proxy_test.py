#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The TLS proxy passes on what signatures cover, and trusts nobody's certificate but its own.

Usage: proxy_test.py
"""

import json
import ssl
import sys
import unittest
from unittest import mock

import doubles
import proxy
import support


class Proxy(support.Case):
    def setUp(self):
        super().setUp()
        self.double = self.begin(doubles.Misskey(address="127.0.0.51", public="friend.camp"))
        self.proxy = self.begin(proxy.Nginx(self.scratch + "/nginx", (self.double.address, self.double.port)))

    def test_documents_come_through(self):
        status, headers, body = self.proxy.ask("/.well-known/webfinger?resource=acct:instance.actor@friend.camp")
        self.assertEqual((status, headers["content-type"]), (200, "application/jrd+json; charset=utf-8"))
        self.assertEqual(json.loads(body)["subject"], "acct:instance.actor@friend.camp")

    def test_a_signature_survives(self):
        """Host, target and body arrive as they were signed: Misskey's double wants its own Host."""
        other = self.begin(doubles.Mastodon(address="127.0.0.52"))
        star, mia = other.actor("star"), self.double.actor("mia")
        for spoil, status in ((None, 202), ("body", 401), ("host", 401)):
            request = other.build(star, mia.inbox, json.dumps(star.make("Like", mia.id)).encode(), spoil)
            headers = {name.replace("-", "_"): value for name, value in request.headers}
            answer = self.proxy.ask(request.target, "POST", request.body, **headers)
            self.assertEqual(answer[0], status, spoil)
        self.assertEqual(self.double.wait("Like", verdict="accepted")[0].signer, star.id)
        self.assertEqual(self.double.received[0].request.get("x-forwarded-proto"), "https")

    def test_a_dead_server_is_502(self):
        self.double.fail("refuse")
        self.assertEqual(self.proxy.ask("/")[0], 502)
        self.double.recover()
        self.assertEqual(self.proxy.ask("/")[0], 404)

    def test_nobody_else_is_trusted(self):
        another = self.scratch + "/another"
        proxy.os.mkdir(another)
        proxy.make_certificate(another, "friend.camp", "127.0.0.1")
        with mock.patch.object(self.proxy, "authority", another + "/authority"), self.assertRaises(ssl.SSLError):
            self.proxy.ask("/")
        with mock.patch.object(self.proxy, "name", "other.camp"), self.assertRaises(ssl.SSLError):
            self.proxy.ask("/")


if __name__ == "__main__":
    support.skip_unless(proxy.missing())
    unittest.main(argv=sys.argv)
