# SPDX-License-Identifier: MIT
"""Objects, key logs and packs as somebody would make them who does not use camp: Ed25519 (RFC 8032),
the proofs of eddsa-jcs-2022, ids and git's pack format, with the standard library alone."""

import hashlib
import json
import os
import struct
import time
import zlib

# --- Ed25519, in extended coordinates

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    x, y = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result


def base_point():
    y = 4 * pow(5, P - 2, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    x = P - x if x & 1 else x
    return x, y, 1, x * y % P


BASE = base_point()


def packed(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def number_of(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


class Key:
    """A secret key from its seed; without one, a stranger's."""

    def __init__(self, seed=None):
        digest = hashlib.sha512(seed or os.urandom(32)).digest()
        self.scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
        self.prefix = digest[32:]
        self.public = packed(times(self.scalar, BASE))

    def sign(self, message):
        r = number_of(self.prefix, message) % L
        point = packed(times(r, BASE))
        s = (r + number_of(point, self.public, message) * self.scalar) % L
        return point + s.to_bytes(32, "little")

    @property
    def did(self):
        return "did:key:z" + base58(b"\xed\x01" + self.public)


def read_keys(directory, owner):
    """The keys that a camp directory holds for an owner, by their did."""
    place, found = f"{directory}/keys/{owner}", {}
    for name in os.listdir(place):
        if name.endswith(".key"):
            with open(f"{place}/{name}", encoding="ascii") as handle:
                found["did:key:" + name[:-4]] = Key(bytes.fromhex(handle.read().strip()))
    return found


# --- encodings

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def base58(data):
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base32(number, digits):
    return "".join(BASE32[number >> 5 * i & 31] for i in reversed(range(digits)))


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def moment(seconds):
    """A time as camp writes it."""
    milliseconds = round(seconds * 1000)
    day = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{day}.{milliseconds % 1000:03}Z"


def without(record, *names):
    return {name: value for name, value in record.items() if name not in names}


# --- objects

NOW = object()


def content_id(record):
    published = record.get("published")
    try:
        day = time.strptime(published[:19] + "Z", "%Y-%m-%dT%H:%M:%SZ")
        fraction = published[19:].strip(".Z")
        milliseconds = calendar_seconds(day) * 1000 + int((fraction + "000")[:3])
    except (TypeError, ValueError):
        milliseconds = 0
    digest = hashlib.sha256(canonical(without(record, "id", "proof"))).digest()[:16]
    return base32(max(milliseconds, 0), 10) + base32(int.from_bytes(digest, "big"), 26)


def calendar_seconds(day):
    import calendar
    return calendar.timegm(day)


def author_of(record):
    name = "attributedTo" if record.get("type") in ("Note", "Tombstone", "Person") else "actor"
    return record.get(name)


def proof_of(record, key, **changes):
    """The proof of a record by a key; `changes` are other options, None for one left out."""
    options = {"@context": record.get("@context"), "created": moment(time.time()),
               "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod",
               "type": "DataIntegrityProof",
               "verificationMethod": f"{key.did}#{key.did.split(':')[2]}", **changes}
    options = {name: value for name, value in options.items() if value is not None}
    signed = hashlib.sha256(canonical(options)).digest()
    signed += hashlib.sha256(canonical(without(record, "proof"))).digest()
    return {**options, "proofValue": "z" + base58(key.sign(signed))}


def seal(record, key=None, author=None):
    """A record with the id of its content and, with a key, its proof; the bytes of a file."""
    record = without(record, "id", "proof")
    record["id"] = f"{author or author_of(record)}/{content_id(record)}"
    if key:
        record["proof"] = proof_of(record, key)
    return canonical(record)


def place_of(data):
    """Branch and path of an object file by its own content."""
    record = json.loads(data)
    if record["type"] == "Person":
        return "main", f"profiles/{record['attributedTo'].split(':')[1]}.json"
    anchor = record["id"].split("/")[1]
    name = anchor
    if record["type"] in ("Update", "Tombstone"):
        what = record["object"]["id"] if record["type"] == "Update" else record["object"]
        anchor = what.split("/")[1]
        name = f"{anchor}.{name}"
    milliseconds = 0
    for digit in anchor[:10]:
        milliseconds = milliseconds << 5 | BASE32.index(digit)
    day = time.gmtime(milliseconds // 1000)
    branch = time.strftime("e/%Y-%m", day)
    if record["type"] == "Tombstone":
        return branch, f"t/{anchor}.{record['attributedTo'].split(':')[1]}.json"
    return branch, time.strftime("%d/%H/", day) + name + ".json"


# --- key logs and the community log

def key_operation(log, key, **changes):
    """A key log with one more operation; of no log, a stranger's genesis."""
    lines = log.splitlines(keepends=True)
    if lines:
        last = json.loads(lines[-1])
        operation = {**without(last, "proof", "salt", "unclaimed"), "seq": last["seq"] + 1,
                     "prev": hashlib.sha256(lines[-1].rstrip(b"\n")).hexdigest(), "kind": "add"}
    else:
        operation = {"kind": "genesis", "next": [hashlib.sha256(Key().did.encode()).hexdigest()],
                     "prev": None, "revoked": [], "rotation": [key.did],
                     "salt": base32(int.from_bytes(os.urandom(16), "big"), 26), "seq": 0,
                     "signing": [], "subject": "member", "threshold": 1, "type": "KeyOperation",
                     "v": 1}
    operation = {**operation, "time": moment(time.time()), **changes}
    operation["proof"] = proof_of(operation, key, **{"@context": None})
    return log + canonical(operation) + b"\n"


def owner_of(log):
    digest = hashlib.sha256(log.splitlines()[0]).digest()[:20]
    return base32(int.from_bytes(digest, "big"), 32)


def log_entry(log, key, **entry):
    """A community log with one more entry."""
    last = log.splitlines()[-1]
    before = json.loads(last)
    entry = {"type": "LogEntry", "v": 1, "community": before["community"],
             "seq": before["seq"] + 1, "prev": hashlib.sha256(last).hexdigest(),
             "time": moment(time.time()), **entry}
    entry["proof"] = proof_of(entry, key, **{"@context": None})
    return log + canonical(entry) + b"\n"


# --- what a far side may send

COMMIT, TREE, BLOB, OFFSET_DELTA, NAMED_DELTA = 1, 2, 3, 6, 7
KINDS = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob"}


def object_id(kind, data):
    return hashlib.sha1(KINDS[kind] + b" %d\0" % len(data) + data).hexdigest()


def commit_of(tree, message=b"x\n", parents=()):
    who = b"x <x@localhost> 1 +0000"
    lines = [b"tree " + tree.encode()] + [b"parent " + each.encode() for each in parents]
    return b"\n".join(lines + [b"author " + who, b"committer " + who, b"", message])


def entry(mode, name, oid):
    name = name if isinstance(name, bytes) else name.encode()
    return mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid)


def pack_head(kind, size):
    first, size = kind << 4 | size & 15, size >> 4
    head = bytearray()
    while size:
        head.append(first | 0x80)
        first, size = size & 0x7f, size >> 7
    return bytes(head + bytes([first]))


def packed_object(kind, data, base=None, size=None):
    """An object of a pack. `data` may be bytes, or pieces that have `size` bytes together."""
    pieces = [data] if isinstance(data, bytes) else data
    squeeze = zlib.compressobj(9)
    body = b"".join(squeeze.compress(piece) for piece in pieces) + squeeze.flush()
    name = bytes.fromhex(base) if base else b""
    return pack_head(kind, len(data) if size is None else size) + name + body


def pack(objects, count=None):
    count = len(objects) if count is None else count
    body = b"PACK" + struct.pack(">II", 2, count) + b"".join(objects)
    return body + hashlib.sha1(body).digest()


def line(text):
    return b"%04x" % (len(text) + 4) + text


def advertisement(branches):
    """What upload-pack says first."""
    said, capabilities = b"", b"\0side-band-64k ofs-delta agent=x"
    for name, oid in branches.items():
        said += line(f"{oid} refs/heads/{name}".encode() + capabilities + b"\n")
        capabilities = b""
    return said + b"0000"


def answer(data):
    """What it says to the wants."""
    said = line(b"NAK\n")
    for at in range(0, len(data), 60_000):
        said += line(b"\1" + data[at:at + 60_000])
    return said + b"0000"
