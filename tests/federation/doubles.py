# SPDX-License-Identifier: MIT
"""Replay doubles of Mastodon, GoToSocial, Akkoma, Misskey and snac2: they sign as those sign, and
refuse what those refuse, by what is published about them and what their code does.

    with doubles.running(doubles.Mastodon, doubles.GoToSocial) as (mastodon, gotosocial):
        mia = mastodon.actor("mia")
        mia.follow("http://127.0.0.1:8000/u/bo")             # or "@bo@127.0.0.1:8000"
        mastodon.wait("Accept", verdict="accepted")
        mia.post("<p>hello</p>", spoil="digest")             # all of `spoil`: Double.deliver
        gotosocial.fail(429, retry_after=7)                  # all of `how`: Double.fail

`received` keeps every POST with its verdict and reason, `fetched` every GET, `sent` what went out.
"""

import contextlib
import re

import signatures
from double import (AS, LD_JSON, PUBLIC_NAMES, ACTIVITY_JSON, Double, Drop, Refusal, audience_of, host_of,
                    id_of, many)

HOUR = 3600


@contextlib.contextmanager
def running(*kinds, **options):
    """Doubles of these classes, each on an address of its own, until the end of the block."""
    made = [kind(address=f"127.0.0.{10 + index}", **options) for index, kind in enumerate(kinds)]
    try:
        yield made
    finally:
        for double in made:
            double.stop()


def without_port(name):
    """A server's own actor is called as its host, which has a port only here, on loopback."""
    return re.sub(r":[0-9]+$", "", name)


class Mastodon(Double):
    """Both dialects; the WebFinger of a new actor has to lead back to it; what concerns nobody here,
    or lives on another host than its actor, is dropped behind a 202."""

    software, version = "mastodon", "4.5.0"
    signed_get = ("host", "date", "(request-target)")
    signed_post = ("host", "date", "digest", "content-type", "(request-target)")

    def read_signature(self, request):
        return (signatures.Rfc9421 if request.get("signature-input") else signatures.Cavage)(request)

    def requirements(self, signature):
        request = signature.request
        if isinstance(signature, signatures.Rfc9421):
            self.must_sign(signature, "@method", "@target-uri")
            if request.method == "POST":
                self.must_sign(signature, "content-digest")
                self._content_digest(request)
        else:
            if signature.algorithm not in ("rsa-sha256", "hs2019"):
                raise signatures.Bad(f"algorithm {signature.algorithm}")
            if not {"date", "(created)"} & set(signature.names):
                raise signatures.Bad("neither date nor (created) is signed")
            if not {"(request-target)", "digest"} & set(signature.names):
                raise signatures.Bad("neither (request-target) nor digest is signed")
            self.must_sign(signature, "digest" if request.method == "POST" else "host")
            if request.method == "POST" and not signatures.has_digest(request):
                raise signatures.Bad("the digest is of something else")
        self.age(signature, HOUR + 300, HOUR)

    def _content_digest(self, request):
        try:
            if signatures.has_content_digest(request):
                return
        except signatures.Bad as bad:
            raise Refusal(400, str(bad)) from bad
        raise signatures.Bad("the digest is of something else")

    def admit(self, entry):
        activity = entry.activity
        if isinstance(activity, dict) and activity.get("type") in ("Delete", "Update"):
            actor = id_of(activity.get("actor"))
            if actor == id_of(activity.get("object")) and actor not in self.known:
                return  # an unknown actor about itself: 202, and nothing is verified
        super().admit(entry)

    def check(self, entry):
        if entry.signer is None:
            raise Drop("about an actor that is not known here")
        super().check(entry)

    def key(self, key_id, fresh=False, stub=False):
        actor = self.known.get(key_id.split("#")[0])
        if actor and not fresh:
            return actor["id"], self.key_within(actor, key_id)["publicKeyPem"], True
        return super().key(key_id, fresh, stub)

    def check_actor(self, document):
        super().check_actor(document)
        if AS not in many(document.get("@context")):
            raise signatures.Bad("ActivityStreams is not in @context")
        name, known = document.get("preferredUsername", ""), self.known.get(document["id"])
        if not re.fullmatch(r"[a-z0-9_]+([.-]+[a-z0-9_]+)*", without_port(name), re.IGNORECASE):
            raise signatures.Bad(f"{name!r} is no name")
        if known and known["preferredUsername"] == name:
            return
        if self.webfinger(name, host_of(document["id"])) != document["id"]:
            raise signatures.Bad("WebFinger does not loop back")

    def concerns(self, activity, note, signer, owner):
        here = any(signer in actor.following for actor in self.actors.values())
        named = any(self.mine(each) for each in audience_of(note) + [tag.get("href") for tag in many(note.get("tag"))])
        if not (here or named or host_of(note.get("inReplyTo")) == self.host):
            raise Drop("concerns nobody here")

    def on_announce(self, activity, signer, owner):
        if host_of(activity.get("id")) != host_of(signer):
            raise Drop("its id is on another host")
        here = any(signer in actor.following for actor in self.actors.values())
        if not here and host_of(id_of(activity.get("object"))) != self.host:
            raise Drop("concerns nobody here")
        return super().on_announce(activity, signer, owner)

    def shape_actor(self, document):
        document["@context"] = [AS, "https://w3id.org/security/v1",
                                {"toot": "http://joinmastodon.org/ns#", "discoverable": "toot:discoverable"}]
        document.update(discoverable=True, published="2024-01-01T00:00:00Z", tag=[], attachment=[])

    def shape_note(self, note):
        note["@context"] = [AS, {"ostatus": "http://ostatus.org#", "conversation": "ostatus:conversation",
                                 "sensitive": "as:sensitive"}]
        note.update(sensitive=False, contentMap={"en": note["content"]},
                    conversation=f"tag:{self.host},2026:objectId={self.count}:objectType=Conversation")
        replies = note["id"] + "/replies"
        note["replies"] = {"id": replies, "type": "Collection", "first": {
            "type": "CollectionPage", "partOf": replies, "items": [],
            "next": replies + "?only_other_accounts=true&page=true"}}


