#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes an archive as Mastodon gives it to those who leave: invented, but with all that real ones
have (threads, replies, boosts, polls, content warnings, media with alt texts, four visibilities,
many scripts), and on request with what an attacker would put into one.

The same arguments give the same bytes. Nothing is held in memory but one post, so that an archive
of ten years and 100,000 posts can be made on a small machine. Prints what an importer should find,
as one JSON record.

  mastodon_archive.py --format zip --posts 1000 --seed 1 --out archive.zip
"""

import argparse
import contextlib
import datetime
import gzip
import io
import json
import os
import random
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib

HOST = "old.example"
BASE = f"https://{HOST}"
ACTOR = f"{BASE}/users/ana"
FOLLOWERS = f"{ACTOR}/followers"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
# Stands in each picture wherever cameras and programs leave traces; an importer must remove it.
MARKER = "CAMP-HIDDEN-PLACE-52.2297N-21.0122E"
END = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)

STRANGERS = [("bo", "b.example"), ("cem", "social.c.example"), ("zofia", "żółw.example"),
             ("田中", "jp.example"), ("dana_x", "d.example")]
TEXTS = [
    ("en", "The garden has more snails than lettuce this year."),
    ("en", "Does anybody still have a bicycle pump? Mine went to the fair & never came back <3"),
    ("pl", "Zażółć gęślą jaźń, a potem na rower przez Łódź."),
    ("ja", "今日は庭で日本語の本を読みました。"),
    ("zh", "下雨了,茶正好喝。"),
    ("ar", "صباح الخير يا أصدقاء، القهوة جاهزة."),
    ("he", "שלום לכולם, הגן פורח."),
    ("de", "Größe ist Gewöhnungssache, sagt der Fuß."),
    ("en", "Family of four 👨‍👩‍👧‍👦, two flags 🇵🇱🏳️‍🌈 and a thumb 👍🏽."),
    ("en", "Quote: \"nothing\" 'is' \\ lost"),
]
TAGS = ["garden", "soup", "łódź", "日本", "camp"]
ALTS = ["A cat on a wall, looking away.", "Zupa ogórkowa w zielonej misce", "猫が寝ている",
        "", "Screenshot of a letter that begins \"Dear Ana,\""]


# --- pictures -------------------------------------------------------------------------------------

def exif():
    """A TIFF block with a description and a GPS position, both naming the marker."""
    text = MARKER.encode() + b"\0"
    head = b"II*\0" + struct.pack("<I", 8)
    main_size = 2 + 2 * 12 + 4
    text_at = 8 + main_size
    gps_at = text_at + len(text)
    main = struct.pack("<H", 2)
    main += struct.pack("<HHII", 0x010E, 2, len(text), text_at)
    main += struct.pack("<HHII", 0x8825, 4, 1, gps_at) + struct.pack("<I", 0)
    values_at = gps_at + 2 + 4 * 12 + 4
    gps = struct.pack("<H", 4)
    gps += struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0") + struct.pack("<HHII", 2, 5, 3, values_at)
    gps += struct.pack("<HHI4s", 3, 2, 2, b"E\0\0\0") + struct.pack("<HHII", 4, 5, 3, values_at + 24)
    gps += struct.pack("<I", 0)
    values = struct.pack("<12I", 52, 1, 13, 1, 4692, 100, 21, 1, 0, 1, 4392, 100)
    return head + main + text + gps + values


def xmp():
    return (f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description '
            f'photoshop:City="{MARKER}"/></x:xmpmeta>').encode()


class Bits:
    """The entropy-coded part of a JPEG file: bits, with a zero after each byte of ones."""

    def __init__(self):
        self.out = bytearray()
        self.held = 0
        self.count = 0

    def put(self, value, size):
        for shift in range(size - 1, -1, -1):
            self.held = self.held << 1 | (value >> shift & 1)
            self.count += 1
            if self.count == 8:
                self.out.append(self.held)
                if self.held == 0xFF:
                    self.out.append(0)
                self.held = self.count = 0

    def end(self):
        while self.count:
            self.put(1, 1)
        return bytes(self.out)


def jpeg(rng, blocks_wide, blocks_high):
    """A grey baseline picture (ITU-T T.81) of flat 8x8 blocks."""
    def segment(marker, data):
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data

    dc_counts = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])  # table K.3
    dc_codes, code, symbol = {}, 0, 0
    for length, count in enumerate(dc_counts, 1):
        for _ in range(count):
            dc_codes[symbol] = (code, length)
            code, symbol = code + 1, symbol + 1
        code <<= 1
    bits, last = Bits(), 0
    for _ in range(blocks_wide * blocks_high):
        level = rng.randint(-60, 60)
        difference, last = level - last, level
        size = abs(difference).bit_length()
        bits.put(*dc_codes[size])
        bits.put(difference if difference >= 0 else difference + (1 << size) - 1, size)
        bits.put(0, 2)  # end of block
    frame = struct.pack(">BHHBBBB", 8, blocks_high * 8, blocks_wide * 8, 1, 1, 0x11, 0)
    return (b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
            + segment(0xE1, b"Exif\0\0" + exif())
            + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp())
            + segment(0xED, b"Photoshop 3.0\0" + b"8BIM\4\4\0\0" + MARKER.encode())
            + segment(0xFE, MARKER.encode())
            + segment(0xDB, b"\0" + bytes([16] * 64)) + segment(0xC0, frame)
            + segment(0xC4, b"\0" + dc_counts + bytes(range(12)))
            + segment(0xC4, b"\x10" + bytes([0, 1] + [0] * 14) + b"\0")
            + segment(0xDA, b"\1\1\0\0\x3f\0") + bits.end() + b"\xff\xd9")


def png(rng, width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([rng.randrange(256)]) * (3 * width) for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"tEXt", b"Comment\0" + MARKER.encode())
            + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp())
            + chunk(b"eXIf", exif()) + chunk(b"tIME", struct.pack(">HBBBBB", 2020, 1, 2, 3, 4, 5))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def gif():
    return (b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xfe" + bytes([len(MARKER)]) + MARKER.encode()
            + b"\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;")


def mp4():
    def box(kind, data):
        return struct.pack(">I", len(data) + 8) + kind + data
    return box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"free", MARKER.encode()) + box(b"mdat", b"\0" * 64)


KINDS = ["jpeg", "jpeg", "jpeg", "png", "png", "gif", "mp4"]
EXTENSIONS = {"jpeg": "jpg", "png": "png", "gif": "gif", "mp4": "mp4"}
MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "mp4": "video/mp4"}


def media_bytes(seed, number):
    """The file of one attachment, from its number alone: nothing has to be kept until it is written."""
    rng = random.Random(f"{seed}/media/{number}")
    kind = rng.choice(KINDS)
    size = rng.randint(1, 12), rng.randint(1, 12)
    if kind == "jpeg":
        return kind, jpeg(rng, *size)
    if kind == "png":
        return kind, png(rng, *size)
    return kind, gif() if kind == "gif" else mp4()


def media_path(seed, number):
    kind = random.Random(f"{seed}/media/{number}").choice(KINDS)
    folder = f"{number // 1000000:03}/{number // 1000 % 1000:03}/{number % 1000:03}"
    name = f"{zlib.crc32(f'{seed}/{number}'.encode()):08x}"
    return kind, f"media_attachments/files/{folder}/original/{name}.{EXTENSIONS[kind]}"


# --- posts ----------------------------------------------------------------------------------------

def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def time_text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Outbox:
    """Makes the activities one after another, oldest first, and counts what it made."""

    def __init__(self, options):
        self.options = options
        self.rng = random.Random(f"{options.seed}/outbox")
        self.media = 0
        self.last = None  # the newest own post that a self-reply can answer
        self.counts = {"posts": 0, "boosts": 0, "polls": 0, "replies": 0, "self_replies": 0,
                       "warnings": 0, "foreign": 0, "sensitive": 0,
                       "visibility": dict.fromkeys(["public", "unlisted", "followers", "direct"], 0),
                       "media": dict.fromkeys(["jpeg", "png", "gif", "mp4"], 0)}

    def activities(self):
        for number in range(self.options.posts):
            yield self.activity(number)

    def activity(self, number):
        span = datetime.timedelta(days=365.25 * self.options.years)
        published = END - span * ((self.options.posts - number) / self.options.posts)
        identity = 10**17 + number * 1000 + self.rng.randrange(1000)
        signed = number * 3 < self.options.posts  # the older third, as Mastodon 2 wrote it
        if self.rng.random() < 0.15:
            return self.boost(identity, published)
        note = self.note(identity, published, old=signed)
        activity = {"id": f"{note['id']}/activity", "type": "Create", "actor": ACTOR,
                    "published": note["published"], "to": note["to"], "cc": note["cc"], "object": note}
        if signed:
            activity["signature"] = {"type": "RsaSignature2017", "creator": f"{ACTOR}#main-key",
                                     "created": note["published"], "signatureValue": "c2lnbmF0dXJl"}
        if self.options.hostile == "foreign-author" and self.rng.random() < 0.1:
            self.make_foreign(activity)
        return activity

    def make_foreign(self, activity):
        if self.rng.random() < 0.5:
            activity["actor"] = "https://b.example/users/bo"
        else:
            activity["object"]["attributedTo"] = "https://b.example/users/bo"
        self.counts["foreign"] += 1

    def boost(self, identity, published):
        user, host = self.rng.choice(STRANGERS)
        self.counts["boosts"] += 1
        uri = f"{ACTOR}/statuses/{identity}/activity"
        return {"id": uri, "type": "Announce", "actor": ACTOR, "published": time_text(published),
                "to": [PUBLIC], "cc": [f"https://{host}/users/{user}", FOLLOWERS],
                "object": f"https://{host}/users/{user}/statuses/{self.rng.randrange(10**9)}"}

    def audience(self, persons):
        """Visibility, to, cc; direct only with somebody to be direct to."""
        draw = self.rng.random()
        if draw < 0.70 or (draw >= 0.92 and not persons):
            return "public", [PUBLIC], [FOLLOWERS] + persons
        if draw < 0.80:
            return "unlisted", [FOLLOWERS], [PUBLIC] + persons
        if draw < 0.92:
            return "followers", [FOLLOWERS], persons
        return "direct", persons, []

    def note(self, identity, published, old):
        uri = f"{ACTOR}/statuses/{identity}"
        in_reply_to, persons, tags = self.conversation()
        language, content = self.text(tags)
        visibility, to, cc = self.audience(persons)
        note = {"id": uri, "type": "Note", "summary": None, "inReplyTo": in_reply_to,
                "published": time_text(published), "url": f"{BASE}/@ana/{identity}",
                "attributedTo": ACTOR, "to": to, "cc": cc, "sensitive": False, "atomUri": uri,
                "conversation": f"tag:{HOST},2016:objectId={identity}:objectType=Conversation",
                "content": content, "contentMap": {language: content}, "attachment": [], "tag": tags}
        if old and self.rng.random() < 0.2:
            del note["content"]
        elif old:
            del note["contentMap"]
        if self.rng.random() < 0.06:
            note["summary"] = self.rng.choice(["food", "długi wpis", "politics & weather"])
            note["sensitive"] = True
            self.counts["warnings"] += 1
            self.counts["sensitive"] += 1
        if self.rng.random() < 0.02:
            self.make_poll(note)
        else:
            self.attach(note)
        self.counts["posts"] += 1
        self.counts["visibility"][visibility] += 1
        self.last = uri
        return note

    def conversation(self):
        """What it answers, whom it addresses, and the tags for both."""
        draw = self.rng.random()
        tags = []
        if draw < 0.15 and self.last:
            self.counts["self_replies"] += 1
            return self.last, [], tags
        if draw >= 0.40:
            return None, [], tags
        user, host = self.rng.choice(STRANGERS)
        person = f"https://{host}/users/{user}"
        tags.append({"type": "Mention", "href": person, "name": f"@{user}@{host}"})
        if draw < 0.30:
            self.counts["replies"] += 1
            return f"{person}/statuses/{self.rng.randrange(10**9)}", [person], tags
        return None, [person], tags

    def text(self, tags):
        language, sentence = self.rng.choice(TEXTS)
        words = escape(sentence)
        for tag in tags:
            user = tag["name"].split("@")[1]
            words = (f'<span class="h-card" translate="no"><a href="{tag["href"]}" class="u-url '
                     f'mention">@<span>{user}</span></a></span> {words}')
        if self.rng.random() < 0.3:
            name = self.rng.choice(TAGS)
            href = f"{BASE}/tags/{name}"
            tags.append({"type": "Hashtag", "href": href, "name": f"#{name}"})
            words += (f' <a href="{href}" class="mention hashtag" rel="tag">#<span>{name}</span></a>')
        content = f"<p>{words}</p>"
        if self.rng.random() < 0.2:
            content += ('<p>See<br /><a href="https://www.example.org/a/rather/long/path?x=1&amp;y=2" '
                        'rel="nofollow noopener noreferrer" target="_blank"><span class="invisible">'
                        'https://www.</span><span class="ellipsis">example.org/a/rather/long/pa</span>'
                        '<span class="invisible">th?x=1&amp;y=2</span></a></p>')
        return language, content

    def make_poll(self, note):
        note["type"] = "Question"
        note[self.rng.choice(["oneOf", "anyOf"])] = [
            {"type": "Note", "name": name, "replies": {"type": "Collection",
                                                       "totalItems": self.rng.randrange(20)}}
            for name in ["tea & cake", "kawa", "<nothing>"]]
        note["endTime"] = note["published"]
        self.counts["polls"] += 1

    def attach(self, note):
        left = self.options.media - self.media
        if left <= 0 or self.rng.random() > 2 * self.options.media / max(self.options.posts, 1):
            return
        for _ in range(min(left, self.rng.choice([1, 1, 1, 2, 4]))):
            kind, path = media_path(self.options.seed, self.media)
            self.media += 1
            self.counts["media"][kind] += 1
            note["attachment"].append({
                "type": "Document", "mediaType": MEDIA_TYPES[kind], "url": self.media_url(path),
                "name": self.rng.choice(ALTS) or None, "blurhash": "UBL_:rOpGG-;~qRjWBay",
                "width": 64, "height": 64, "focalPoint": [0.5, -0.25]})

    def media_url(self, path):
        return {"plain": "", "slash": "/", "system": "/system/",
                "bucket": "https://files.old.example/bucket/"}[self.options.path_style] + path


def outbox_pieces(outbox):
    options = outbox.options
    yield ('{"@context":["https://www.w3.org/ns/activitystreams",{"sensitive":"as:sensitive"}],'
           f'"id":"outbox.json","type":"OrderedCollection","totalItems":{options.posts},'
           '"orderedItems":[')
    for number, activity in enumerate(outbox.activities()):
        text = json.dumps(activity, ensure_ascii=number % 2 == 0)
        if options.hostile == "duplicate-keys" and number == options.posts // 2:
            text = text[:-1] + ',"actor":"https://b.example/users/bo"}'
        if options.hostile == "broken-json" and number == options.posts // 2:
            yield "," + text[:len(text) // 2] + "]}"
            return
        yield ("," if number else "") + text
    yield "]}"


# --- containers -----------------------------------------------------------------------------------

class ZipArchive:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)

    def add(self, name, pieces, kind=stat.S_IFREG):
        info = zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system = 3
        info.external_attr = (kind | 0o644) << 16
        with self.zip.open(info, "w", force_zip64=True) as out:
            for piece in pieces:
                out.write(piece)

    def add_symlink(self, name, target):
        self.add(name, [target.encode()], stat.S_IFLNK)

    def add_device(self, name):
        self.add(name, [], stat.S_IFCHR)

    def close(self):
        self.zip.close()


class TarArchive:
    """Sizes stand before the bytes, so each entry waits in a temporary file."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.gzip = gzip.GzipFile("", "wb", 6, self.file, mtime=0)
        self.tar = tarfile.open(fileobj=self.gzip, mode="w|", format=tarfile.PAX_FORMAT)

    def info(self, name, kind):
        info = tarfile.TarInfo(name)
        info.type = kind
        info.mode = 0o644
        return info

    def add(self, name, pieces):
        with tempfile.TemporaryFile() as held:
            for piece in pieces:
                held.write(piece)
            info = self.info(name, tarfile.REGTYPE)
            info.size = held.tell()
            held.seek(0)
            self.tar.addfile(info, held)

    def add_link(self, name, target, kind):
        info = self.info(name, kind)
        info.linkname = target
        self.tar.addfile(info)

    def add_symlink(self, name, target):
        self.add_link(name, target, tarfile.SYMTYPE)

    def add_hardlink(self, name, target):
        self.add_link(name, target, tarfile.LNKTYPE)

    def add_device(self, name):
        info = self.info(name, tarfile.CHRTYPE)
        info.devmajor, info.devminor = 1, 3
        self.tar.addfile(info)

    def close(self):
        self.tar.close()
        self.gzip.close()
        self.file.close()


