# SPDX-License-Identifier: MIT
"""Runs a transcript: a Markdown page whose fenced blocks show commands and what they print.

    transcript.py --camp build/cmd/camp tests/e2e/help.md

A block whose first line starts with "$ " is run; other blocks are prose.  A line "$ command" is given
to bash, lines "> more" after it belong to the command, the lines up to the next "$ " are exactly what
it prints (standard output and standard error together, the home directory shown as "~").  "[..]" in
an expected line stands for any text of one line, a line "[...]" for any lines.  "(exit 4)" at the end
of a command, or after the block's opening fence for its last command, is the expected exit code;
without it that is 0.

All commands of a page run in one bash, one after the other, with `set -u`, in a fresh home directory,
so that `cd` and variables last.  The clock (CAMP_NOW) starts at 2026-11-23T10:00:00Z and moves on by
a minute a command; CAMP_SEED is the page's name and the command's number.  CAMP_TEST_ACCEPT=1 writes
what was printed into the page; the run then counts as skipped (exit code 77).
"""

import argparse
import datetime
import difflib
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile

SKIPPED = 77
SECONDS_A_COMMAND = 120
START = datetime.datetime(2026, 11, 23, 10)
EXIT = re.compile(r"\s+\(exit (\d+)\)\s*$")

# Each step is a file; its exit code comes back on descriptor 4.  After a step that ends the shell
# (set -u, exit) no code comes.
DRIVER = """
set -u
while IFS= read -r camp_step <&3; do
  export CAMP_NOW="${camp_step%% *}" CAMP_SEED="${camp_step#* }"
  camp_step="$HOME/.transcript/$CAMP_SEED"
  source "$camp_step" >"$camp_step.out" 2>&1 </dev/null
  echo $? >&4
done
"""


class Step:
    """One command of a page: where it stands, what it should print and end with."""

    def __init__(self, line_number, command, code):
        self.line_number = line_number
        self.command = command
        self.code = code
        self.expected = []
        self.first = line_number  # of the expected lines, counted from 0
        self.printed = None
        self.ended = None


def read_page(lines):
    """The steps of a page, in order."""
    steps, block_start, fence_code, in_block, runs, step = [], 0, None, False, False, None
    for number, line in enumerate(lines):
        if line.startswith("```"):
            if in_block and runs and fence_code is not None and step is not None:
                step.code = fence_code
            in_block, runs, step = not in_block, False, None
            found = EXIT.search(" " + line[3:])
            fence_code, block_start = (int(found.group(1)) if found else None), number
        elif in_block and (runs or (number == block_start + 1 and line.startswith("$ "))):
            runs = True
            if line.startswith("$ "):
                found = EXIT.search(line)
                command = EXIT.sub("", line)[2:]
                step = Step(number, command, int(found.group(1)) if found else 0)
                step.first = number + 1
                steps.append(step)
            elif line.startswith("> ") and not step.expected:
                step.command += "\n" + line[2:]
                step.first = number + 1
            else:
                step.expected.append(line)
    return steps


def pattern(expected):
    """A regular expression for expected lines."""
    text = ""
    for line in expected:
        if line == "[...]":
            text += r"(?:.*\n)*?"
        else:
            text += ".*?".join(re.escape(part) for part in line.split("[..]")) + r"\n"
    return re.compile(text)


def environment(home, camp):
    kept = {key: os.environ[key] for key in os.environ if key.endswith("SAN_OPTIONS")}
    return kept | {
        "HOME": home,
        "PATH": os.path.dirname(os.path.abspath(camp)) + ":/usr/local/bin:/usr/bin:/bin",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "TMPDIR": os.path.join(home, ".transcript"),
        "MANPATH": os.path.join(home, ".transcript"),  # no pages: help prints what it knows itself
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": "2026-11-23T10:00:00Z",
        "GIT_COMMITTER_DATE": "2026-11-23T10:00:00Z",
    }


