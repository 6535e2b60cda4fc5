# SPDX-License-Identifier: MIT
"""The pages in lynx: what somebody reads who has a terminal, a braille line or an old telephone."""

import shutil
import subprocess
import sys

import look

SKIPPED = 77


def dump(lynx, url):
    # Not checked: lynx ends with 1 when a page comes with 404 or 410, and prints it.
    return subprocess.run([lynx, "-dump", "-nolist", "-width=72", "-display_charset=utf-8", url],
                          check=False, stdout=subprocess.PIPE, text=True, timeout=60).stdout


def in_order(text, words):
    """The first of the words that does not follow the one before it; empty if all do."""
    at = 0
    for word in words:
        found = text.find(word, at)
        if found < 0:
            return word
        at = found + len(word)
    return ""


READ = {
    "home": ["Friend Camp", "Rules", "1. Be kind.", "People", "Ana Lindqvist @ana", "Newest posts",
             "Cyprian", "@cy", "23 Nov 2026, 10:00", "matches until Cy", "Older posts",
             "Feed: Friend Camp", "All times are UTC."],
    "profile": ["Ana Lindqvist", "@ana@127.0.0.1", "Gardener. I grow beans", "Site",
                "https://ana.example/", "Follow Ana Lindqvist", "Copy this address", "@ana@127.0.0.1",
                "Posts", "Slugs", "The first beans are up!", "2 answers, 1 like, 1 boost"],
    "thread": ["Ana Lindqvist @ana", "The first beans are up!", "Plant when the lilac blooms.",
               "Copy this address", "/o/", "Answers", "Bo @bo", "My pleasure.", "So do I.",
               "Zoë Ångström @zoe@example.org", "Which beans are they?"],
    "picture": ["Bo @bo", "edited", "Der Zaun steht endlich. #garden",
                "A fence of hazel in the evening light"],
    "warned": ["Slugs", "A slug ate everything"],
    "gone": ["Deleted", "This post was deleted.", "To the first page"],
    "nothing": ["Nothing here", "There is nothing at this address, or it is not for everybody."],
}


def main():
    lynx = shutil.which("lynx")
    if lynx is None:
        print("skipped: lynx is not installed")
        return SKIPPED
    wrong = 0
    with look.shown(sys.argv[1]) as place:
        for name, words in READ.items():
            text = dump(lynx, place.origin + place.pages[name])
            missing = in_order(text, words)
            if missing:
                wrong += 1
                print(f"{name}: '{missing}' is not where it belongs in\n{text}")
            if "willow" in text:
                wrong += 1
                print(f"{name}: holds what is not for everybody\n{text}")
            if sys.argv[2:]:
                print(text)
    print(f"{wrong} pages are wrong" if wrong else "all pages can be read")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
