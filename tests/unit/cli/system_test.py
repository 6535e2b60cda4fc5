# SPDX-License-Identifier: MIT
"""What only a process can show of the command engine: signals, broken outputs, the pager."""

import os
import pty
import signal
import subprocess
import sys
import unittest

PROBE = sys.argv.pop(1)


def start(*words, **more):
    return subprocess.Popen([PROBE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def on_terminal(words, **variables):
    """Runs the probe with standard output on a pseudo-terminal; (exit code, what it showed)."""
    ours, theirs = pty.openpty()
    environment = dict(os.environ, TERM="xterm", COLUMNS="80", **variables)
    child = subprocess.Popen([PROBE, *words], stdin=theirs, stdout=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux reports the end of a terminal as EIO
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return child.wait(), shown.decode()


class Interrupts(unittest.TestCase):
    def test_a_write_is_finished_first(self):
        child = start("write")
        self.assertEqual(child.stdout.readline(), b"begun\n")
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.stdout.read(), b"done\n")
        self.assertEqual(child.wait(), 130)

    def test_a_reader_ends_at_once(self):
        child = start("wait")
        self.assertEqual(child.stdout.readline(), b"begun\n")
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(), 130)

    def test_waiting_for_input_is_interrupted(self):
        ours, theirs = os.pipe()
        child = start("input", stdin=ours)
        os.write(theirs, b"x")
        while True:  # until the probe waits in poll, a signal would be remembered, not seen
            with open(f"/proc/{child.pid}/wchan") as where, open(f"/proc/{child.pid}/stat") as stat:
                if "poll" in where.read() or stat.read().split()[2] == "S":
                    break
        child.send_signal(signal.SIGINT)
        _, error = child.communicate()
        self.assertEqual((child.returncode, error), (130, b"camp: interrupted\n"))
        os.close(theirs)
        os.close(ours)


class Streams(unittest.TestCase):
    def test_input_is_read_whole(self):
        child = start("input", stdin=subprocess.PIPE)
        self.assertEqual(child.communicate(b"y" * 70000), (b"70000\n", b""))

    def test_too_much_input_is_refused(self):
        child = start("input", stdin=subprocess.PIPE)
        output, error = child.communicate(b"y" * 200000)
        self.assertEqual((child.returncode, output), (2, b""))
        self.assertIn(b"more than 100000 bytes", error)

    def test_a_reader_that_goes_away_is_quiet(self):
        child = start("page")
        child.stdout.close()
        self.assertEqual(child.stderr.read(), b"")
        self.assertEqual(child.wait(), 141)

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "w") as full:
            child = subprocess.run([PROBE, "page"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(child.returncode, 1)
        self.assertIn(b"camp: cannot write the output: No space left", child.stderr)

    def test_closed_streams_are_not_reused(self):
        shell = subprocess.run(["sh", "-c", '"$0" open >&- <&-', PROBE], stderr=subprocess.PIPE)
        self.assertEqual(shell.stderr, b"3\n")

    def test_a_closed_output_is_told(self):
        shell = subprocess.run(["sh", "-c", '"$0" page >&-', PROBE], stderr=subprocess.PIPE)
        self.assertEqual(shell.returncode, 1)
        self.assertIn(b"cannot write the output", shell.stderr)


class Pager(unittest.TestCase):
    def test_the_pager_gets_the_lines(self):
        code, shown = on_terminal(["page"], CAMP_PAGER="tail -n 1")
        self.assertEqual((code, shown), (0, "line 99999\r\n"))

    def test_leaving_the_pager_is_no_error(self):
        code, shown = on_terminal(["page"], CAMP_PAGER="head -n 1")
        self.assertEqual((code, shown), (0, "line 0\r\n"))

    def test_the_pager_ignores_no_signals(self):
        code, shown = on_terminal(["page"], CAMP_PAGER="grep SigIgn /proc/self/status")
        self.assertEqual(code, 0)
        ignored = int(shown.split()[1], 16)
        self.assertEqual(ignored & (1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGINT - 1)), 0)

    def test_a_pager_that_does_not_exist_loses_only_the_pager(self):
        code, shown = on_terminal(["page"], CAMP_PAGER="exec /nonexistent 2>/dev/null")
        self.assertEqual((code, shown), (0, ""))

    def test_plain_needs_no_pager(self):
        code, shown = on_terminal(["page", "--plain"], CAMP_PAGER="false")
        self.assertEqual(code, 0)
        self.assertTrue(shown.endswith("line 99999\r\n"))


if __name__ == "__main__":
    unittest.main()
