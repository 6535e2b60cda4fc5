# SPDX-License-Identifier: MIT
"""The transcript runner must fail when a page is wrong."""

import os
import subprocess
import sys
import tempfile
import unittest

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "transcript.py")


def run(page, **variables):
    """(exit code, what the runner said, the page afterwards)."""
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "page.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
        done = subprocess.run([sys.executable, RUNNER, "--camp", "/bin/true", path], text=True,
                              stdout=subprocess.PIPE, env=dict(os.environ, **variables))
        with open(path, encoding="utf-8") as file:
            return done.returncode, done.stdout, file.read()


class Transcript(unittest.TestCase):
    def test_what_is_as_shown_passes(self):
        page = "```\n$ cd /\n$ A=1\n$ echo $A; pwd\n1\n/\n$ cat <<END\n> x\n> END\nx\n```\n"
        self.assertEqual(run(page)[0], 0)

    def test_other_output_fails(self):
        for printed in ("b", "", "a\na", "aa"):
            self.assertEqual(run(f"```\n$ echo a\n{printed}\n```\n")[0], 1, printed)

    def test_errors_are_output_too(self):
        self.assertEqual(run("```\n$ echo a >&2\na\n```\n")[0], 0)

    def test_exit_codes_count(self):
        self.assertEqual(run("```\n$ (exit 4) (exit 4)\n```\n")[0], 0)
        self.assertEqual(run("``` (exit 4)\n$ sh -c 'exit 4'\n```\n")[0], 0)
        self.assertEqual(run("```\n$ sh -c 'exit 4'\n```\n")[0], 1)
        self.assertEqual(run("```\n$ true (exit 4)\n```\n")[0], 1)

    def test_wildcards_stay_within_their_reach(self):
        self.assertEqual(run("```\n$ printf 'a1b\\nc\\n'\na[..]b\nc\n```\n")[0], 0)
        self.assertEqual(run("```\n$ printf 'a\\nb\\n'\na[..]b\n```\n")[0], 1)
        self.assertEqual(run("```\n$ seq 5\n1\n[...]\n5\n```\n")[0], 0)
        self.assertEqual(run("```\n$ seq 5\n1\n[...]\n6\n```\n")[0], 1)

    def test_the_home_directory_is_a_tilde(self):
        self.assertEqual(run("```\n$ cd; pwd\n~\n```\n")[0], 0)

    def test_an_unset_variable_ends_the_page(self):
        code, said, _ = run("```\n$ echo $NOTHING\n\n$ echo a\na\n```\n")
        self.assertEqual(code, 1)
        self.assertIn("ended the shell", said)
        self.assertIn("was not run", said)

    def test_time_and_chance_differ_by_command(self):
        page = "```\n$ echo $CAMP_NOW $CAMP_SEED\n2026-11-23T10:00:00Z page-0\n$ echo $CAMP_NOW\n2026-11-23T10:01:00Z\n```\n"
        self.assertEqual(run(page)[0], 0)

    def test_a_page_without_commands_fails(self):
        self.assertEqual(run("nothing\n```\nx\n```\n")[0], 1)

    def test_accepting_writes_and_skips(self):
        page = "a\n```\n$ echo a\nb\n$ false\n$ echo xyz\nx[..]\n```\nz\n"
        code, _, after = run(page, CAMP_TEST_ACCEPT="1")
        self.assertEqual(code, 77)
        self.assertEqual(after, "a\n```\n$ echo a\na\n$ false (exit 1)\n$ echo xyz\nx[..]\n```\nz\n")

    def test_nothing_to_accept_passes(self):
        self.assertEqual(run("```\n$ echo a\na\n```\n", CAMP_TEST_ACCEPT="1")[0], 0)


if __name__ == "__main__":
    unittest.main()
