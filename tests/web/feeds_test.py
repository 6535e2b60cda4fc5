# SPDX-License-Identifier: MIT
"""The feeds as a feed reader takes them: well-formed, with all that RFC 4287 requires."""

import re
import sys
import xml.etree.ElementTree as tree

import look

ATOM = "{http://www.w3.org/2005/Atom}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def one(element, name):
    found = element.findall(ATOM + name)
    if len(found) != 1 or not (found[0].text or "").strip():
        raise ValueError(f"has {len(found)} or an empty {name}")
    return found[0].text


def links(element):
    return {link.get("rel"): link.get("href") for link in element.findall(ATOM + "link")}


def check(text, origin, path):
    """Raises ValueError with what is wrong; returns the entries' ids."""
    feed = tree.fromstring(text)
    if feed.tag != ATOM + "feed":
        raise ValueError("is no feed")
    if one(feed, "id") != origin + path or links(feed).get("self") != origin + path:
        raise ValueError("does not say where it stands")
    one(feed, "title")
    newest = one(feed, "updated")
    ids = []
    for entry in feed.findall(ATOM + "entry"):
        ids.append(one(entry, "id"))
        for name in ("title", "updated", "published"):
            one(entry, name)
        for name in ("updated", "published"):
            if not TIME.fullmatch(one(entry, name)):
                raise ValueError(f"has the time {one(entry, name)}")
        if one(entry, "updated") > newest:
            raise ValueError("is older than an entry")
        one(entry.find(ATOM + "author"), "name")
        if not links(entry).get("alternate", "").startswith(origin + "/o/"):
            raise ValueError("has an entry without its page")
        content = entry.find(ATOM + "content")
        if content.get("type") != "html" or not content.text.startswith("<"):
            raise ValueError("has an entry without its words")
    if len(set(ids)) != len(ids) or len(ids) > 20:
        raise ValueError("has an entry twice, or too many")
    if newest < max((one(entry, "updated") for entry in feed.findall(ATOM + "entry")), default=""):
        raise ValueError("is older than it should be")
    return ids


def main():
    wrong = 0
    with look.shown(sys.argv[1]) as place:
        for path, least in (("/feed.atom", 20), ("/@bo/feed.atom", 10), ("/@ana/feed.atom", 2),
                            ("/@cy/feed.atom", 8), ("/t/garden/feed.atom", 2)):
            status, text = place.get(path)
            try:
                ids = check(text, place.origin, path)
                if status != 200 or len(ids) < least:
                    raise ValueError(f"has {len(ids)} entries, not {least}")
                if "So do I." in text or "willow" in text:
                    raise ValueError("holds an answer, or what is not for everybody")
            except (ValueError, tree.ParseError) as error:
                wrong += 1
                print(f"{path}: {error}\n{text}")
    print(f"{wrong} feeds are wrong" if wrong else "all feeds can be read")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
