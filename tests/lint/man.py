# SPDX-License-Identifier: MIT
"""The manual pages, the help texts and the declarations of the commands must agree.

Reads `camp __commands` and `mandoc -T tree`.  Checks that

 1. every visible command has a page man/camp-NAME.1, and every such page a command;
 2. .Nd is the summary;
 3. the options explained are the options declared, both ways;
 4. each option and, in their order, each argument stands in the synopsis;
 5. each choice is named;
 6. the exit codes in EXIT STATUS are those declared (in camp(1): all there are);
 7. the variables in ENVIRONMENT are those declared;
 8. every page of camp's that is referred to exists;
 9. mandoc finds no fault, and the sections stand in the usual order;
10. the help of the whole tree is tests/lint/help.golden (CAMP_TEST_ACCEPT=1 renews it).
"""

import difflib
import glob
import json
import os
import re
import shutil
import subprocess
import sys

SKIPPED = 77
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "FILES", "EXIT STATUS",
            "EXAMPLES", "SEE ALSO"]
TREE_LINE = re.compile(r"^( *)(.*?) \((text|elem|block|head|body|tail|comment)\)")


class Node:
    """One node of `mandoc -T tree`."""

    def __init__(self, name, kind, indent):
        self.name, self.kind, self.indent, self.children = name, kind, indent, []

    def all(self, *names):
        """The nodes of these macros below, in order."""
        for child in self.children:
            if child.name in names and child.kind in ("elem", "block"):
                yield child
            yield from child.all(*names)

    def part(self, kind):
        return [child for child in self.children if child.kind == kind]

    def words(self):
        """The texts below, in order."""
        if self.kind == "text":
            return [self.name]
        return [word for child in self.children for word in child.words()]

    def text(self):
        return " ".join(self.words())


def read_tree(path):
    listing = subprocess.run(["mandoc", "-T", "tree", path], stdout=subprocess.PIPE, text=True,
                             check=False).stdout
    root = Node("", "block", -1)
    stack = [root]
    for line in listing.split("\n"):
        found = TREE_LINE.match(line)
        if not found or found.group(3) == "comment":
            continue
        node = Node(found.group(2).strip(), found.group(3), len(found.group(1)))
        # A block's head and body are indented by two, but those of a section are too.
        while stack[-1].indent >= node.indent:
            stack.pop()
        stack[-1].children.append(node)
        stack.append(node)
    return root


class Page:
    def __init__(self, path):
        self.path = path
        self.root = read_tree(path)
        self.sections = {}
        self.order = []
        for block in self.root.all("Sh"):
            title = " ".join(word for head in block.part("head") for word in head.words())
            self.sections[title] = block
            self.order.append(title)

    def description(self):
        for node in self.sections["NAME"].all("Nd"):
            return node.text()
        return ""

    def synopses(self):
        """(words of the command, option names, arguments) of each line of the synopsis."""
        for block in self.sections["SYNOPSIS"].all("Nm") if "SYNOPSIS" in self.sections else []:
            head = " ".join(word for part in block.part("head") for word in part.words()).split()
            yield (head, [name for node in block.all("Fl") for name in option_names(node)],
                   [word.upper() for node in arguments(block) for word in node.words()
                    if word not in ("...", "|")])

    def explained(self, title):
        """The option names in the tags of a section or of a subsection of that title."""
        blocks = [self.sections[title]] if title in self.sections else []
        for block in self.root.all("Ss"):
            heading = " ".join(word for head in block.part("head") for word in head.words())
            if heading == title or heading.startswith(title + " "):
                blocks.append(block)
        return {name for block in blocks for item in block.all("It") for head in item.part("head")
                for node in head.all("Fl") for name in option_names(node)}

    def variables(self):
        if "ENVIRONMENT" not in self.sections:
            return set()
        return {word for item in self.sections["ENVIRONMENT"].all("It") for head in item.part("head")
                for node in head.all("Ev") for word in node.words()}

    def exit_codes(self):
        if "EXIT STATUS" not in self.sections:
            return set()
        words = [word for part in self.sections["EXIT STATUS"].part("body")
                 for word in without_references(part)]
        return {int(number) for number in re.findall(r"\b\d+\b", " ".join(words))}