class GoToSocial(Double):
    """Authorized fetch always, a strict Content-Type, the key at a path of its own as a stub of its
    actor, no shared inbox, no RFC 9421; what has no id is dropped."""

    software, version = "gotosocial", "0.20.1"
    algorithm, key_suffix = "hs2019", "/main-key"
    has_shared_inbox, authorized_fetch = False, True

    def admit(self, entry):
        kind = (entry.request.get("content-type") or "").replace(" ", "").lower()
        plain = kind.replace(";charset=utf-8", "")
        if plain not in (ACTIVITY_JSON, LD_JSON.replace(" ", "").lower()):
            raise Refusal(406, f"Content-Type {kind!r}")
        super().admit(entry)
        if id_of(entry.activity.get("actor")) != entry.signer:
            raise Refusal(403, "signed by somebody else")

    def requirements(self, signature):
        self.must_sign(signature, "(request-target)", "host", "date")
        if signature.request.method == "POST":
            self.must_sign(signature, "digest")
            if not signatures.has_digest(signature.request):
                raise signatures.Bad("the digest is of something else")

    def key(self, key_id, fresh=False, stub=False):
        if key_id not in self.keys and key_id.split("#")[0] in self.gone:
            raise signatures.Bad("that key was gone once, and is not asked for again")
        return super().key(key_id, fresh, stub)

    def check(self, entry):
        super().check(entry)
        if not entry.activity.get("id"):
            raise Drop("without an id it is transient")

    def is_open(self, path):
        return super().is_open(path) or path.endswith("/main-key")

    def key_document(self, actor):
        def stub():
            whole = actor.document()
            return {key: whole[key] for key in ("@context", "id", "type", "preferredUsername", "publicKey")}
        return stub

    def fetcher(self):
        """It signs as whoever receives; the server's own actor only where there is nobody."""
        return next((actor for actor in self.actors.values() if actor.kind == "Person"), self.instance)

    def _signed_get(self, url, signer, accept, query=None):
        answer = super()._signed_get(url, signer, accept, True)
        if answer.status == 401 and "?" in url:
            answer = super()._signed_get(url, signer, accept, False)
        return answer

    def shape_note(self, note):
        note.update(sensitive=False, contentMap={"en": note["content"]}, interactionPolicy={
            f"can{verb}": {"automaticApproval": [PUBLIC_NAMES[0]], "manualApproval": []}
            for verb in ("Like", "Reply", "Announce")})
        replies = note["id"] + "/replies"
        note["replies"] = {"id": replies, "type": "OrderedCollection",
                           "first": replies + "?limit=20&only_other_accounts=false"}


