# SPDX-License-Identifier: MIT
"""A real sshd on 127.0.0.1 with everything of its own: configuration, host key, port, keys it knows."""

import os
import shutil
import socket
import subprocess
import time

SERVER = "/usr/sbin/sshd"


def missing():
    """Why these tests cannot run here; nothing if they can."""
    if not os.access(SERVER, os.X_OK):
        return f"{SERVER} is not installed"
    if not shutil.which("ssh") or not shutil.which("ssh-keygen"):
        return "no ssh client is installed"
    if os.geteuid() == 0:
        with open("/etc/shadow", encoding="utf-8") as shadow:
            for line in shadow:
                if line.startswith("root:!"):
                    return "the account of root is locked, and sshd lets nobody into it"
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", os.path.basename(path),
                    "-f", path], check=True)
    return path


class Sshd:
    """The server. It passes GIT_PROTOCOL on, which a careful administrator would not: what is not to
    be had must not be had all the same. It knows `camp` by a PATH of its own."""

    def __init__(self, directory, program):
        self.directory = directory
        os.makedirs(directory + "/bin", mode=0o700)
        os.symlink(os.path.realpath(program), directory + "/bin/camp")
        make_key(directory + "/host")
        with open(directory + "/authorized_keys", "w", encoding="ascii"):
            pass
        self.port, self.process = None, None
        self.start()

    def start(self):
        for _ in range(5):
            self.port = self.port or free_port()
            with open(self.directory + "/sshd_config", "w", encoding="utf-8") as file:
                file.write(f"Port {self.port}\nListenAddress 127.0.0.1\n"
                           f"HostKey {self.directory}/host\nPidFile none\n"
                           f"AuthorizedKeysFile {self.directory}/authorized_keys\n"
                           "UsePAM no\nStrictModes no\nPasswordAuthentication no\n"
                           "PermitRootLogin forced-commands-only\nAcceptEnv GIT_PROTOCOL\n"
                           "Subsystem sftp internal-sftp\n"
                           f"SetEnv PATH={self.directory}/bin:/usr/bin:/bin\n")
            with open(self.directory + "/log", "ab") as log:
                self.process = subprocess.Popen(
                    [SERVER, "-D", "-e", "-f", self.directory + "/sshd_config"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            if self.answers():
                return
            self.stop()
            self.port = None
        with open(self.directory + "/log", encoding="utf-8", errors="replace") as log:
            raise AssertionError("sshd does not start: " + log.read()[-500:])

    def answers(self):
        for _ in range(100):
            if self.process.poll() is not None:
                return False
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                    return probe.recv(4) == b"SSH-"
            except OSError:
                time.sleep(0.05)
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)

    def admit(self, line):
        """One more line of authorized_keys."""
        with open(self.directory + "/authorized_keys", "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def client(self, key, host_key=None, port=None):
        """What a member's machine has: a configuration in which this server is called `origin`."""
        return Client(self.directory, key, host_key or self.directory + "/host.pub",
                      port or self.port)


class Client:
    count = 0

    def __init__(self, directory, key, host_key, port):
        Client.count += 1
        base = f"{directory}/client{Client.count}"
        with open(host_key, encoding="ascii") as file:
            known = " ".join(file.read().split()[:2])
        with open(base + ".hosts", "w", encoding="ascii") as file:
            file.write(f"origin {known}\n")
        self.config, self.program = base + ".config", base + ".ssh"
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"Host origin\n  HostName 127.0.0.1\n  Port {port}\n  HostKeyAlias origin\n"
                       f"Host *\n  IdentityFile {key}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
                       f"  BatchMode yes\n  GlobalKnownHostsFile none\n"
                       f"  UserKnownHostsFile {base}.hosts\n  StrictHostKeyChecking yes\n"
                       f"  SendEnv GIT_PROTOCOL\n  LogLevel ERROR\n  ConnectTimeout 20\n")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {self.config} "$@"\n')
        os.chmod(self.program, 0o700)
        self.environment = {"CAMP_SSH": self.program}

    def run(self, *words, data=b"", program="ssh", **environment):
        """The stock client, as somebody who wants more than camp would use it."""
        return subprocess.run([program, "-F", self.config, *words], input=data,
                              capture_output=True, check=False, timeout=120,
                              env={**os.environ, **environment})

    def git(self, *words, **environment):
        return subprocess.run(["git", *words], capture_output=True, check=False, timeout=120,
                              env={**os.environ, "GIT_SSH": self.program, "GIT_SSH_VARIANT": "ssh",
                                   "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
                                   **environment})