class Shell:
    """The one bash of a page."""

    def __init__(self, home, camp):
        self.home = home
        steps_in, self.steps = os.pipe()
        self.codes, codes_out = os.pipe()
        self.child = subprocess.Popen(
            ["bash", "--norc", "-c", f"exec 3<&{steps_in} 4>&{codes_out}\n{DRIVER}"],
            cwd=home, env=environment(home, camp), stdin=subprocess.DEVNULL,
            pass_fds=(steps_in, codes_out), start_new_session=True)
        os.close(steps_in)
        os.close(codes_out)

    def run(self, number, name, command):
        """(exit code or None when the shell ended or hung, what was printed)."""
        seed = f"{name}-{number}"
        path = os.path.join(self.home, ".transcript", seed)
        with open(path, "w", encoding="utf-8") as file:
            file.write(command + "\n")
        now = (START + datetime.timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        os.write(self.steps, f"{now} {seed}\n".encode())
        code, answer = None, b""
        while not answer.endswith(b"\n"):
            if not select.select([self.codes], [], [], SECONDS_A_COMMAND)[0]:
                break
            piece = os.read(self.codes, 64)
            if not piece:
                break
            answer += piece
        if answer.endswith(b"\n"):
            code = int(answer)
        with open(path + ".out", encoding="utf-8", errors="backslashreplace") as file:
            printed = file.read()
        if printed and not printed.endswith("\n"):
            printed += "\n"
        return code, printed.replace(os.path.realpath(self.home), "~").replace(self.home, "~")

    def close(self):
        os.close(self.steps)
        try:  # what the page left running in the background is ours as well
            os.killpg(self.child.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        self.child.wait()
        os.close(self.codes)


def run_steps(steps, name, camp):
    home = tempfile.mkdtemp(prefix="camp-")
    os.mkdir(os.path.join(home, ".transcript"))
    shell = Shell(home, camp)
    try:
        for number, step in enumerate(steps):
            step.ended, step.printed = shell.run(number, name, step.command)
            if step.ended is None:
                break
    finally:
        shell.close()
        shutil.rmtree(home, ignore_errors=True)


def is_right(step):
    return step.ended == step.code and pattern(step.expected).fullmatch(step.printed) is not None


def complain(page, step):
    print(f"{page}:{step.line_number + 1}: $ {step.command}")
    if step.printed is None:
        print("  was not run")
    elif step.ended is None:
        print(f"  ended the shell, or took more than {SECONDS_A_COMMAND} seconds; it printed:")
        print(step.printed, end="")
    elif step.ended != step.code:
        print(f"  ended with {step.ended}, expected {step.code}")
    if step.ended is not None:
        for line in difflib.unified_diff(step.expected, step.printed.splitlines(), "expected",
                                         "printed", lineterm=""):
            print("  " + line)


def accept(page, lines, steps):
    """Writes what was printed where it differs; from the end, so that line numbers hold."""
    for step in reversed(steps):
        if step.ended is None or is_right(step):
            continue
        command = EXIT.sub("", lines[step.line_number])
        lines[step.line_number] = command + (f" (exit {step.ended})" if step.ended else "")
        lines[step.first:step.first + len(step.expected)] = step.printed.splitlines()
    with open(page, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--camp", required=True, help="the built program")
    parser.add_argument("page")
    arguments = parser.parse_args()
    with open(arguments.page, encoding="utf-8") as file:
        lines = file.read().splitlines()
    steps = read_page(lines)
    if not steps:
        print(f"{arguments.page}: no block starts with '$ '")
        return 1
    name = os.path.splitext(os.path.basename(arguments.page))[0]
    run_steps(steps, name, arguments.camp)
    wrong = [step for step in steps if not is_right(step)]
    if wrong and os.environ.get("CAMP_TEST_ACCEPT") == "1":
        accept(arguments.page, lines, steps)
        print(f"{arguments.page}: {len(wrong)} of {len(steps)} commands rewritten: skipped")
        return SKIPPED
    for step in wrong:
        complain(arguments.page, step)
    print(f"{len(steps) - len(wrong)} of {len(steps)} commands as shown")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
