# SPDX-License-Identifier: MIT
"""clang-format 14 must have nothing to change in the C++ files that git knows."""

import os
import shutil
import subprocess
import sys

SKIPPED = 77


def main():
    root = sys.argv[1]
    formatter = shutil.which("clang-format-14")
    if formatter is None:
        print("skipped: clang-format-14 is not installed")
        return SKIPPED
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard", "*.cc", "*.h"],
                            cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if listed.returncode != 0:
        print("skipped: this is no git work tree")
        return SKIPPED
    names = [name for name in listed.stdout.decode().split("\0")
             if name and os.path.exists(os.path.join(root, name))]
    if not names:
        print("git knows no C++ file")
        return 1
    return subprocess.run([formatter, "--dry-run", "-Werror", *names], cwd=root).returncode


if __name__ == "__main__":
    sys.exit(main())
