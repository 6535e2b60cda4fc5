# SPDX-License-Identifier: MIT
"""A proxy that keeps every byte that goes through it, in both directions.

    recorder = recorder.Recorder(directory, upstream=("127.0.0.1", 8000))  # in front of a server
    recorder.search([b"canary-1", b"canary-2"], recorder.ANSWERS)         # what has left the server

It may stand in front of camp, where `ANSWERS` is what camp says, and in front of a double, where
`ASKED` is what camp sends. A double behind one is `Mastodon(public=recorder.host)`, started first at
a port that the recorder is then given: `in_front_of` does both.

A word counts as found in the bytes as they were, and in the bodies of the HTTP messages within them
after the chunks are joined and the compression is undone; words of plain letters and digits are not
changed by JSON, HTML or percent-encoding.
"""

import os
import re
import socket
import threading
import time
import zlib

ASKED, ANSWERS = "asked", "answers"
IDLE_SECONDS = 120


class Recorder:
    """Listens on `address`, and passes everything to `upstream`, (address, port)."""

    def __init__(self, directory, upstream=None, address="127.0.0.1", port=0):
        self.directory, self.upstream, self.count = directory, upstream, 0
        os.makedirs(directory, exist_ok=True)
        self.lock, self.open = threading.Lock(), set()
        self.listener = socket.create_server((address, port), backlog=128)
        self.address, self.port = self.listener.getsockname()
        self.host = f"{self.address}:{self.port}"
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def stop(self):
        """Hangs up everywhere; the record stays."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for end in self.open:
                _shut(end, socket.SHUT_RDWR)
        self.thread.join(timeout=20)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            number = self.count + 1
            with open(self._file(number, ASKED), "wb"), open(self._file(number, ANSWERS), "wb"):
                self.count = number  # not before its files are there
            threading.Thread(target=self._pass, args=(client, number), daemon=True).start()

    def _pass(self, client, number):
        try:
            server = socket.create_connection(self.upstream, timeout=20)
        except OSError:
            client.close()
            return
        with self.lock:
            self.open |= {client, server}
        there = threading.Thread(target=self._copy, args=(client, server, number, ASKED), daemon=True)
        there.start()
        self._copy(server, client, number, ANSWERS)
        there.join()
        with self.lock:
            self.open -= {client, server}
        client.close()
        server.close()

    def _copy(self, source, target, number, direction):
        """One direction, to its end. What arrives is written down before it is passed on."""
        source.settimeout(IDLE_SECONDS)
        with open(self._file(number, direction), "ab", buffering=0) as file:
            try:
                while piece := source.recv(65536):
                    file.write(piece)
                    target.sendall(piece)
            except OSError:
                _shut(source, socket.SHUT_RDWR)
        _shut(target, socket.SHUT_WR)

    def _file(self, number, direction):
        return f"{self.directory}/{number:06}.{direction}"

    def stream(self, number, direction):
        """The bytes of one connection, counted from 1, in one direction."""
        with open(self._file(number, direction), "rb") as file:
            return file.read()

    def size(self, direction):
        return sum(os.path.getsize(self._file(number, direction)) for number in range(1, self.count + 1))

    def messages(self, direction):
        """(connection, head, body) of every HTTP message, with the body as it was meant."""
        for number in range(1, self.count + 1):
            for head, body in messages_of(self.stream(number, direction)):
                yield number, head, body

    def search(self, words, direction):
        """(word, connection) wherever one of the words stands."""
        found = set()
        for number in range(1, self.count + 1):
            stream = self.stream(number, direction)
            texts = [stream, *(body for _, body in messages_of(stream))]
            found |= {(word, number) for word in words if any(word in text for text in texts)}
        return sorted(found)


def _shut(end, how):
    try:
        end.shutdown(how)
    except OSError:
        pass


def in_front_of(kind, directory, address="127.0.0.1", **options):
    """A double of that class whose ids name a recorder in front of it; both."""
    made = Recorder(directory, address=address)
    double = kind(address=address, public=made.host, **options)
    made.upstream = (double.address, double.port)
    return double, made


# HTTP

def messages_of(stream):
    """(head, body) of each message of a stream, the last one perhaps cut off."""
    while stream:
        head, end, rest = stream.partition(b"\r\n\r\n")
        if not end:
            yield head, b""
            return
        headers = dict((name.strip().lower(), value.strip()) for name, _, value in
                       (line.partition(b":") for line in head.split(b"\r\n")[1:]))
        body, stream = _body(head, headers, rest)
        yield head, _decoded(body, headers.get(b"content-encoding", b"").lower())


def _body(head, headers, rest):
    """(the body, what comes after it)."""
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return _chunks(rest)
    if b"content-length" in headers and headers[b"content-length"].isdigit():
        size = int(headers[b"content-length"])
        # An answer to HEAD tells a length and has no body: the next message begins at once.
        if head.startswith(b"HTTP/") and rest.startswith(b"HTTP/1."):
            return b"", rest
        return rest[:size], rest[size:]
    if head.startswith(b"HTTP/") and not re.match(rb"HTTP/1\.[01] (1..|204|304)", head):
        return rest, b""
    return b"", rest


def _chunks(rest):
    body = b""
    while True:
        line, _, rest = rest.partition(b"\r\n")
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            return body, b""
        if size == 0:
            break
        body, rest = body + rest[:size], rest[size + 2:]
    trailer, end, after = rest.partition(b"\r\n")
    return (body, after) if end and not trailer else (body, rest.partition(b"\r\n\r\n")[2])


def _decoded(body, encoding):
    if encoding not in (b"gzip", b"deflate"):
        return body
    for bits in (47, -15):
        try:
            return zlib.decompressobj(bits).decompress(body)
        except zlib.error:
            continue
    return body


def settle(recorder, seconds=20):
    """Waits until no byte came for a moment."""
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        now = (recorder.count, recorder.size(ASKED), recorder.size(ANSWERS))
        if now == last:
            return
        last = now
        time.sleep(0.3)
