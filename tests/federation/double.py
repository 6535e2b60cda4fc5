# SPDX-License-Identifier: MIT
"""The common half of the replay doubles: a server with actors that signs, verifies, serves documents,
keeps a record of everything and can be broken on purpose. What a software does its own way stands in
doubles.py, as the overriding of what is here.

A double verifies before it answers, and acts afterwards in one thread of its own, as the servers it
stands for do; `wait` waits for both.
"""

import http.client
import http.server
import json
import queue
import re
import socketserver
import threading
import time
import urllib.parse

import signatures

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = AS + "#Public"
PUBLIC_NAMES = (PUBLIC, "as:Public", "Public")
SECURITY = "https://w3id.org/security/v1"
ACTIVITY_JSON = "application/activity+json"
LD_JSON = f'application/ld+json; profile="{AS}"'
ACTORS = ("Person", "Application", "Service", "Group", "Organization")
MAX_BODY = 1 << 20
SECONDS = 20


class Refusal(Exception):
    """What a server answers with an error."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status, self.reason = status, reason


class Drop(Exception):
    """What a server takes, answers well, and throws away."""


class Entry:
    """One request that came in. `verdict` is None until the double has done with it: then `accepted`,
    `refused` (the status says so), `dropped` (the status does not) or `served` (a GET)."""

    def __init__(self, number, request, inbox):
        self.number, self.at, self.request, self.inbox = number, time.time(), request, inbox
        self.activity = self.signer = self.status = self.verdict = self.reason = None
        self.dialect = signatures.dialect_of(request)

    def __repr__(self):
        kind = self.activity.get("type") if isinstance(self.activity, dict) else None
        return (f"<{self.number} {self.request.method} {self.request.target} {kind} {self.dialect} by "
                f"{self.signer}: {self.status} {self.verdict}: {self.reason}>")


class Answer:
    """What a server said to us. Status 0 stands for no answer, `body` then says why."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def kind(self):
        return next((value for name, value in self.headers if name.lower() == "content-type"), "")

    def json(self):
        return json.loads(self.body)