def without_references(node):
    if node.name == "Xr":
        return []
    if node.kind == "text":
        return [node.name]
    return [word for child in node.children for word in without_references(child)]


def option_names(node):
    """`-all` in the page is the option --all; `a` is -a."""
    return [word[1:] if word.startswith("-") else word for word in node.words()
            if word not in ("|", ",", "...")]


def arguments(block):
    """The Ar nodes that are no option's value: those not right behind an Fl."""
    found = []

    def visit(node):
        before = None
        for child in node.children:
            if child.name == "Ar" and (before is None or before.name != "Fl"):
                found.append(child)
            elif child.name not in ("Ar", "Fl"):
                visit(child)
            before = child

    visit(block)
    return found


def names_of(option):
    return {name for name in (option["name"], option["letter"]) if name}


def check_options(page, command, title, words, say):
    """Agreements 3, 4 and 5 for one command or subcommand; `words` is its path in the synopsis."""
    visible = [option for option in command["options"] if not option["hidden"]]
    declared = {name for option in visible for name in names_of(option)}
    explained = page.explained(title)
    for name in sorted(declared - explained):
        say(f"{title} does not explain {'--' if len(name) > 1 else '-'}{name}")
    for name in sorted(explained - declared):
        say(f"{title} explains {name}, which `{' '.join(words)}` does not have")
    lines = [line for line in page.synopses() if line[0] == words]
    if not lines:
        say(f"the synopsis lacks `{' '.join(words)}`")
        return
    shown = {name for _, names, _ in lines for name in names}
    for option in visible:
        if not names_of(option) & shown:
            say(f"the synopsis of `{' '.join(words)}` lacks {'/'.join(sorted(names_of(option)))}")
    wanted = [place["name"].upper() for place in command["positionals"]]
    if not any([name for name in given if name in wanted] == wanted for _, _, given in lines):
        say(f"the synopsis of `{' '.join(words)}` lacks the arguments {' '.join(wanted)}, in this order")
    text = page.root.text()
    for place in visible + command["positionals"]:
        for choice in place["choices"]:
            if not re.search(rf"(?<![\w-]){re.escape(choice)}(?![\w-])", text):
                say(f"the choice {choice} of {place['name'] or place['letter']} is not named")


def check_verbs(page, command, words, exits, environment, say):
    """The verbs of a noun, however deep: each has a subsection named by its words after `camp`."""
    exits |= set(command["exits"])
    environment |= set(command["environment"])
    if not command["subcommands"] or command["runs"]:
        title = "OPTIONS" if len(words) == 2 else " ".join(words[1:])
        check_options(page, command, title, words, say)
    for verb in command["subcommands"]:
        if not verb["hidden"]:
            check_verbs(page, verb, words + [verb["name"]], exits, environment, say)


def check_page(page, command, say):
    if page.description() != command["summary"]:
        say(f'.Nd is "{page.description()}", the summary is "{command["summary"]}"')
    exits, environment = set(), set()
    check_verbs(page, command, ["camp", command["name"]], exits, environment, say)
    if page.exit_codes() != exits:
        say(f"EXIT STATUS names {sorted(page.exit_codes())}, declared are {sorted(exits)}")
    if page.variables() != environment:
        say(f"ENVIRONMENT names {sorted(page.variables())}, declared are {sorted(environment)}")


def check_root(page, tree, all_codes, say):
    if page.description() != tree["summary"]:
        say(f'.Nd is "{page.description()}", the summary is "{tree["summary"]}"')
    declared = {name for option in tree["options"] for name in names_of(option)}
    for name in sorted(declared ^ page.explained("OPTIONS")):
        say(f"the global option {name} is not both declared and explained")
    shown = {name for _, names, _ in page.synopses() for name in names}
    for option in tree["options"]:
        if not names_of(option) & shown:
            say(f"the synopsis lacks {'/'.join(sorted(names_of(option)))}")
    if page.exit_codes() != all_codes:
        say(f"EXIT STATUS names {sorted(page.exit_codes())}, the table has {sorted(all_codes)}")


