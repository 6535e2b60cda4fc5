# SPDX-License-Identifier: MIT
"""Signatures of requests against another implementation: the texts are built here, after the draft and
the RFC, and signed and verified by the openssl program.

openssl_test.py SIGNATURE-TOOL VECTORS
"""

import base64
import email.utils
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

NOW = 1795514400000
KEY_ID = "https://friend.camp/u/ana#main-key"
TOOL, VECTORS = sys.argv[1:3]


def run(*words, stdin=b""):
    return subprocess.run(words, input=stdin, capture_output=True, timeout=60)


def sha256(body):
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


class Signatures(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="camp-signatures-")
        self.addCleanup(shutil.rmtree, self.dir)
        with open(os.path.join(VECTORS, "http-signatures", "rsa-keys.json")) as file:
            self.write("secret.pem", json.load(file)["secret"].encode())
        public = run("openssl", "pkey", "-in", self.path("secret.pem"), "-pubout")
        self.assertEqual(public.returncode, 0, public.stderr)
        self.write("public.pem", public.stdout)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)

    # The other implementation.
    def openssl_sign(self, text):
        done = run("openssl", "dgst", "-sha256", "-sign", self.path("secret.pem"), stdin=text.encode())
        self.assertEqual(done.returncode, 0, done.stderr)
        return base64.b64encode(done.stdout).decode()

    def openssl_verifies(self, text, signature, key="public.pem"):
        self.write("signature", base64.b64decode(signature))
        done = run("openssl", "dgst", "-sha256", "-verify", self.path(key),
                   "-signature", self.path("signature"), stdin=text.encode())
        return done.returncode == 0

    # Ours.
    def camp_signs(self, dialect, method, target, body):
        done = run(TOOL, "sign", dialect, self.path("secret.pem"), KEY_ID, method, "peer.example",
                   target, str(NOW), stdin=body)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.decode().splitlines()
        return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}

    def camp_refuses(self, method, target, fields, body):
        """The reason, or nothing."""
        head = f"{method} {target}\n" + "".join(f"{n}: {v}\n" for n, v in fields) + "\n"
        done = run(TOOL, "verify", self.path("public.pem"), "friend.camp", str(NOW),
                   stdin=head.encode() + body)
        return done.stderr.decode() if done.returncode else ""

    def test_openssl_verifies_what_camp_signs_in_the_old_dialect(self):
        for method, body, names in (("GET", b"", "(request-target) host date"),
                                    ("POST", b'{"a":1}',
                                     "(request-target) host date digest content-type")):
            fields = self.camp_signs("cavage", method, "/inbox?x=1", body)
            parameters = dict(re.findall(r'(\w+)="([^"]*)"', fields["signature"]))
            self.assertEqual(parameters["headers"], names)
            self.assertEqual(parameters["keyId"], KEY_ID)
            self.assertEqual(parameters["algorithm"], "rsa-sha256")
            self.assertEqual(email.utils.parsedate_to_datetime(fields["date"]).timestamp(), NOW / 1000)
            if body:
                self.assertEqual(fields["digest"], "SHA-256=" + sha256(body))
            text = "\n".join(
                f"(request-target): {method.lower()} /inbox?x=1" if name == "(request-target)"
                else f"{name}: {fields[name]}" for name in names.split())
            self.assertTrue(self.openssl_verifies(text, parameters["signature"]))
            self.assertFalse(self.openssl_verifies(text + " ", parameters["signature"]))

    def test_openssl_verifies_what_camp_signs_in_the_new_dialect(self):
        body = b'{"a":1}'
        fields = self.camp_signs("rfc9421", "POST", "/inbox?x=1", body)
        label, parameters = fields["signature-input"].split("=", 1)
        self.assertEqual(fields["content-digest"], f"sha-256=:{sha256(body)}:")
        text = ('"@method": POST\n"@target-uri": https://peer.example/inbox?x=1\n'
                f'"content-digest": {fields["content-digest"]}\n"@signature-params": {parameters}')
        signature = re.fullmatch(f"{label}=:(.*):", fields["signature"]).group(1)
        self.assertTrue(self.openssl_verifies(text, signature))

    def test_camp_believes_what_openssl_signed_in_the_old_dialect(self):
        body, date = b'{"b":2}', email.utils.formatdate(NOW / 1000, usegmt=True)
        digest = "SHA-256=" + sha256(body)
        text = (f"host: friend.camp\ndate: {date}\ndigest: {digest}\n"
                "content-type: application/activity+json\n(request-target): post /u/ana/inbox")
        header = ('keyId="https://peer.example/users/bo#main-key",algorithm="rsa-sha256",'
                  'headers="host date digest content-type (request-target)",'
                  f'signature="{self.openssl_sign(text)}"')
        fields = [("Host", "friend.camp"), ("Date", date), ("Digest", digest),
                  ("Content-Type", "application/activity+json"), ("Signature", header)]
        self.assertEqual(self.camp_refuses("POST", "/u/ana/inbox", fields, body), "")
        self.assertIn("another body", self.camp_refuses("POST", "/u/ana/inbox", fields, body + b" "))
        self.assertIn("not this key's", self.camp_refuses("POST", "/u/bo/inbox", fields, body))

    def test_camp_believes_what_openssl_signed_in_the_new_dialect(self):
        body = b'{"b":2}'
        digest = f"sha-256=:{sha256(body)}:"
        parameters = (f'("@method" "@target-uri" "content-digest");created={NOW // 1000}'
                      ';keyid="https://peer.example/users/bo#main-key";alg="rsa-v1_5-sha256"')
        text = ('"@method": POST\n"@target-uri": https://friend.camp/u/ana/inbox\n'
                f'"content-digest": {digest}\n"@signature-params": {parameters}')
        fields = [("Host", "friend.camp"), ("Content-Digest", digest),
                  ("Signature-Input", f"sig1={parameters}"),
                  ("Signature", f"sig1=:{self.openssl_sign(text)}:")]
        self.assertEqual(self.camp_refuses("POST", "/u/ana/inbox", fields, body), "")
        self.assertIn("not this key's", self.camp_refuses("POST", "/u/bo/inbox", fields, body))

    def test_the_draft_signed_the_texts_that_our_unit_tests_expect(self):
        with open(os.path.join(VECTORS, "http-signatures", "cavage-12.json")) as file:
            vector = json.load(file)
        self.write("draft.pem", vector["public_key"].encode())
        self.assertEqual(len(vector["cases"]), 3)
        for case in vector["cases"]:
            self.assertTrue(self.openssl_verifies(case["text"], case["signature"], "draft.pem"))


if __name__ == "__main__":
    if shutil.which("openssl") is None:
        print("skipped: there is no openssl program to compare with")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
