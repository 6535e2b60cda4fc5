# SPDX-License-Identifier: MIT
"""Every #include of lib/ and cmd/ must obey the order of the layers (lib/README.md)."""

import fnmatch
import os
import re
import sys

# Which modules a module may include, besides itself.
BELOW_OPS = ["base", "crypto", "model", "index", "store"]
MODULES = {
    "base": [],
    "crypto": ["base"],
    "git": ["base"],
    "http": ["base"],
    "model": ["base", "crypto"],
    "index": ["base", "crypto", "model"],
    "store": ["base", "crypto", "model", "index", "git"],
    "fed": BELOW_OPS + ["git", "http"],
    "ops": BELOW_OPS + ["fed"],
    "web": BELOW_OPS + ["fed", "ops", "http"],
    "cli": ["base"],
    "cmd": BELOW_OPS + ["ops", "cli"],
}
# Files that may include more than their module.
ALSO = {name: ["web", "fed", "http"] for name in (
    "cmd/serve.cc", "cmd/serve_postman.cc", "cmd/serve_postman.h", "cmd/serve_worker.cc",
    "cmd/serve_worker.h")}

# Who alone may include a library's headers: header pattern -> file patterns.
OWNERS = {
    "openssl/ssl.h": ["lib/http/tls.cc"],
    "openssl/err.h": ["lib/crypto/*", "lib/http/tls.cc"],
    "openssl/*": ["lib/crypto/*"],
    "sodium.h": ["lib/crypto/*"],
    "sodium/*": ["lib/crypto/*"],
    "git2.h": ["lib/git/*"],
    "git2/*": ["lib/git/*"],
    "curl/*": ["lib/http/*"],
    "event2/*": ["lib/http/*"],
    "sqlite3*.h": ["lib/index/*"],
    "CLI/*": ["cmd/cli/parse.cc"],
    "toml++/*": ["lib/store/config*.cc", "lib/store/settings.cc"],
    "utf8proc.h": ["lib/base/text*.cc"],
    "idn2.h": ["lib/base/text*.cc"],
    "md4c*.h": ["lib/model/markup_markdown.cc"],
    "gumbo.h": ["lib/model/markup_tree.h"],
    "archive*.h": ["lib/base/libarchive.h"],
    "qrencode.h": ["cmd/cli/print*.cc"],
    "tl/expected.hpp": ["lib/base/result.h"],
    "nlohmann/json_fwd.hpp": ["*"],
    "nlohmann/*": ["*.cc"],
    "fmt/*": ["*.cc"],
    "iostream": [],  # streams come in through the command's context
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')


def module_of(path):
    if path.startswith("cmd/cli/"):
        return "cli"
    return "cmd" if path.startswith("cmd/") else path.split("/")[1]


def complaint(path, quote, header):
    """A sentence about one include, or None."""
    mine = module_of(path)
    if quote == '"':
        theirs = header.split("/")[0] if "/" in header else mine
        allowed = MODULES.get(mine, []) + ALSO.get(path, []) + [mine]
        if theirs not in allowed:
            return f"{path} must not include {header}: see lib/README.md"
        return None
    for pattern, owners in OWNERS.items():
        if fnmatch.fnmatchcase(header, pattern):
            if any(fnmatch.fnmatchcase(path, owner) for owner in owners):
                return None
            return f"{path} must not include {header}: see lib/README.md"
    return None


def sources(root):
    for top in ("lib", "cmd"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".cc", ".h", ".cc.in")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def check(root):
    complaints = []
    for path in sources(root):
        if module_of(path) not in MODULES:
            complaints.append(f"{path} is in no known module: see lib/README.md")
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for line in file:
                found = INCLUDE.match(line)
                said = complaint(path, *found.groups()) if found else None
                if said:
                    complaints.append(said)
    return complaints


def self_test():
    """The rules must bite."""
    bad = [("lib/model/x.cc", "<", "git2.h"), ("lib/base/x.cc", '"', "model/post.h"),
           ("lib/crypto/x.cc", '"', "git/repository.h"), ("cmd/post.cc", '"', "git/repository.h"),
           ("cmd/post.cc", '"', "web/page.h"), ("cmd/cli/help.cc", "<", "CLI/CLI.hpp"),
           ("lib/model/x.h", "<", "nlohmann/json.hpp"), ("cmd/cli/help.cc", '"', "ops/post.h"),
           ("lib/index/x.cc", '"', "store/gate.h"), ("lib/ops/x.cc", "<", "sqlite3.h")]
    good = [("lib/store/x.cc", '"', "git/repository.h"), ("cmd/serve.cc", '"', "web/page.h"),
            ("lib/model/x.cc", "<", "nlohmann/json.hpp"), ("cmd/cli/parse.cc", "<", "CLI/CLI.hpp"),
            ("lib/base/json.h", "<", "nlohmann/json_fwd.hpp"), ("cmd/x.cc", '"', "commands.h")]
    wrong = [case for case in bad if complaint(*case) is None]
    return wrong + [case for case in good if complaint(*case) is not None]


def main():
    blunt = self_test()
    if blunt:
        print(f"the rules of this check are blunt: {blunt}")
        return 1
    complaints = check(sys.argv[1])
    print("\n".join(complaints) or "all includes obey the order")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
