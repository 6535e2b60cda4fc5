# SPDX-License-Identifier: MIT
"""The stage of leak_test.py: words that nobody else has, the servers that listen, and somebody who
knocks at every door.

A *canary* is a word of letters and digits that stands in one object alone. Who may get it is said when
it is made, by the names of the servers; whatever else has it has it by a leak. Ids and digests of what
is kept are looked for as well.
"""

import collections
import http.client
import json
import os
import random
import re
import threading

import camp_server
import doubles
import faults
import fedify
import recorder
import support

SITE = "site"  # what anybody gets who asks camp
CANARY = re.compile(rb"zq[0-9a-z]{14}")
OBJECT = re.compile(rb"01[0-9a-hjkmnp-tv-z]{34}")
DIGEST = re.compile(rb"[0-9a-f]{64}")
BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
ACTIVITY = "application/activity+json"
ACCEPTS = (ACTIVITY, 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"', "text/html", "*/*",
           "application/atom+xml", "application/json", "image/png", "text/plain;q=0.1, nothing", None)
METHODS = ("GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "POST", "PROPFIND", "TRACE")

# What may be asked of one object, of a file by its digest, of a repository by its name, with a word.
OF_OBJECTS = (
    "/o/{id}", "/o/{id}/create", "/o/{id}/replies", "/o/{id}/context", "/o/{id}/likes", "/o/{id}/shares", "/o/{id}/",
    "/o/{id}/history", "/o/{id}.json", "/o/{id}.atom", "/o/{id}?page=true", "/o/{id}%00", "/o//{id}", "/O/{id}",
    "/o/{id}/replies?page=true", "/o/{upper}", "/o/{short}", "/@ana/{id}", "/@ana/{short}", "/u/ana/{id}",
    "/u/ana/statuses/{id}", "/u/ana/outbox?page=true&before={id}", "/u/ana/outbox?before={id}",
    "/u/ana/followers?page=true&before={id}", "/u/ana/following?page=true&before={id}", "/u/bo/outbox?page=true&before={id}",
    "/.well-known/webfinger?resource={origin}/o/{id}", "/authorize_interaction?uri={origin}/o/{id}",
    "/oembed?url={origin}/o/{id}", "/api/v1/statuses/{id}", "/api/v1/statuses/{id}/context", "/share?text={id}",
    "/u/ana?before={id}", "/feed?before={id}", "/u/ana/feed?before={id}", "/?before={id}", "/o/../o/{id}", "/o/%2e/{id}",
    "/inbox/{id}", "/u/ana/inbox?id={id}", "/edit/{id}", "/t/{id}", "/git/public.git/{id}", "/x/{id}/create")
OF_FILES = (
    "/media/{sha}", "/media/{sha}.png", "/media/{sha}.jpg", "/media/{sha}.webp", "/media/local/{two}/{sha}",
    "/media/public/{two}/{sha}", "/media/private/{member}/{two}/{sha}", "/media/{two}/{sha}.png", "/media/../media/{sha}.png",
    "/avatar/{sha}.png", "/camp-media/local/{sha}", "/git/local.git/media/{sha}")
OF_REPOSITORIES = (
    "/git/{repository}.git/info/refs?service=git-upload-pack", "/git/{repository}.git/info/refs", "/git/{repository}.git/HEAD",
    "/git/{repository}.git/git-upload-pack", "/git/{repository}.git/objects/info/packs", "/git/{repository}.git/config",
    "/git/{repository}/info/refs?service=git-upload-pack", "/{repository}.git/info/refs?service=git-upload-pack",
    "/git/public.git/../{repository}.git/HEAD", "/git/%2e%2e/{repository}.git/HEAD", "/git/{repository}.git/info/refs?service=git-receive-pack")
OF_WORDS = (
    "/t/{word}", "/tags/{word}", "/tag/{word}.atom", "/t/{word}?page=1", "/search?q={word}", "/?q={word}", "/u/{word}",
    "/u/ana?tag={word}", "/.well-known/webfinger?resource=acct:{word}@{host}", "/api/v2/search?q={word}")
# The faces of the site: what they say may not change by what is kept.
FACES = (
    "/", "/u/ana", "/u/ana/outbox", "/u/ana/outbox?page=true", "/u/ana/followers", "/u/ana/followers?page=true",
    "/u/ana/following", "/u/ana/following?page=true", "/u/bo", "/u/bo/outbox", "/u/bo/outbox?page=true", "/u/bo/followers",
    "/u/bo/following", "/u/cy", "/u/cy/outbox", "/u/cy/outbox?page=true", "/actor", "/actor/outbox", "/nodeinfo/2.0",
    "/nodeinfo/2.1", "/.well-known/nodeinfo", "/.well-known/host-meta", "/.well-known/webfinger?resource=acct:ana@{host}",
    "/.well-known/webfinger?resource={origin}/u/bo", "/.well-known/webfinger?resource={origin}", "/feed", "/feed.atom", "/atom.xml",
    "/u/ana/feed", "/u/ana.atom", "/u/ana/atom", "/robots.txt", "/sitemap.xml", "/favicon.ico", "/about", "/search?q=a", "/t/garden",
    "/t/garden/feed", "/inbox", "/u/ana/inbox", "/camp.toml", "/state/index.db", "/state/server.db", "/lock", "/keys/",
    "/local.git/HEAD", "/.git/config", "/git/", "/media/", "/o/", "/u/", "/api/v1/timelines/public", "/api/v1/instance",
    "/api/v2/instance", "/api/v1/accounts/lookup?acct=ana", "/nothing", "/%", "/u/ana/../../local.git/HEAD", "/u/ana%2foutbox")


class Canaries:
    """The words, and what else must not be seen; each with those who may have it."""

    def __init__(self, seed):
        self.random, self.may = random.Random(seed), {}

    def word(self, *may, about=""):
        made = "zq" + "".join(self.random.choice("abcdefghijkmnpqrstuvwxyz0123456789") for _ in range(14))
        self.may[made.encode()] = (frozenset(may), about)
        return made

    def keep(self, thing, about, *may):
        self.may[thing.encode()] = (frozenset(may), about)

    def forbidden(self, data, where, asked=b""):
        """Those in the bytes that `where` must not have. What was asked for may be repeated."""
        found = {token for pattern in (CANARY, OBJECT, DIGEST) for token in pattern.findall(data) if token in self.may}
        return sorted(token for token in found if where not in self.may[token][0] and token not in asked)

    def unknown_id(self, like):
        """An id of that very millisecond that never was."""
        return like[:10] + self.random.choice("01234567") + "".join(self.random.choice(BASE32) for _ in range(25))

    def unknown_digest(self):
        return "".join(self.random.choice("0123456789abcdef") for _ in range(64))


class Knocker:
    """Asks camp, on connections that stay, and counts. Threads each have their own."""

    def __init__(self, host, address, port):
        self.host, self.address, self.port = host, address, port
        self.lock, self.local, self.count = threading.Lock(), threading.local(), 0

    def ask(self, path, accept=None, method="GET", headers=(), body=None):
        """(status, header lines without the date, body)."""
        for last in (False, True):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = self.local.connection = http.client.HTTPConnection(self.address, self.port, timeout=30)
            try:
                connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
                sent = [("Host", self.host), *([("Accept", accept)] if accept else []), *headers]
                if body is not None or method in ("POST", "PUT", "PATCH"):
                    sent.append(("Content-Length", str(len(body or b""))))
                for name, value in sent:
                    connection.putheader(name, value)
                connection.endheaders(body)
                answer = connection.getresponse()
                lines = tuple(sorted((name.lower(), value) for name, value in answer.getheaders()
                                     if name.lower() != "date"))
                whole = answer.status, lines, answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                self.local.connection = None
                if last:
                    raise
                continue
            if answer.will_close:
                connection.close()
                self.local.connection = None
            with self.lock:
                self.count += 1
            return whole


def as_bytes(answer):
    return b"\n".join([str(answer[0]).encode(), *(f"{name}: {value}".encode() for name, value in answer[1]), answer[2]])


class Post:
    """What one object of the community holds, word by word."""

    def __init__(self, number, audience, may, told):
        self.number, self.audience, self.may, self.told = number, audience, may, told
        self.words, self.id, self.digest, self.marker = {}, None, None, None


class Stage:
    """A community behind a recorder, and around it, each behind one as well: followers at `mastodon`
    (mia) and `gotosocial` (gil) and, where its modules are, at the live peer; max of `mastodon`, who
    follows nobody and is written to; ada of `akkoma`, a stranger; kei of `misskey`, who followed once;
    sol of `snac`, who is blocked or has blocked."""

    def __init__(self, program, directory, seed):
        self.directory, self.canaries = directory, Canaries(seed)
        self.random, self.stopping, self.posts = random.Random(seed), [], []
        os.makedirs(directory)
        self.front = self.started(recorder.Recorder(directory + "/front"))
        self.addressee = self.canaries.word(about="the handle of a member who is only written to")
        self.camp = camp_server.CampServer(program, directory + "/camp", public=self.front.host, seed=seed)
        self.camp.init("bo", "cy", self.addressee)
        self.front.upstream = (self.camp.address, self.camp.port)
        self.stopping.append(self.camp)
        self.camp.start()
        self.knocker = Knocker(self.camp.host, self.front.address, self.front.port)
        self.ana = self.camp.actor("ana")
        self._surround()
        self._follow()

    def started(self, thing):
        self.stopping.append(thing)
        return thing

    def stop(self):
        """Everything, also if something of it does not end well; camp first."""
        failures = []
        for thing in [self.camp, *(each for each in self.stopping if each is not self.camp)]:
            try:
                thing.stop()
            except Exception as failure:  # pylint: disable=broad-except
                failures.append(failure)
        if failures:
            raise failures[0]

    def _surround(self):
        self.servers, self.recorders = {}, {}
        for index, kind in enumerate(doubles.ALL):
            double, made = recorder.in_front_of(kind, f"{self.directory}/{kind.software}", address=f"127.0.0.{30 + index}")
            self.servers[kind.software], self.recorders[kind.software] = self.started(double), self.started(made)
        mastodon = self.servers["mastodon"]
        self.mia, self.gil = mastodon.actor("mia"), self.servers["gotosocial"].actor("gil")
        self.max = mastodon.actor(self.canaries.word("mastodon", about="the handle of a person elsewhere who is written to"))
        self.ada, self.kei = self.servers["akkoma"].actor("ada"), self.servers["misskey"].actor("kei")
        self.sol = self.servers["snac"].actor("sol")
        self.peer = None
        if not fedify.missing():
            self.peer = self.started(fedify.Peer(self.directory + "/peer", dialect="cavage-first"))
            self.fred = self.peer.actor("fred")

    def can(self, command):
        return self.camp.run(command, "--help").returncode == 0

    def _follow(self):
        for actor in (self.mia, self.gil, self.kei, self.sol):
            actor.follow(f"@ana@{self.camp.host}")
            actor.double.wait("Accept", verdict="accepted", seconds=60)
        if self.peer:
            self.peer.call("follow", as_="fred", who=f"@ana@{self.camp.host}")
            self.peer.expect("actors", "fred", "following", self.ana, "state", value="accepted", seconds=60)
        self.kei.unfollow(self.ana)
        if self.can("block"):
            self.camp.ok("block", self.handle(self.sol), member="ana")
        else:
            self.sol.block(self.ana)
        self.has_mutuals = self.can("follow")
        if self.has_mutuals:
            for who, whom in (("bo", "@ana"), ("ana", "@bo"), ("cy", "@ana"), ("ana", self.handle(self.mia))):
                self.camp.ok("follow", whom, member=who)
            self.mia.double.wait("Follow", verdict="accepted", seconds=60)
        recorder.settle(self.front)

    def handle(self, actor):
        return f"@{actor.name}@{actor.double.host}"

    # Writing

    def followers(self):
        return {"mastodon", "gotosocial", *(["fedify"] if self.peer else [])}

    def audiences(self):
        """(name, words of the command, who may have it besides nobody, in whose place it must arrive)."""
        listening = self.followers()
        mutual = {"mastodon"} if self.has_mutuals else set()
        return [
            ("public", ("--to", "public"), {SITE, *self.recorders, "fedify"}, listening),
            ("unlisted", ("--to", "unlisted"), {SITE, *self.recorders, "fedify"}, listening),
            ("local", ("--to", "local"), (), ()),
            ("local+followers", ("--to", "local", "--only", "followers"), (), ()),
            ("local+mutuals", ("--to", "local", "--only", "mutuals"), (), ()),
            ("to a member", ("--to", "direct", "--only", "@" + self.addressee), (), ()),
            ("to members", ("--to", "local", "--only", f"@bo,@{self.addressee}"), (), ()),
            ("followers", ("--to", "followers"), listening, listening),
            ("public+mutuals", ("--to", "public", "--only", "mutuals"), mutual, mutual),
            ("to a person elsewhere", ("--to", "direct", "--only", self.handle(self.max)), {"mastodon"}, {"mastodon"}),
            ("to both", ("--to", "direct", "--only", f"@bo,{self.handle(self.max)}"), {"mastodon"}, {"mastodon"}),
        ]

    def write(self, audience, options, may, told, command=("post",), member="ana", mention=""):
        """One post with a canary in each place; None if the member may not."""
        post = Post(len(self.posts), audience, may, told)
        about = f"{audience}, number {post.number}"
        post.words = {name: self.canaries.word(*may, about=f"{name} of {about}") for name in ("text", "summary", "alt", "tag")}
        post.marker = self.canaries.word(*may, about=f"pixels of {about}")
        file = f"{self.directory}/{post.number}.png"
        with open(file, "wb") as handle:
            handle.write(faults.picture(post.marker.encode(), shade=self.random.randrange(256)))
        text = f"{post.words['text']} #{post.words['tag']} {mention}".strip()
        done = self.camp.run(*command, *options, "--summary", post.words["summary"], "--attach", file, "--alt", post.words["alt"],
                             text, "--json", member=member)
        if done.returncode == 4:
            return None
        if done.returncode != 0:
            raise faults.Failed(f"{command} {options}: {done.stderr.decode(errors='replace')}")
        row = json.loads(done.stdout)
        post.id, post.digest = row["id"], row["attachments"][0]["sha256"]
        if SITE not in may:
            self.canaries.keep(self.object_of(post), "id of " + about, *may)
            self.canaries.keep(post.digest, "digest of the picture of " + about, *may)
        self.posts.append(post)
        return post

    @staticmethod
    def object_of(post):
        return post.id.split("/")[1]

    def perform(self, audience, options, may, told):
        """Everything that can be done with posts of one audience."""
        camp, how = self.camp, (audience, options, may, told)
        first = self.write(*how, mention=self.handle(self.gil) if "person" not in audience else "")
        self.wait_for(first)  # an edit takes its words out of what has not left yet
        edited = self.canaries.word(*may, about=f"edit of {audience}")
        camp.ok("edit", first.id, edited, member="ana")
        first.words["edit"] = edited
        inherit = (audience, (), may, told if audience in ("public", "unlisted") else ())
        self._answer(inherit, first)
        gone = self.write(*how)
        self.wait_for(gone)
        self.camp.ok("delete", gone.id, *(("--now",) if self.random.random() < 0.5 else ()), member="ana")
        return first

    def _answer(self, inherit, post):
        audience, _, may, told = inherit
        reply = self.write(audience, (), may, told, command=("reply", post.id), member="ana")
        others = () if audience not in ("public", "unlisted", "local", "to both", "to members") else ("bo",)
        for other in others:
            self.write(audience, (), may, (), command=("reply", post.id), member=other)
        for member in ("ana", *others):
            for verb in ("like", "boost"):
                if self.camp.run(verb, post.id, member=member).returncode == 0 and member == "ana":
                    self.camp.run(verb, post.id, "--undo", member=member)
        if reply:
            self.wait_for(reply)
            self.camp.ok("delete", reply.id, member="ana")

    def kept_ids(self):
        """Ids of everything in the repositories that are not public, and of local reach."""
        ids = set()
        for repository in self.camp.repositories():
            if repository.endswith("/public.git"):
                continue
            for branch in faults.git(repository, "for-each-ref", "--format=%(refname)").decode().split():
                for line in faults.git(repository, "ls-tree", "-r", branch).decode().splitlines():
                    meta, path = line.split("\t")
                    if not path.endswith(".json"):
                        continue
                    body = faults.git(repository, "cat-file", "blob", meta.split()[2])
                    told = b'"type":"Follow"' in body and b'"object":"camp:' not in body  # to whom it names
                    if b'"camp:local"' in body and not told:
                        ids.update(OBJECT.findall(path.encode()))
        return sorted(each.decode() for each in ids)

    # Asking

    def fill(self, shape, **words):
        return shape.format(host=self.camp.host, origin="http://" + self.camp.host, **words)

    def probes(self, kept):
        """Without end: (path, the same of something that never was, what to call both)."""
        canaries, digests = self.canaries, [post.digest for post in self.posts if SITE not in post.may]
        words = [word for post in self.posts if SITE not in post.may for word in post.words.values()]
        members = sorted(self.camp.members().values())
        choose = self.random.choice
        while True:
            kind = self.random.choices(("object", "file", "repository", "word"), (12, 4, 1, 2))[0]
            if kind == "object":
                secret = choose(kept)
                never = canaries.unknown_id(secret)
                shape = choose(OF_OBJECTS)
                yield (self.fill(shape, **self._of_id(secret)), self.fill(shape, **self._of_id(never)),
                       [self._of_id(secret), self._of_id(never)])
            elif kind == "file" and digests:
                secret, never, shape = choose(digests), canaries.unknown_digest(), choose(OF_FILES)
                both = [{"sha": each, "two": each[:2]} for each in (secret, never)]
                member = choose(members)
                yield (*(self.fill(shape, member=member, **each) for each in both), both)
            elif kind == "repository":
                shape, member = choose(OF_REPOSITORIES), choose(members)
                never = "".join(self.random.choice(BASE32) for _ in range(32))
                both = [{"repository": "local"}, {"repository": "private/" + never}] if self.random.random() < 0.3 else [
                    {"repository": "private/" + member}, {"repository": "private/" + never}]
                yield (*(self.fill(shape, **each) for each in both), both)
            elif kind == "word" and words:
                secret, shape = choose(words), choose(OF_WORDS)
                never = "zq" + "".join(self.random.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(14))
                both = [{"word": secret}, {"word": never}]
                yield (*(self.fill(shape, **each) for each in both), both)

    @staticmethod
    def _of_id(each):
        return {"id": each, "upper": each.upper(), "short": each[10:17]}

    def twins(self, probe, accept, method, headers=()):
        """Both answers, with the names that were asked for made the same."""
        answers = []
        for path, names in zip(probe[:2], probe[2]):
            status, lines, body = self.knocker.ask(path, accept, method, headers)
            # A page says in its id where it begins, and so its tag differs.
            data = as_bytes((status, [line for line in lines if line[0] != "etag"], body))
            leaked = self.canaries.forbidden(data, SITE, path.encode())
            for name in sorted((each for each in names.values() if len(each) > 2), key=len, reverse=True):
                data = data.replace(name.encode(), b"NAME")
            answers.append((data, leaked))
        return answers

    def faces(self):
        """What each face of the site says to each who asks."""
        said = collections.OrderedDict()
        for shape in FACES:
            for accept in ACCEPTS:
                path = self.fill(shape)
                said[path, accept] = self.knocker.ask(path, accept)
        return said

    # Auditing

    def deliveries(self):
        """(server, request head and body) of every message that camp sent, and those to the peer."""
        for name, made in self.recorders.items():
            for _, head, body in made.messages(recorder.ASKED):
                yield name, head, body
        if self.peer:
            for entry in self.peer.received():
                yield "fedify", json.dumps({key: value for key, value in entry.items() if key != "body"}).encode(), entry["body"].encode()

    def answers(self):
        """(request head and body, answer) of all that was asked of camp; where a connection broke off
        in between, its answers stand beside all its requests."""
        for number in range(1, self.front.count + 1):
            asked = [head + body for head, body in recorder.messages_of(self.front.stream(number, recorder.ASKED))]
            stream = self.front.stream(number, recorder.ANSWERS)
            said = [head + b"\r\n\r\n" + body for head, body in recorder.messages_of(stream)]
            if len(asked) == len(said):
                yield from zip(asked, said)
            elif said:
                whole = b"".join(asked)
                yield from ((whole, each) for each in [*said, stream])

    def arrived(self, word, server):
        if server == "fedify":
            return any(word in entry["body"] for entry in self.peer.received())
        return any(word.encode() in entry.request.body for entry in list(self.servers[server].received))

    def wait_for(self, post, seconds=90):
        """Until each who must get the post has it."""
        for server in sorted(post.told):
            support.until(lambda s=server: self.arrived(post.words["text"], s), seconds=seconds,
                          what=f"{post.audience}: number {post.number} at {server}'s")
