# SPDX-License-Identifier: MIT
"""HTTP signatures of both dialects, made and checked; nothing here is shared with camp or Fedify.

"cavage" is draft-cavage-http-signatures-12 with RSA-SHA256, "9421" is RFC 9421 with rsa-v1_5-sha256.
"""

import base64
import email.utils
import functools
import hashlib
import re
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Bad(Exception):
    """A signature that is not there, not whole or not right; the text says why."""


@functools.lru_cache(maxsize=None)
def key_of(whose):
    """An RSA key, the same for the same owner as long as the process lives: making one takes long."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def http_date(seconds=None):
    return email.utils.formatdate(time.time() if seconds is None else seconds, usegmt=True)


def sha256(body):
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


class Request:
    """A request as it came or will go: `headers` are pairs in their order."""

    def __init__(self, method, target, headers, body=b""):
        self.method, self.target, self.headers, self.body = method, target, list(headers), body

    def get(self, name):
        """The values of a header, joined; None without one."""
        values = [value.strip() for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def url(self):
        return f"http://{self.get('host')}{self.target}"

    def raw(self):
        head = "".join(f"{key}: {value}\r\n" for key, value in self.headers)
        return f"{self.method} {self.target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + self.body


def _sign(key, text):
    return base64.b64encode(key.sign(text.encode("latin-1"), padding.PKCS1v15(), hashes.SHA256())).decode()


def _is_signed(pem, text, signature):
    try:
        public = serialization.load_pem_public_key(pem.encode())
        public.verify(base64.b64decode(signature, validate=True), text.encode("latin-1"),
                      padding.PKCS1v15(), hashes.SHA256())
        return True
    except (InvalidSignature, ValueError):
        return False


# draft-cavage-http-signatures-12

def cavage_text(request, names, target, parameters):
    """What is signed. A header that is named and not there makes the signature bad."""
    lines = []
    for name in names:
        if name == "(request-target)":
            value = f"{request.method.lower()} {target}"
        elif name in ("(created)", "(expires)"):
            value = parameters.get(name[1:-1])
        else:
            value = request.get(name)
        if value is None:
            raise Bad(f"{name} is signed and not there")
        lines.append(f"{name}: {value}")
    return "\n".join(lines)


def sign_cavage(request, key, key_id, names, algorithm="rsa-sha256", target=None):
    """Adds the Signature header. `algorithm` None leaves that parameter out."""
    text = cavage_text(request, names, target or request.target, {})
    said = f',algorithm="{algorithm}"' if algorithm else ""
    request.headers.append(("Signature", f'keyId="{key_id}"{said},headers="{" ".join(names)}",'
                                         f'signature="{_sign(key, text)}"'))


class Cavage:
    """The Signature header of a request, read."""

    def __init__(self, request):
        header = request.get("signature")
        if header is None:
            raise Bad("no Signature header")
        pairs = re.findall(r'([A-Za-z]+)=(?:"([^"]*)"|([0-9]+))', header)
        self.parameters = {name: quoted or number for name, quoted, number in pairs}
        if "keyId" not in self.parameters or "signature" not in self.parameters:
            raise Bad("bad signature header")
        self.request, self.key_id = request, self.parameters["keyId"]
        self.algorithm = self.parameters.get("algorithm", "hs2019")
        default = "(created)" if self.algorithm == "hs2019" else "date"
        self.names = self.parameters.get("headers", default).lower().split()

    def is_by(self, pem):
        """Whether the key made it, over the target with its query or without."""
        targets = {self.request.target, self.request.target.split("?")[0]}
        return any(_is_signed(pem, cavage_text(self.request, self.names, target, self.parameters),
                              self.parameters["signature"]) for target in targets)

    def when(self):
        """The moment of signing, in seconds."""
        if "(created)" in self.names:
            return float(self.parameters.get("created", "x"))
        parsed = email.utils.parsedate_to_datetime(self.request.get("date") or "")
        return parsed.timestamp()


# RFC 9421

def _component(request, name):
    return {"@method": request.method, "@target-uri": request.url(), "@path": request.target.split("?")[0],
            "@authority": request.get("host"), "@scheme": "http",
            "@query": "?" + request.target.partition("?")[2]}.get(name) or request.get(name)


def rfc9421_text(request, names, parameters):
    lines = []
    for name in names:
        value = _component(request, name)
        if value is None:
            raise Bad(f"{name} is signed and not there")
        lines.append(f'"{name}": {value}')
    return "\n".join(lines + [f'"@signature-params": {parameters}'])


def sign_rfc9421(request, key, key_id, names, created=None, algorithm="rsa-v1_5-sha256"):
    """Adds Signature-Input and Signature."""
    inner = "(" + " ".join(f'"{name}"' for name in names) + ")"
    parameters = f'{inner};created={int(created or time.time())};keyid="{key_id}"'
    if algorithm:
        parameters += f';alg="{algorithm}"'
    signature = _sign(key, rfc9421_text(request, names, parameters))
    request.headers += [("Signature-Input", f"sig1={parameters}"), ("Signature", f"sig1=:{signature}:")]


class Rfc9421:
    """Signature-Input and Signature of a request, read: the first label counts."""

    def __init__(self, request):
        found = re.match(r'\s*([a-z][a-z0-9_*.-]*)=(\(([^)]*)\)([^,]*))', request.get("signature-input") or "")
        if not found:
            raise Bad("no Signature-Input header that can be read")
        label, self.parameters, inner, rest = found.groups()
        self.names = re.findall(r'"([^"]+)"', inner)
        values = dict(re.findall(r';([a-z]+)=("[^"]*"|[0-9]+)', rest))
        signature = re.search(rf'(?:^|,)\s*{re.escape(label)}=:([A-Za-z0-9+/=]*):', request.get("signature") or "")
        if not signature or "keyid" not in values or "created" not in values:
            raise Bad("no signature, keyid or created")
        self.request, self.signature = request, signature.group(1)
        self.key_id, self.created = values["keyid"].strip('"'), int(values["created"])
        self.algorithm = values.get("alg", '"rsa-v1_5-sha256"').strip('"')

    def is_by(self, pem):
        return _is_signed(pem, rfc9421_text(self.request, self.names, self.parameters), self.signature)

    def when(self):
        return float(self.created)


def dialect_of(request):
    if request.get("signature-input") is not None:
        return "9421"
    return "cavage" if request.get("signature") is not None else None


# Digests

def digest_values(header):
    """{algorithm in lower case: value} of a Digest header."""
    return {part.split("=", 1)[0].strip().lower(): part.split("=", 1)[1].strip()
            for part in (header or "").split(",") if "=" in part}


def has_digest(request):
    return digest_values(request.get("digest")).get("sha-256") == sha256(request.body)


def has_content_digest(request):
    found = re.search(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]*):", request.get("content-digest") or "")
    if request.get("content-digest") is not None and not found:
        raise Bad("a malformed Content-Digest")
    return bool(found) and found.group(1) == sha256(request.body)