def add_hostile(archive, options):
    evil = [b"evil\n"]
    if options.hostile == "traversal":
        archive.add("../../camp-evil.txt", evil)
        archive.add("media_attachments/../../camp-evil.txt", evil)
    elif options.hostile == "absolute":
        archive.add("/tmp/camp-evil.txt", evil)
    elif options.hostile == "symlink":
        archive.add_symlink("media_attachments/link", "/tmp")
        archive.add("media_attachments/link/camp-evil.txt", evil)
    elif options.hostile == "hardlink":
        archive.add_hardlink("media_attachments/link", "/etc/passwd")
    elif options.hostile == "device":
        archive.add_device("media_attachments/null")
    elif options.hostile == "bomb":
        zeros = bytes(1 << 20)
        archive.add("media_attachments/bomb.jpg", (zeros for _ in range(options.bomb_mib)))
    elif options.hostile == "case-twins":
        archive.add("media_attachments/files/Twin.jpg", evil)
        archive.add("media_attachments/files/twin.JPG", evil)
    elif options.hostile == "many-entries":
        for number in range(options.entries):
            archive.add(f"media_attachments/many/{number}", [])


def actor(path_of):
    return {"@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": ACTOR, "type": "Person", "following": f"{ACTOR}/following",
            "followers": FOLLOWERS, "inbox": f"{ACTOR}/inbox", "outbox": "outbox.json",
            "preferredUsername": "ana", "name": "Ana Żółć 🌱", "url": f"{BASE}/@ana",
            "summary": "<p>Gardens, soup, <a href=\"https://ana.example\">letters</a>.</p>",
            "manuallyApprovesFollowers": False, "published": "2016-11-01T00:00:00Z",
            "publicKey": {"id": f"{ACTOR}#main-key", "owner": ACTOR, "publicKeyPem": "-----BEGIN"},
            "icon": {"type": "Image", "mediaType": "image/png", "url": path_of["icon"]},
            "image": {"type": "Image", "mediaType": "image/jpeg", "url": path_of["image"]},
            "likes": "likes.json", "bookmarks": "bookmarks.json"}


