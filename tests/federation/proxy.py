# SPDX-License-Identifier: MIT
"""nginx as the TLS proxy in front of a server, with a certificate of its own, on loopback.

    proxy = proxy.Nginx(directory, upstream=("127.0.0.1", 8000), name="friend.camp")
    status, headers, body = proxy.ask("/u/ana", Accept="application/activity+json")
    proxy.stop()

`name` is the host that is asked for and that the certificate is for; `authority` is the file with
which a client trusts it. `location` are more lines for nginx's `location /`.
"""

import datetime
import http.client
import ipaddress
import os
import socket
import ssl
import subprocess
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIGURATION = """
daemon off;
pid {place}/pid;
error_log {place}/log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {place}/body;
  proxy_temp_path {place}/proxy;
  fastcgi_temp_path {place}/fastcgi;
  uwsgi_temp_path {place}/uwsgi;
  scgi_temp_path {place}/scgi;
  server {{
    listen {address}:{port} ssl http2;
    server_name {name};
    ssl_certificate {place}/certificate;
    ssl_certificate_key {place}/key;
    client_max_body_size 20m;
    location / {{
      proxy_pass http://{upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      {location}
    }}
  }}
}}
"""


def program():
    """The nginx that is installed, or that `tests/setup check` took out of its package."""
    places = ("/usr/sbin/nginx", HERE + "/../../build/nginx/usr/sbin/nginx")
    return next((place for place in places if os.access(place, os.X_OK)), None)


def missing():
    """Why there is no proxy here; nothing if there can be one."""
    return None if program() else "nginx is not installed; `tests/setup check` fetches it"


def make_certificate(place, name, address):
    """A certificate for the name and the address, signed by an authority made for it alone."""
    def subject(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def build(whom, key, issuer, signer, *extensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (x509.CertificateBuilder().subject_name(subject(whom)).issuer_name(subject(issuer))
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=30)))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(address))])
    written = {
        "authority": build("test authority", root, "test authority", root,
                           (x509.BasicConstraints(ca=True, path_length=0), True)),
        "certificate": build(name, leaf, "test authority", root, (names, False),
                             (x509.BasicConstraints(ca=False, path_length=None), True)),
        "key": leaf.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()),
    }
    for file, content in written.items():
        with open(f"{place}/{file}", "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as handle:
            handle.write(content)


class Nginx:
    def __init__(self, place, upstream, name="friend.camp", address="127.0.0.1", location=""):
        self.place, self.name, self.address = place, name, address
        self.authority = place + "/authority"
        os.makedirs(place, exist_ok=True)
        make_certificate(place, name, address)
        with socket.socket() as probe:
            probe.bind((address, 0))
            self.port = probe.getsockname()[1]
        with open(place + "/configuration", "w", encoding="utf-8") as file:
            file.write(("user root;" if os.geteuid() == 0 else "") + CONFIGURATION.format(
                place=place, address=address, port=self.port, name=name, location=location,
                upstream=f"{upstream[0]}:{upstream[1]}"))
        self.process = subprocess.Popen([program(), "-p", place, "-c", place + "/configuration", "-e",
                                         place + "/log"], stdin=subprocess.DEVNULL)
        self._wait()

    def _wait(self):
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection((self.address, self.port), timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        with open(self.place + "/log", encoding="utf-8", errors="replace") as file:
            raise AssertionError("nginx does not start: " + file.read()[-1000:])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)

    def ask(self, path, method="GET", body=None, **headers):
        """(status, headers in lower case, body) of one request by a client that trusts the authority;
        an underscore in a header's name stands for a dash."""
        trust = ssl.create_default_context(cafile=self.authority)
        connection = http.client.HTTPSConnection(self.address, self.port, timeout=30, context=trust)
        connection.sock = trust.wrap_socket(
            socket.create_connection((self.address, self.port), timeout=30), server_hostname=self.name)
        try:
            sent = {"Host": self.name, **{name.replace("_", "-"): value for name, value in headers.items()}}
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()