def send(url, request, timeout=SECONDS):
    """Puts exactly these headers on the wire, besides the length of the body."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=timeout)
    try:
        connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value)
        if request.method == "POST" and request.get("content-length") is None:
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read(MAX_BODY + 1))
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, [], repr(error).encode())
    finally:
        connection.close()


def target_of(url):
    parts = urllib.parse.urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def host_of(url):
    return urllib.parse.urlsplit(url).netloc if isinstance(url, str) else None


def id_of(thing):
    return thing.get("id") if isinstance(thing, dict) else thing


def many(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def audience_of(thing):
    return [id_of(each) for key in ("to", "cc") for each in many(thing.get(key))]


class _Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 128


class Double:
    """A server on an address of loopback. `public` is what its ids say, if something like a recorder
    stands in front. `policy` is what it does with follows: `auto` or `manual`."""

    software, version = "double", "1.0"
    accepted = 202
    signed_get = ("(request-target)", "host", "date")
    signed_post = ("(request-target)", "host", "date", "digest")
    algorithm = "rsa-sha256"
    key_suffix = "#main-key"
    signs_query = True
    has_shared_inbox = True
    authorized_fetch = False
    content_type = ACTIVITY_JSON
    accept = f"{ACTIVITY_JSON}, {LD_JSON}"
    running = set()  # of all doubles: no two that run have a key in common

    def __init__(self, address="127.0.0.1", port=0, public=None, policy="auto"):
        self.address, self.policy = address, policy
        self.condition = self.changed = threading.Condition()
        self.actors, self.documents, self.gone = {}, {}, set()
        self.received, self.fetched, self.sent = [], [], []
        self.known, self.keys, self.notes, self.reactions, self.seen = {}, {}, {}, {}, set()
        self.profiles, self.flags, self.moves = {}, [], {}
        self.count, self.failure, self.listener, self.port = 0, None, None, port
        self.work = queue.Queue()
        self.place = next(place for place in range(10_000) if place not in self.running)
        self.running.add(self.place)
        self._listen()
        self.host = public or f"{address}:{self.port}"
        self.origin = f"http://{self.host}"
        threading.Thread(target=self._work, daemon=True).start()
        self.instance = self.actor("instance.actor", kind="Application")

    # Running

    def _listen(self):
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, timeout = "HTTP/1.1", 60
            disable_nagle_algorithm = True

            def handle_any(self):
                double._handle(self)

            do_GET = do_POST = do_HEAD = do_PUT = handle_any

            def log_message(self, *_):
                pass

        self.listener = _Listener((self.address, self.port), Handler)
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    def _close(self):
        if self.listener:
            self.listener.shutdown()
            self.listener.server_close()
            self.listener = None

    def stop(self):
        self.failure = None
        self.work.put(None)
        self.running.discard(self.place)
        self._close()

    def fail(self, how, posts_only=False, retry_after=None):
        """Breaks the server: `silent` (takes the connection, answers nothing), `refuse` (nobody
        listens), `close` (hangs up), `garbage`, or a status such as 410, 429 or 503."""
        if how == "refuse":
            self._close()
        self.failure = (how, posts_only, retry_after)

    def recover(self):
        self.failure = None
        if not self.listener:
            self._listen()

    def _broken(self, handler):
        """Whether the request was answered as a broken server would."""
        how, posts_only, retry_after = self.failure or (None, False, None)
        if how is None or (posts_only and handler.command != "POST"):
            return False
        handler.close_connection = True
        if how == "silent":
            end = time.monotonic() + 120
            while self.failure and self.failure[0] == "silent" and time.monotonic() < end:
                time.sleep(0.05)
        elif how == "garbage":
            handler.wfile.write(b"\0\1\2 nothing of the kind\r\n")
        elif isinstance(how, int):
            more = [("Retry-After", str(retry_after))] if retry_after is not None else []
            self._write(handler, how, "text/plain", b"broken on purpose", more)
        return True

    # Answering

    def _read(self, handler):
        if handler.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while (size := int(handler.rfile.readline(64).split(b";")[0], 16)) and len(body) <= MAX_BODY:
                body += handler.rfile.read(size)
                handler.rfile.readline(3)
            handler.rfile.readline(3)
            return body
        return handler.rfile.read(min(int(handler.headers.get("Content-Length") or 0), MAX_BODY + 1))

    def _handle(self, handler):
        body = self._read(handler)
        request = signatures.Request(handler.command, handler.path, handler.headers.items(), body)
        with self.condition:
            entries = self.received if handler.command == "POST" else self.fetched
            entry = Entry(len(entries) + 1, request, handler.path)
            entries.append(entry)
        if self._broken(handler):
            entry.verdict, entry.reason = "broken", str(self.failure)
            return
        try:
            if handler.command == "POST":
                self._take(handler, entry)
            else:
                self._serve(handler, entry)
        except Refusal as refusal:
            self._finish(entry, "refused", refusal.reason, refusal.status)
            self._write(handler, refusal.status, "text/plain", refusal.reason.encode())

    def _write(self, handler, status, kind, body, more=()):
        handler.send_response_only(status)
        for name, value in [("Content-Type", kind), ("Content-Length", str(len(body))), *more]:
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    def _finish(self, entry, verdict, reason=None, status=None):
        with self.condition:
            entry.verdict, entry.reason = verdict, reason
            entry.status = status or entry.status
            self.changed.notify_all()

    # Receiving

    def _take(self, handler, entry):
        """One POST: the checks before the answer, the answer, and the rest in the other thread."""
        owner = self._inbox(entry.inbox)
        if len(entry.request.body) > MAX_BODY:
            raise Refusal(413, "more than 1 MB")
        try:
            entry.activity = json.loads(entry.request.body)
        except ValueError:
            entry.activity = None
        self.admit(entry)
        entry.status = self.accepted
        self.work.put((entry, owner))
        self._write(handler, self.accepted, "text/plain", b"")

    def _inbox(self, path):
        if path == "/inbox" and self.has_shared_inbox:
            return None
        for actor in self.actors.values():
            if path == target_of(actor.inbox):
                return actor
        raise Refusal(404, "no such inbox")

    def admit(self, entry):
        """What is checked before the answer."""
        if not isinstance(entry.activity, dict):
            raise Refusal(400, "no JSON object")
        entry.signer = self.verify(entry.request)

    def _work(self):
        while (item := self.work.get()) is not None:
            entry, owner = item
            if callable(entry):
                entry()
                continue
            try:
                reason = self.process(entry, owner)
                self._finish(entry, "accepted", reason)
            except (Drop, Refusal) as drop:
                self._finish(entry, "dropped", str(drop))
            except Exception as error:  # pylint: disable=broad-except  # what a document can trip over
                self._finish(entry, "dropped", f"trouble: {error!r}")

    def process(self, entry, owner):
        """Gives an activity its effect, once; the effect's name."""
        activity = entry.activity
        self.check(entry)
        if activity.get("id") in self.seen:
            return "again"
        effect = getattr(self, "on_" + str(activity.get("type")).lower(), None)
        if effect is None:
            raise Drop(f"{activity.get('type')} is not known here")
        done = effect(activity, entry.signer, owner)
        self.seen.add(activity.get("id"))
        return done

    def check(self, entry):
        """The rules for every activity, after the answer."""
        if id_of(entry.activity.get("actor")) != entry.signer:
            raise Drop("signed by somebody else")

    # Verifying

    def requirements(self, signature):
        """What this software wants of a signature besides its being right. Raises."""

    def verify(self, request, stub=False):
        """The id of the actor who signed. With `stub` the key's own document is enough: two servers
        that both want signatures on a GET would else ask each other for ever."""
        try:
            signature = self.read_signature(request)
            self.requirements(signature)
            owner, pem, cached = self.key(signature.key_id, stub=stub)
            if signature.is_by(pem):
                return owner
            if cached:
                owner, pem, _ = self.key(signature.key_id, fresh=True, stub=stub)
                if signature.is_by(pem):
                    return owner
        except (signatures.Bad, ValueError, TypeError) as bad:
            raise Refusal(self.unsigned, str(bad)) from bad
        raise Refusal(self.unsigned, "the signature is not by that key")

    unsigned = 401

    def read_signature(self, request):
        return signatures.Cavage(request)

    def age(self, signature, oldest, newest):
        """Seconds since the signature; refused outside the window."""
        age = time.time() - signature.when()
        if not -newest <= age <= oldest:
            raise signatures.Bad(f"signed {age:.0f} s ago")

    def must_sign(self, signature, *names):
        for name in names:
            if name not in signature.names:
                raise signatures.Bad(f"{name} is not signed")

    def key(self, key_id, fresh=False, stub=False):
        """(owner's id, PEM, whether it was known) of a key: by its exact id, or by its actor's."""
        if not fresh and key_id in self.keys:
            return (*self.keys[key_id], True)
        return (*self.fetch_key(key_id, stub), False)

    def fetch_key(self, key_id, stub=False):
        url = key_id.split("#")[0]
        found = self.fetch(url)
        key = found if "publicKeyPem" in found else self.key_within(found, key_id)
        owner = key.get("owner")
        if stub and "inbox" not in found and host_of(owner) == host_of(key_id):
            return owner, key["publicKeyPem"]
        if owner != found.get("id") or found.get("type") not in ACTORS or "inbox" not in found:
            found = self.fetch(owner)
        if found.get("id") != owner or self.key_within(found, key_id)["publicKeyPem"] != key["publicKeyPem"]:
            raise signatures.Bad("the key's owner does not know it")
        self.remember(found)
        self.keys[key_id] = (owner, key["publicKeyPem"])
        return self.keys[key_id]

    def key_within(self, document, key_id):
        for key in many(document.get("publicKey")):
            if key.get("id") == key_id:
                return key
        raise signatures.Bad(f"no key {key_id} in {document.get('id')}")

    def remember(self, document):
        """Keeps an actor, if this software takes it for one."""
        self.check_actor(document)
        self.known[document["id"]] = document

    def check_actor(self, document):
        if document.get("type") not in ACTORS or not document.get("inbox"):
            raise signatures.Bad("no actor")

    # Fetching

    def takes_type(self, kind):
        """Whether a document of this Content-Type counts."""
        kind = kind.replace(" ", "").lower()
        plain = kind.split(";")[0]
        return plain == ACTIVITY_JSON or (plain == "application/ld+json" and f'profile="{AS}"' in kind)

    def get(self, url, signer=None, accept=None):
        """A GET, signed as this software signs one."""
        signer = signer or self.fetcher()
        for _ in range(4):
            answer = self._signed_get(url, signer, accept or self.accept)
            location = next((value for name, value in answer.headers if name.lower() == "location"), None)
            if not (300 <= answer.status < 400 and location):
                return answer
            url = urllib.parse.urljoin(url, location)
        return answer

    def _signed_get(self, url, signer, accept, query=None):
        request = signatures.Request("GET", target_of(url), [
            ("Host", host_of(url)), ("Date", signatures.http_date()), ("Accept", accept),
            ("User-Agent", f"{self.software}-double")])
        if "digest" in self.signed_get:
            request.headers.append(("Digest", "SHA-256=" + signatures.sha256(b"")))
        query = self.signs_query if query is None else query
        target = request.target if query else request.target.split("?")[0]
        signatures.sign_cavage(request, signer.key, signer.key_id, self.signed_get, self.algorithm, target)
        return send(url, request)

    def fetcher(self):
        return self.instance

    def fetch(self, url, again=True):
        """A document by its id: the right type, the right id, or nothing."""
        answer = self.get(url)
        if answer.status == 410:
            self.gone.add(url)
        if answer.status != 200:
            raise signatures.Bad(f"{url}: {answer.status} {answer.body[:100]!r}")
        if not self.takes_type(answer.kind()) or len(answer.body) > MAX_BODY:
            raise signatures.Bad(f"{url} is {answer.kind()!r}")
        document = answer.json()
        if document.get("id") != url:
            key = any(each.get("id") == url for each in many(document.get("publicKey")))
            if not key and again and isinstance(document.get("id"), str):
                return self.fetch(document["id"], again=False)
            if not key:
                raise signatures.Bad(f"{url} says that it is {document.get('id')}")
        return document

    def resolve(self, who):
        """The document of an actor, by URL or @handle@host, fetched if it is new."""
        handle = re.fullmatch(r"@?([^@/]+)@([^@/]+)", who)
        if handle:
            who = self.webfinger(handle[1], handle[2])
        if who not in self.known:
            self.remember(self.fetch(who))
        return self.known[who]

    def webfinger(self, name, host):
        """The id of an actor, as its server tells it."""
        resource = urllib.parse.quote(f"acct:{name}@{host}", safe="")
        url = f"http://{host}/.well-known/webfinger?resource={resource}"
        request = signatures.Request("GET", target_of(url), [
            ("Host", host), ("Accept", "application/jrd+json, application/json")])
        answer = send(url, request)
        if answer.status != 200:
            raise signatures.Bad(f"{url}: {answer.status}")
        found = answer.json()
        if found.get("subject", "").lower() != f"acct:{name}@{host}".lower():
            raise signatures.Bad(f"{url} is about {found.get('subject')}")
        for link in found.get("links", []):
            if link.get("rel") == "self" and link.get("type") in (ACTIVITY_JSON, LD_JSON):
                return link["href"]
        raise signatures.Bad(f"{url} has no self link")

    # What activities do here

    def mine(self, url):
        return next((actor for actor in self.actors.values() if actor.id == id_of(url)), None)

    def on_follow(self, activity, signer, _):
        actor = self.mine(activity.get("object"))
        if not actor:
            raise Drop("nobody here is followed")
        document = self.resolve(signer)
        if self.policy == "manual":
            actor.requests[signer] = activity
            return "request"
        actor.followers[signer] = document
        self.work.put((lambda: actor.answer(activity, "Accept"), None))
        return "follower"

    def _answered(self, activity, signer, state):
        """Our follow that is answered: known by its id, else by who and whom."""
        held = activity.get("object")
        for actor in self.actors.values():
            follow = actor.following.get(signer)
            same = isinstance(held, dict) and id_of(held.get("actor")) == actor.id
            if follow and (id_of(held) == follow["id"] or same):
                follow["state"] = state
                return state
        raise Drop("answers no follow of ours")

    def on_accept(self, activity, signer, _):
        return self._answered(activity, signer, "accepted")

    def on_reject(self, activity, signer, _):
        return self._answered(activity, signer, "rejected")

    def on_undo(self, activity, signer, _):
        undone = activity.get("object")
        if not isinstance(undone, dict):
            undone = {"id": undone, "type": "Follow", "actor": signer}
        if id_of(undone.get("actor")) != signer:
            raise Drop("undoes what is not theirs")
        kind = undone.get("type")
        if kind in ("Like", "EmojiReact", "Announce"):
            self.reactions.get(id_of(undone.get("object")), {}).pop((signer, kind), None)
            return f"no {kind} any more"
        if kind == "Follow":
            for actor in self.actors.values():
                asked = actor.requests.pop(signer, None)
                if actor.followers.pop(signer, None) or asked:
                    return "unfollowed"
        raise Drop("undoes nothing")

    def _own(self, note, signer):
        """That the note is its sender's, by who wrote it and where it lives."""
        if id_of(note.get("attributedTo")) != signer or host_of(note.get("id")) != host_of(signer):
            raise Drop("a note of somebody else")

    def on_create(self, activity, signer, owner):
        for note in many(activity.get("object")):
            note = note if isinstance(note, dict) else self.fetch(note)
            self._own(note, signer)
            self.concerns(activity, note, signer, owner)
            self.notes.setdefault(note["id"], note)
        return "note"

    def concerns(self, activity, note, signer, owner):
        """Whether anybody here wants it. Raises."""

    def on_update(self, activity, signer, _):
        thing = activity.get("object")
        if id_of(thing) == signer and isinstance(thing, dict):
            self.remember(thing)
            self.profiles[signer] = thing
            for key in many(thing.get("publicKey")):
                self.keys[key["id"]] = (signer, key["publicKeyPem"])
            return "profile"
        self._own(thing, signer)
        if self.notes.get(thing["id"], {}).get("type") not in ("Note", "Question", "Article"):
            raise Drop("an unknown note")
        self.notes[thing["id"]] = thing
        return "edited"

    def on_delete(self, activity, signer, _):
        deleted = id_of(activity.get("object"))
        if deleted == signer:
            self.known.pop(signer, None)
            for actor in self.actors.values():
                actor.followers.pop(signer, None)
                actor.following.pop(signer, None)
            return "gone"
        if host_of(deleted) != host_of(signer):
            raise Drop("a note of another server")
        held = self.notes.get(deleted)
        if held and id_of(held.get("attributedTo")) not in (None, signer):
            raise Drop("a note of somebody else")
        self.notes[deleted] = {"id": deleted, "type": "Tombstone"}
        return "deleted"

    def _react(self, activity, signer):
        self.reactions.setdefault(id_of(activity.get("object")), {})[(signer, activity["type"])] = activity
        return activity["type"].lower()

    def on_like(self, activity, signer, _):
        return self._react(activity, signer)

    def on_announce(self, activity, signer, _):
        return self._react(activity, signer)

    def on_block(self, activity, signer, _):
        actor = self.mine(activity.get("object"))
        if not actor:
            raise Drop("blocks nobody here")
        actor.followers.pop(signer, None)
        actor.following.pop(signer, None)
        return "blocked"

    def on_flag(self, activity, signer, _):
        self.flags.append((signer, activity))
        return "flag"

    def on_move(self, activity, signer, _):
        """Followers go to the target if it says that it was the old one before."""
        target = activity.get("target")
        if id_of(activity.get("object")) != signer or target == signer:
            raise Drop("moves somebody else")
        if time.time() - self.moves.get(signer, 0) < 7 * 86400:
            raise Drop("moved already within 7 days")
        document = self.move_target(target)
        if signer not in many(document.get("alsoKnownAs")):
            raise Drop("the target does not know the old one")
        if document.get("movedTo"):
            raise Drop("the target has moved itself")
        self.moves[signer] = time.time()
        for actor in [each for each in self.actors.values() if signer in each.following]:
            self.work.put((lambda actor=actor: actor.go_along(signer, target), None))
        return "moved"

    def move_target(self, target):
        self.remember(self.fetch(target))
        return self.known[target]

    # Serving

    def _serve(self, handler, entry):
        path, _, query = entry.request.target.partition("?")
        document, kind = self.document(path, urllib.parse.parse_qs(query))
        if document is None:
            raise Refusal(404, "nothing here")
        if self.authorized_fetch and not self.is_open(path):
            entry.signer = self.verify(entry.request, stub=True)
        status = 410 if document.get("type") == "Tombstone" else 200
        self._finish(entry, "served", None, status)
        self._write(handler, status, kind, json.dumps(document).encode())

    def is_open(self, path):
        """Whether it is served to those who do not sign, in a server that asks for signatures."""
        return path.startswith(("/.well-known/", "/nodeinfo")) or path == target_of(self.instance.id)

    def document(self, path, query):
        if path == "/.well-known/webfinger":
            return self._webfinger(query), "application/jrd+json; charset=utf-8"
        if path == "/.well-known/nodeinfo":
            return {"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
                               "href": self.origin + "/nodeinfo/2.0"}]}, "application/json"
        if path == "/nodeinfo/2.0":
            return self._nodeinfo(), "application/json"
        for actor in self.actors.values():
            for url, make in ((actor.id, actor.document), (actor.key_id, self.key_document(actor))):
                if path == target_of(url) and "#" not in url:
                    return make(), self.content_type
            for name, url in (("followers", actor.followers_url), ("following", actor.following_url),
                              ("outbox", actor.outbox)):
                if path == target_of(url):
                    return actor.collection(name), self.content_type
        if path.endswith("/replies") and self.origin + path[:-len("/replies")] in self.documents:
            return self.replies_page(self.origin + path[:-len("/replies")], query), self.content_type
        return self.documents.get(self.origin + path), self.content_type

    def replies_page(self, note, query):
        """What this server has that answers the note, own ones first."""
        asked = "&".join(f"{name}={value}" for name, values in query.items() for value in values)
        items = [each["id"] for each in [*self.documents.values(), *self.notes.values()]
                 if each.get("type") == "Note" and each.get("inReplyTo") == note]
        return {"@context": AS, "id": f"{note}/replies?{asked}", "type": "CollectionPage",
                "partOf": note + "/replies", "items": list(dict.fromkeys(items))}

    def key_document(self, actor):
        return actor.document

    def _webfinger(self, query):
        resource = (query.get("resource") or [""])[0]
        for actor in self.actors.values():
            if resource in (f"acct:{actor.name}@{self.host}", actor.id):
                return {"subject": f"acct:{actor.name}@{self.host}", "aliases": [actor.id],
                        "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": actor.id}]}
        return None

    def _nodeinfo(self):
        return {"version": "2.0", "software": {"name": self.software, "version": self.version},
                "protocols": ["activitypub"], "services": {"inbound": [], "outbound": []},
                "usage": {"users": {}, "localPosts": 0}, "openRegistrations": False, "metadata": {}}

    # Actors, and sending

    def actor(self, name, kind="Person"):
        """The actor of that name, made if it is new."""
        if name not in self.actors:
            self.actors[name] = Actor(self, name, kind)
        return self.actors[name]

    def next(self):
        with self.condition:
            self.count += 1
            return self.count

    def actor_path(self, name):
        return f"/users/{name}"

    def note_path(self, name, number):
        return f"/users/{name}/statuses/{number}"

    def shape_note(self, note):
        """What this software adds to a note."""

    def shape_actor(self, document):
        """What this software adds to an actor."""

    def build(self, actor, inbox, body, spoil=None, dialect="cavage", age=0):
        """A signed POST as this software makes one, spoiled if asked; see `deliver`."""
        kind = spoil.partition("=")[2] if (spoil or "").startswith("content-type=") else self.content_type
        digested = b"something else" if spoil == "digest" else body
        request = signatures.Request("POST", target_of(inbox), [
            ("Host", host_of(inbox)), ("Date", signatures.http_date(time.time() - age)),
            ("Content-Type", kind), ("User-Agent", f"{self.software}-double"),
            ("Content-Length", str(len(body)))], body)
        key_id = actor.key_id + "x" if spoil == "key-id" else actor.key_id
        key = signatures.key_of("somebody else") if spoil == "other-key" else actor.key
        names = [name for name in self.signed_post if spoil != f"unsigned={name}"]
        if dialect == "9421":
            request.headers.append(("Content-Digest", f"sha-256=:{signatures.sha256(digested)}:"))
            names = [name for name in ("@method", "@target-uri", "content-digest") if spoil != f"unsigned={name}"]
            if spoil != "no-signature":
                signatures.sign_rfc9421(request, key, key_id, names, time.time() - age)
        else:
            request.headers.append(("Digest", "SHA-256=" + signatures.sha256(digested)))
            if spoil != "no-signature":
                target = "/elsewhere" if spoil == "target" else request.target.split("?")[0]
                target = request.target if self.signs_query and spoil != "target" else target
                signatures.sign_cavage(request, key, key_id, names, self.algorithm, target)
        self._spoil_after(request, spoil)
        return request

    def _spoil_after(self, request, spoil):
        if spoil == "body":
            request.body = request.body[:-1] + b" }"
            request.headers = [(name, str(len(request.body)) if name == "Content-Length" else value)
                               for name, value in request.headers]
        elif spoil == "host":
            request.headers = [(name, "elsewhere.example" if name == "Host" else value)
                               for name, value in request.headers]
        elif spoil == "cut":
            request.headers = [(name, value.replace('signature="', 'signature="AAAA').replace("=:", "=:AAAA", 1)
                                if name == "Signature" else value) for name, value in request.headers]

    def deliver(self, actor, inbox, activity, spoil=None, dialect="cavage", age=0):
        """Sends an activity (or any bytes) once; the answer, which `sent` keeps too. `age` sets the
        clock back by seconds. `spoil` is one of: body, digest, target, host, key-id, other-key, cut,
        no-signature, unsigned=NAME (that header is left out of what is signed), content-type=TYPE."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        request = self.build(actor, inbox, body, spoil, dialect, age)
        answer = send(inbox, request)
        with self.condition:
            self.sent.append((activity, inbox, answer, request))
        return answer

    # Waiting

    def entries(self, kind=None, **where):
        """The record of POSTs whose activity has that type and those values (of `verdict`, `status`,
        `signer`, `dialect`, or of the activity)."""
        with self.condition:
            return [entry for entry in self.received if self._matches(entry, kind, where)]

    def _matches(self, entry, kind, where):
        activity = entry.activity if isinstance(entry.activity, dict) else {}
        if kind and activity.get("type") != kind:
            return False
        return all(value in (getattr(entry, name, None), id_of(activity.get(name)))
                   for name, value in where.items())

    def wait(self, kind=None, count=1, seconds=SECONDS, **where):
        """Waits for so many of those `entries`, all of them done with."""
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                found = [each for each in self.entries(kind, **where) if each.verdict]
                if len(found) >= count:
                    return found
                if not self.changed.wait(max(end - time.monotonic(), 0)):
                    raise AssertionError(f"{self.software}: {len(found)} {kind} {where}, not {count}, within "
                                         f"{seconds} s: {self.received}")


class Actor:
    """Somebody on a double. What it does is delivered before the call returns, and says how it went:
    the activity, which has its id, and `sent` of the double."""

    def __init__(self, double, name, kind):
        self.double, self.name, self.kind = double, name, kind
        self.id = double.origin + double.actor_path(name)
        self.key_id = self.id + double.key_suffix
        self.inbox = self.id + "/inbox"
        self.outbox, self.followers_url = self.id + "/outbox", self.id + "/followers"
        self.following_url = self.id + "/following"
        self.followers, self.following, self.requests, self.aliases = {}, {}, {}, []
        self.moved_to, self.display, self.activities = None, name, {}

    @property
    def key(self):
        """Made when it is first needed, so that hundreds of doubles start quickly."""
        return signatures.key_of((self.double.place, self.name))

    def document(self):
        double = self.double
        made = {"@context": [AS, SECURITY], "id": self.id, "type": self.kind,
                "preferredUsername": self.name, "name": self.display, "inbox": self.inbox,
                "outbox": self.outbox, "followers": self.followers_url, "following": self.following_url,
                "url": self.id, "manuallyApprovesFollowers": double.policy == "manual",
                "publicKey": {"id": self.key_id, "owner": self.id, "publicKeyPem": signatures.pem_of(self.key)}}
        if double.has_shared_inbox:
            made["endpoints"] = {"sharedInbox": double.origin + "/inbox"}
        if self.aliases:
            made["alsoKnownAs"] = self.aliases
        if self.moved_to:
            made["movedTo"] = self.moved_to
        double.shape_actor(made)
        return made

    def collection(self, name):
        items = {"followers": list(self.followers), "following": list(self.following),
                 "outbox": [each for each in self.activities.values()
                            if each["type"] in ("Create", "Announce") and PUBLIC in audience_of(each)]}[name]
        return {"@context": AS, "id": getattr(self, name if name == "outbox" else name + "_url"),
                "type": "OrderedCollection", "totalItems": len(items), "orderedItems": items}

    # Sending

    def make(self, kind, thing, to=(), cc=(), **more):
        """An activity of this actor, unsent."""
        number = self.double.next()
        made = {"@context": [AS, SECURITY], "id": f"{self.id}#{kind.lower()}s/{number}", "type": kind,
                "actor": self.id, "object": thing, "to": list(to), "cc": list(cc), **more}
        self.activities[made["id"]] = made
        return made

    def send(self, activity, *people, spoil=None, dialect="cavage", age=0):
        """To the inboxes of those people (ids), a shared inbox once for public things."""
        private = PUBLIC not in audience_of(activity) and self.followers_url not in audience_of(activity)
        inboxes = {}
        for who in people:
            document = self.double.resolve(who)
            shared = (document.get("endpoints") or {}).get("sharedInbox")
            inboxes[document["inbox"] if private or not shared else shared] = True
        return [self.double.deliver(self, inbox, activity, spoil, dialect, age) for inbox in inboxes]

    def follow(self, who, **how):
        document = self.double.resolve(who)
        activity = self.make("Follow", document["id"], to=[document["id"]])
        self.following[document["id"]] = {"id": activity["id"], "state": "pending"}
        self.send(activity, document["id"], **how)
        return activity

    def unfollow(self, who):
        document = self.double.resolve(who)
        held = self.following.pop(document["id"])
        return self.undo(self.activities[held["id"]], document["id"])

    def undo(self, activity, *people):
        undone = {key: value for key, value in activity.items() if key != "@context"}
        reversal = self.make("Undo", undone, to=activity["to"], cc=activity["cc"])
        self.send(reversal, *(people or self._people(activity)))
        return reversal

    def answer(self, follow, kind):
        """Accepts or rejects a follow, to the follower's own inbox."""
        follower = id_of(follow["actor"])
        document = self.double.resolve(follower)
        self.requests.pop(follower, None)
        if kind == "Accept":
            self.followers[follower] = document
        else:
            self.followers.pop(follower, None)
        inner = {key: follow[key] for key in ("id", "type", "actor", "object") if key in follow}
        activity = self.make(kind, inner, to=[follower])
        self.double.deliver(self, document["inbox"], activity)
        return activity

    def note(self, content, to="public", mentions=(), in_reply_to=None, **more):
        """A note of this actor, served from now on."""
        number, names = self.double.next(), [self.double.resolve(who)["id"] for who in mentions]
        audience = {"public": ([PUBLIC], [self.followers_url, *names]),
                    "unlisted": ([self.followers_url], [PUBLIC, *names]),
                    "followers": ([self.followers_url], names), "direct": (names, [])}[to]
        note = {"@context": [AS], "type": "Note", "id": self.double.origin + self.double.note_path(self.name, number),
                "attributedTo": self.id, "content": content, "to": audience[0], "cc": audience[1],
                "published": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "tag": [{"type": "Mention", "href": who, "name": self._handle(who)} for who in names]}
        note["url"] = note["id"]
        if in_reply_to:
            note["inReplyTo"] = in_reply_to
        self.double.shape_note(note)
        note.update(more)
        self.double.documents[note["id"]] = note
        return note

    def _handle(self, who):
        return f"@{self.double.known[who]['preferredUsername']}@{host_of(who)}"

    def _people(self, thing):
        named = [each for each in audience_of(thing) if each in self.double.known]
        return {*named, *(self.followers if self.followers_url in audience_of(thing) else ())}

    def post(self, content, spoil=None, dialect="cavage", age=0, **what):
        """A note and its Create, to the followers and whom it mentions; the note. `what` as for `note`."""
        note = self.note(content, **what)
        activity = self.make("Create", note, to=note["to"], cc=note["cc"], published=note["published"])
        self.send(activity, *self._people(note), spoil=spoil, dialect=dialect, age=age)
        return note

    def reply(self, parent, content, **what):
        """To somebody's note by its id: its author is mentioned."""
        note = self.double.notes.get(parent) or self.double.fetch(parent)
        people = [id_of(note["attributedTo"]), *what.pop("mentions", ())]
        return self.post(content, in_reply_to=parent, mentions=people, **what)

    def edit(self, note, content):
        changed = dict(note, content=content, updated=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        self.double.documents[note["id"]] = changed
        activity = self.make("Update", changed, to=note["to"], cc=note["cc"])
        self.send(activity, *self._people(note))
        return activity

    def delete(self, note):
        gone = {"@context": AS, "type": "Tombstone", "id": note["id"]}
        self.double.documents[note["id"]] = gone
        activity = self.make("Delete", gone, to=note["to"], cc=note["cc"])
        self.send(activity, *self._people(note))
        return activity

    def _author(self, note):
        held = self.double.notes.get(note) or self.double.fetch(note)
        return self.double.resolve(id_of(held["attributedTo"]))["id"]

    def like(self, note, **more):
        author = self._author(note)
        activity = self.make("Like", note, to=[author], **more)
        self.send(activity, author)
        return activity

    def boost(self, note):
        author = self._author(note)
        activity = self.make("Announce", note, to=[PUBLIC], cc=[self.followers_url, author])
        self.send(activity, author, *self.followers)
        return activity

    def block(self, who):
        document = self.double.resolve(who)
        self.followers.pop(document["id"], None)
        self.following.pop(document["id"], None)
        activity = self.make("Block", document["id"], to=[document["id"]])
        self.send(activity, document["id"])
        return activity

    def flag(self, who, *notes, comment="look at this"):
        """A report, by the server's own actor."""
        sender, document = self.double.instance, self.double.resolve(who)
        activity = sender.make("Flag", [document["id"], *notes], to=[document["id"]], content=comment)
        sender.send(activity, document["id"])
        return activity

    def update(self):
        """Tells the followers what the actor's document says now."""
        activity = self.make("Update", self.document(), to=[PUBLIC])
        self.send(activity, *self.followers)
        return activity

    def move(self, target):
        """Moves away: first the changed document, then the Move."""
        self.moved_to = target
        self.update()
        activity = self.make("Move", self.id, to=[self.followers_url], target=target)
        self.send(activity, *self.followers)
        return activity

    def go_along(self, old, new):
        """What a follower's server does about a Move: the new follow, and only then the undoing."""
        self.follow(new)
        if 200 <= self.double.sent[-1][2].status < 300 and old in self.following:
            self.unfollow(old)

    def vanish(self):
        """The account is deleted: everybody known is told."""
        activity = self.make("Delete", self.id, to=[PUBLIC])
        self.send(activity, *self.double.known)
        return activity
