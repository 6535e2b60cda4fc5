# SPDX-License-Identifier: MIT
"""The NodeInfo documents of the unit tests must obey the rules of nodeinfo.diaspora.software.

The rules are written down here as JSON Schema: what is required, which words are known, and that
nothing else stands there."""

import json
import os
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: the Python module jsonschema is missing (Debian: python3-jsonschema)")
    sys.exit(77)

COUNT = {"type": "integer", "minimum": 0}
INBOUND = ["atom1.0", "gnusocial", "imap", "pnut", "pop3", "pumpio", "rss2.0", "twitter"]
OUTBOUND = ["atom1.0", "blogger", "diaspora", "gnusocial", "mediawiki", "rss2.0", "smtp", "xmpp"]
PROTOCOLS = ["activitypub", "buddycloud", "dfrn", "diaspora", "libertree", "ostatus", "pumpio",
             "tent", "xmpp", "zot"]


def record(required, properties):
    return {"type": "object", "additionalProperties": False, "required": required,
            "properties": properties}


def schema(version):
    software = {"name": {"type": "string", "pattern": "^[a-z0-9-]+$"}, "version": {"type": "string"}}
    if version == "2.1":
        software.update({"repository": {"type": "string"}, "homepage": {"type": "string"}})
    names = lambda known: {"type": "array", "items": {"type": "string", "enum": known}}
    return record(
        ["version", "software", "protocols", "services", "openRegistrations", "usage", "metadata"], {
            "version": {"enum": [version]},
            "software": record(["name", "version"], software),
            "protocols": dict(names(PROTOCOLS), minItems=1),
            "services": record(["inbound", "outbound"],
                               {"inbound": names(INBOUND), "outbound": names(OUTBOUND)}),
            "openRegistrations": {"type": "boolean"},
            "usage": record(["users"], {
                "users": record([], {"total": COUNT, "activeHalfyear": COUNT, "activeMonth": COUNT}),
                "localPosts": COUNT, "localComments": COUNT}),
            "metadata": {"type": "object"},
        })


def main():
    checked = 0
    for name in sorted(os.listdir(sys.argv[1])):
        if not name.startswith("nodeinfo-2."):
            continue
        with open(os.path.join(sys.argv[1], name), encoding="utf-8") as file:
            document = json.load(file)
        jsonschema.validate(document, schema(name[len("nodeinfo-"):len("nodeinfo-2.0")]))
        checked += 1
        for broken in ({**document, "protocols": ["smoke"]}, {**document, "usage": {}}):
            try:
                jsonschema.validate(broken, schema(document["version"]))
            except jsonschema.ValidationError:
                continue
            print("the rules here are blunt")
            return 1
    print(f"{checked} documents obey their schemas")
    return 0 if checked >= 3 else 1


sys.exit(main())