def collection(name, count, rng):
    uris = []
    for _ in range(count):
        user, host = rng.choice(STRANGERS)
        uris.append(f"https://{host}/users/{user}/statuses/{rng.randrange(10**12)}")
    document = {"@context": "https://www.w3.org/ns/activitystreams", "id": name,
                "type": "OrderedCollection", "orderedItems": uris}
    return json.dumps(document).encode(), len(set(uris))


def write_archive(options):
    rng = random.Random(f"{options.seed}/rest")
    outbox = Outbox(options)
    archive = (ZipArchive if options.format == "zip" else TarArchive)(options.out)
    with contextlib.closing(archive):
        # Mastodon's own order: the media first, the actor last.
        with tempfile.TemporaryFile() as held:
            for piece in outbox_pieces(outbox):
                held.write(piece.encode("utf-8"))
            for number in range(outbox.media):
                _, path = media_path(options.seed, number)
                archive.add(path, [media_bytes(options.seed, number)[1]])
            add_hostile(archive, options)
            held.seek(0)
            archive.add("outbox.json", iter(lambda: held.read(1 << 16), b""))
        likes, like_count = collection("likes.json", options.posts // 10, rng)
        marks, mark_count = collection("bookmarks.json", options.posts // 50, rng)
        archive.add("likes.json", [likes])
        archive.add("bookmarks.json", [marks])
        archive.add("avatar.png", [png(rng, 40, 40)])
        archive.add("header.jpg", [jpeg(rng, 15, 5)])
        document = actor({"icon": "avatar.png", "image": "header.jpg"})
        archive.add("actor.json", [json.dumps(document, ensure_ascii=False).encode()])
    if options.hostile == "truncated":
        os.truncate(options.out, os.path.getsize(options.out) * 6 // 10)
    return {**outbox.counts, "likes": like_count, "bookmarks": mark_count, "marker": MARKER,
            "actor": ACTOR}


# --- lists ----------------------------------------------------------------------------------------

def write_lists(options):
    """Mastodon's CSV files, in the three spellings that importers meet."""
    rng = random.Random(f"{options.seed}/lists")
    people = [f"{user}@{host}" for user, host in STRANGERS if user.isascii()]
    files = {
        "following_accounts": (["Account address", "Show boosts", "Notify on new posts", "Languages"],
                               [[p, rng.choice(["true", "false"]), "false",
                                 rng.choice(["", '"en, de"'])] for p in people]),
        "followers": (["Account address"], [[p] for p in people]),
        "muted_accounts": (["Account address", "Hide notifications"], [[people[0], "true"]]),
        "blocked_accounts": (None, [["spam@bad.example"], ["troll@worse.example"]]),
        "blocked_domains": (None, [["bad.example"], ["worse.example"]]),
        "lists": (None, [['"Friends, old"', people[0]], ["Garden", people[1]]]),
        "bookmarks": (None, [[f"https://b.example/users/bo/statuses/{n}"] for n in range(5)])}
    end = "\r\n" if options.csv_style == "crlf-bom" else "\n"
    os.makedirs(options.csv_dir, exist_ok=True)
    for name, (header, rows) in files.items():
        if header and options.csv_style != "bare":
            rows = [header] + rows
        text = "".join(",".join(row) + end for row in rows)
        encoding = "utf-8-sig" if options.csv_style == "crlf-bom" else "utf-8"
        with io.open(os.path.join(options.csv_dir, f"{name}.csv"), "w", encoding=encoding,
                     newline="") as out:
            out.write(text)
    return {name: len(rows) for name, (_, rows) in files.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--format", choices=["zip", "tar.gz"], default="zip")
    parser.add_argument("--posts", type=int, default=100, help="posts and boosts together")
    parser.add_argument("--years", type=float, default=10)
    parser.add_argument("--media", type=int, default=0, help="attachments, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True)
    parser.add_argument("--csv-dir", help="write the CSV lists there as well")
    parser.add_argument("--csv-style", choices=["plain", "crlf-bom", "bare"], default="plain")
    parser.add_argument("--path-style", choices=["plain", "slash", "system", "bucket"], default="plain")
    parser.add_argument("--hostile", choices=[
        "traversal", "absolute", "symlink", "hardlink", "device", "bomb", "case-twins",
        "many-entries", "broken-json", "duplicate-keys", "foreign-author", "truncated"])
    parser.add_argument("--bomb-mib", type=int, default=64)
    parser.add_argument("--entries", type=int, default=25000)
    options = parser.parse_args()
    if options.hostile == "hardlink" and options.format == "zip":
        parser.error("a zip file has no hard links; use --format tar.gz")
    summary = write_archive(options)
    if options.csv_dir:
        summary["lists"] = write_lists(options)
    print(json.dumps(summary, sort_keys=True))


if __name__ == "__main__":
    main()