class Akkoma(Double):
    """Errors are 400, success is 200; nothing older than two hours; ids have to live on the host of
    their actor."""

    software, version = "akkoma", "3.17.0"
    accepted, unsigned = 200, 400
    signed_post = ("(request-target)", "host", "date", "digest", "content-length")
    signs_query = False

    def admit(self, entry):
        activity = entry.activity
        try:
            super().admit(entry)
        except Refusal:
            key_url = (re.search(r'keyId="([^"#]*)', entry.request.get("signature") or "") or [None, None])[1]
            if isinstance(activity, dict) and activity.get("type") == "Delete" and key_url in self.gone:
                entry.reason = "gone"
                return  # a Delete by somebody who is gone: well, and nothing happens
            raise
        if id_of(activity.get("actor")) != entry.signer:
            raise Refusal(400, "signed by somebody else")
        if host_of(activity.get("id")) != host_of(entry.signer):
            raise Refusal(400, "its id is on another host than its actor")

    def check(self, entry):
        if entry.signer is None:
            raise Drop("by somebody who is gone")
        super().check(entry)

    def requirements(self, signature):
        self.must_sign(signature, "(request-target)", "host", "date")
        if signature.request.method == "POST":
            self.must_sign(signature, "digest")
            if not signatures.has_digest(signature.request):
                raise signatures.Bad("the digest is of something else")
        self.age(signature, 2 * HOUR, 40 * 60)

    def note_path(self, name, number):
        return f"/objects/00000000-0000-4000-8000-{number:012}"

    def shape_note(self, note):
        note.update(context=f"{self.origin}/contexts/{self.count}", conversation=f"{self.origin}/contexts/{self.count}",
                    source={"content": note["content"], "mediaType": "text/plain"})


