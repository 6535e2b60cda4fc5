# SPDX-License-Identifier: MIT
"""What people read every day must not use the words of the machinery: the strings of cmd/ and the
manual pages of section 1."""

import glob
import os
import re
import sys

INNER = re.compile(r"\b(key[- ]logs?|rosters?|fold(s|ed|ing)?|squash(es|ed|ing)?)\b", re.IGNORECASE)
# Places that may say it, with the reason.
ALLOWED = {}

STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def texts_of_source(text):
    """(line number, string) for the strings of a C++ file; includes are no strings."""
    masked = re.sub(r'(?m)^\s*#\s*include[^\n]*', "", text)
    # Comments go, but not the "//" within a string such as a URL.
    masked = re.sub(r'"(?:[^"\\\n]|\\.)*"|' + COMMENT.pattern,
                    lambda found: found.group(0) if found.group(0).startswith('"')
                    else "\n" * found.group(0).count("\n"), masked, flags=re.DOTALL)
    for found in STRING.finditer(masked):
        yield masked.count("\n", 0, found.start()) + 1, found.group(1)


def texts_of_page(text):
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith('.\\"'):
            yield number, line


def complaints_about(path, text):
    texts = texts_of_source(text) if path.endswith((".cc", ".h")) else texts_of_page(text)
    for number, piece in texts:
        found = INNER.search(piece)
        if found and found.group(0).lower() not in ALLOWED.get(path, ()):
            yield f'{path}:{number}: "{found.group(0)}" is a word of the machinery, say it plainly'


def main():
    root = sys.argv[1]
    if (not list(complaints_about("a.cc", 'f("see // your key log")')) or
            list(complaints_about("a.cc", '// the key log\nint fold = 1;')) or
            not list(complaints_about("a.1", "The roster"))):
        print("the rules of this check are blunt")
        return 1
    said = []
    for pattern in ("cmd/**/*.cc", "cmd/**/*.h", "man/*.1"):
        for path in sorted(glob.glob(os.path.join(root, pattern), recursive=True)):
            with open(path, encoding="utf-8") as file:
                said += complaints_about(os.path.relpath(path, root), file.read())
    print("\n".join(said) or "plain words only")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