def check_form(page, pages, say):
    """Agreements 8 and 9."""
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page.path], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        say(done.stdout.strip())
    for node in page.root.all("Xr"):
        words = node.words()
        if len(words) > 1 and (words[0] == "camp" or words[0].startswith("camp-")):
            if f"{words[0]}.{words[1]}" not in pages:
                say(f"refers to {words[0]}({words[1]}), which does not exist")
    ranks = [SECTIONS.index(title) for title in page.order if title in SECTIONS]
    if ranks != sorted(ranks):
        say(f"the sections stand in the order {', '.join(page.order)}")
    if page.path.endswith(".1"):
        for title in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
            if title not in page.sections:
                say(f"the section {title} is missing")


def exit_table(root):
    """The codes in lib/base/result.cc."""
    with open(os.path.join(root, "lib/base/result.cc"), encoding="utf-8") as file:
        codes = re.findall(r"Row\{Kind::\w+,\s*(\d+),", file.read())
    return {0} | {int(code) for code in codes}


def whole_help(camp, tree):
    environment = {"COLUMNS": "80", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
    environment |= {key: os.environ[key] for key in os.environ if key.endswith("SAN_OPTIONS")}

    def show(words, command):
        done = subprocess.run([camp, *words, "--help"], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, env=environment)
        text = f"$ {' '.join(['camp', *words, '--help'])}\n{done.stdout}"
        if done.returncode != 0:
            text += f"(exit {done.returncode})\n"
        for one in command["subcommands"]:
            if not one["hidden"]:
                text += "\n" + show(words + [one["name"]], one)
        return text

    return show([], tree)


def check_golden(root, camp, tree):
    """The complaints, and whether the golden file was rewritten."""
    path = os.path.join(root, "tests/lint/help.golden")
    now = whole_help(camp, tree)
    before = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            before = file.read()
    if now == before:
        return [], False
    if os.environ.get("CAMP_TEST_ACCEPT") == "1":
        with open(path, "w", encoding="utf-8") as file:
            file.write(now)
        return [], True
    lines = difflib.unified_diff(before.splitlines(), now.splitlines(), "help.golden", "camp",
                                 lineterm="")
    return ["the help differs from tests/lint/help.golden (CAMP_TEST_ACCEPT=1 renews it):",
            *lines], False


def check_all(root, tree):
    said = []
    paths = sorted(glob.glob(os.path.join(root, "man", "*.[1-8]")))
    pages = {os.path.basename(path): Page(path) for path in paths}
    commands = {f"camp-{one['name']}.1": one for one in tree["subcommands"] if not one["hidden"]}
    said += [f"man/{name} is missing" for name in sorted(commands.keys() - pages.keys())]
    for name, page in pages.items():
        def say(text, where=f"man/{name}: "):
            said.append(where + text)

        check_form(page, pages, say)
        if "NAME" not in page.sections:
            continue
        if name == "camp.1":
            check_root(page, tree, exit_table(root), say)
        elif name in commands:
            check_page(page, commands[name], say)
        elif name.endswith(".1"):
            say("there is no such command")
    return said


def main():
    root, camp = sys.argv[1], os.path.abspath(sys.argv[2])
    if shutil.which("mandoc") is None:
        print("skipped: mandoc is not installed")
        return SKIPPED
    tree = json.loads(subprocess.run([camp, "__commands"], stdout=subprocess.PIPE, check=True).stdout)
    said = check_all(root, tree)
    differences, rewritten = check_golden(root, camp, tree)
    said += differences
    print("\n".join(said) or "pages, help and declarations agree")
    if said:
        return 1
    if rewritten:
        print("skipped: tests/lint/help.golden was rewritten")
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
