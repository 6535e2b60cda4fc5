# SPDX-License-Identifier: MIT
"""The completion scripts are valid, and bash really completes with them."""

import os
import shutil
import subprocess
import sys

# COMP_WORDS with the cursor in the last of them -> what must be offered among the candidates.
CASES = [
    (["camp", "ver"], ["version"]),
    (["camp", "help", "--a"], ["--all", "--as"]),
    (["camp", "--color", "=", "n"], ["never"]),
    (["camp", "nothing", ""], []),
]


def syntax(shell, flag, script):
    if shutil.which(shell) is None:
        print(f"{os.path.basename(script)}: syntax not checked, {shell} is not installed")
        return []
    done = subprocess.run([shell, flag, script], stderr=subprocess.PIPE, text=True)
    return [] if done.returncode == 0 else [f"{script}: {done.stderr}"]


def bash_offers(camp, script, words):
    program = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _camp; '
               'printf "%s\\n" "${COMPREPLY[@]}"')
    environment = dict(os.environ, PATH=os.path.dirname(camp) + ":" + os.environ["PATH"])
    done = subprocess.run(["bash", "-c", program, "bash", script, *words], text=True,
                          stdout=subprocess.PIPE, env=environment)
    return [line for line in done.stdout.split("\n") if line]


def main():
    root, camp = sys.argv[1], os.path.abspath(sys.argv[2])
    folder = os.path.join(root, "completions")
    script = os.path.join(folder, "camp.bash")
    said = syntax("bash", "-n", script)
    said += syntax("zsh", "-n", os.path.join(folder, "_camp"))
    said += syntax("fish", "--no-execute", os.path.join(folder, "camp.fish"))
    if shutil.which("shellcheck"):
        said += syntax("shellcheck", "--shell=bash", script)
    for words, wanted in CASES:
        offered = bash_offers(camp, script, words)
        if (not wanted and offered) or not set(wanted) <= set(offered):
            said.append(f"bash offers {offered} for {words}, not {wanted}")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            if len(file.readlines()) > 22:
                said.append(f"completions/{name} is longer than 22 lines: let camp answer")
    print("\n".join(said) or "completions work")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