class Misskey(Double):
    """The Host has to be its own, the Digest one value; then always 202, and what is wrong is dropped
    in its queue. No note is ever edited. A Move asks the old actor; an Update is believed as it is."""

    software, version = "misskey", "2026.3.0"
    signed_get = ("(request-target)", "date", "host", "accept")
    signed_post = ("(request-target)", "date", "host", "digest")
    signs_query = False

    def admit(self, entry):
        request = entry.request
        if request.get("host") != self.host:
            raise Refusal(401, f"Host {request.get('host')!r} is not {self.host!r}")
        if not isinstance(entry.activity, dict):
            raise Refusal(400, "no JSON object")
        try:
            signature = signatures.Cavage(request)
            self.must_sign(signature, "(request-target)", "host", "date", "digest")
            if signature.key_id.startswith("acct:"):
                raise signatures.Bad("an acct: key")
            self.age(signature, 300, 300)
        except (signatures.Bad, ValueError, TypeError) as bad:
            raise Refusal(401, str(bad)) from bad
        found = re.fullmatch(r"SHA-256=([A-Za-z0-9+/=]+)", request.get("digest") or "", re.IGNORECASE)
        if not found or found.group(1) != signatures.sha256(request.body):
            raise Refusal(401, "not one Digest, or not of this body")

    def process(self, entry, owner):
        entry.signer = self.verify(entry.request)
        return super().process(entry, owner)

    def check(self, entry):
        if entry.activity.get("actor") != entry.signer:
            raise Drop("signed by somebody else")
        if host_of(entry.activity.get("id")) != host_of(entry.signer):
            raise Drop("its id is on another host than its signer, or nowhere")

    def check_actor(self, document):
        super().check_actor(document)
        host = host_of(document["id"])
        if not re.fullmatch(r"\w([\w.-]*\w)?", without_port(document.get("preferredUsername") or "")):
            raise signatures.Bad("no name")
        urls = [document.get(name) for name in ("inbox", "outbox", "followers", "following", "url", "featured")]
        urls += [key.get("id") for key in many(document.get("publicKey"))]
        for url in urls:
            if url is not None and host_of(url) != host:
                raise signatures.Bad(f"{url} is on another host than its actor")

    def on_update(self, activity, signer, owner):
        if id_of(activity.get("object")) != signer:
            raise Drop("a note is not edited here")
        done = super().on_update(activity, signer, owner)
        if self.known[signer].get("movedTo"):
            return self._moved(signer)
        return done

    def on_move(self, activity, signer, owner):
        self.remember(self.fetch(signer))
        if not self.known[signer].get("movedTo"):
            raise Drop("the old actor does not say that it moved")
        return self._moved(signer)

    def _moved(self, signer):
        target = self.known[signer]["movedTo"]
        return super().on_move({"object": signer, "target": target}, signer, None)

    def note_path(self, name, number):
        return f"/notes/{number:010}"

    def shape_note(self, note):
        note["@context"] = [AS, {"misskey": "https://misskey-hub.net/ns#", "_misskey_content": "misskey:_misskey_content"}]
        note["_misskey_content"] = note["content"]


class Snac(Double):
    """202 to anything well formed; verified later, and dropped in silence. Signs a digest even on a
    GET, asks the collections of whom it meets, has no clock, and believes nothing it does not hold."""

    software, version = "snac", "2.94"
    signed_get = signed_post = ("(request-target)", "host", "digest", "date")
    kept = 36 * HOUR

    def admit(self, entry):
        if not isinstance(entry.activity, dict):
            raise Refusal(400, "no JSON object")
        said = entry.request.get("digest") is not None and entry.inbox != "/inbox"
        if said and not signatures.has_digest(entry.request):
            raise Refusal(400, "the digest is of something else")

    def process(self, entry, owner):
        try:
            entry.signer = self.verify(entry.request)
        except Refusal as refusal:
            raise Drop(f"dropped in silence: {refusal.reason}") from refusal
        return super().process(entry, owner)

    def check(self, entry):
        super().check(entry)
        kind = entry.activity.get("type")
        if kind in ("Reject", "Add", "Remove", "View", "Read"):
            raise Drop(f"{kind} is not looked at")
        own = signatures.Cavage(entry.request).key_id.split("#")[0] == entry.signer
        if kind in ("Update", "Move") and not own and id_of(entry.activity.get("object")) == entry.signer:
            raise Drop("the key's id is not the actor's")

    def takes_type(self, kind):
        return "json" in kind

    def remember(self, document):
        new = document["id"] not in self.known
        super().remember(document)
        if new:
            self.work.put((lambda: [self.get(url) for name in ("followers", "following", "outbox")
                                    if isinstance(url := document.get(name), str)], None))

    def webfinger(self, name, host):
        url = f"http://{host}/.well-known/webfinger?resource=acct:{name}@{host}"
        answer = self.get(url, accept="application/json")
        for link in answer.json().get("links", []) if answer.status == 200 else []:
            if link.get("rel") == "self" and "activity+json" in link.get("type", ""):
                return link["href"]
        raise signatures.Bad(f"{url}: {answer.status}")

    def move_target(self, target):
        if target not in self.known:
            raise Drop("cannot get new actor")
        return self.known[target]

    def actor_path(self, name):
        return f"/{name}"

    def note_path(self, name, number):
        return f"/{name}/p/{1700000000 + number}.000000"


ALL = (Mastodon, GoToSocial, Akkoma, Misskey, Snac)
