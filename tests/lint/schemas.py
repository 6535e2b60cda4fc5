# SPDX-License-Identifier: MIT
"""Every schemas/<type>-vN.json is a draft-07 schema and has examples that it accepts; every example
has a schema. The C++ round-trip tests read the same examples."""

import glob
import json
import os
import sys

SKIPPED = 77

try:
    import jsonschema
except ImportError:
    print("skipped: the Python module jsonschema is missing (Debian: python3-jsonschema)")
    sys.exit(SKIPPED)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check(folder):
    said = []
    names = {os.path.basename(path)[:-5] for path in glob.glob(os.path.join(folder, "*.json"))}
    examples = {name for name in os.listdir(os.path.join(folder, "examples"))}
    said += [f"schemas/examples/{name} has no schema schemas/{name}.json" for name in examples - names]
    for name in sorted(names):
        schema = load(os.path.join(folder, name + ".json"))
        try:
            jsonschema.Draft7Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            said.append(f"schemas/{name}.json: {error.message}")
            continue
        if schema.get("type") != "object":
            said.append(f"schemas/{name}.json: the top level must be a record")
        paths = sorted(glob.glob(os.path.join(folder, "examples", name, "*.json")))
        if not paths:
            said.append(f"schemas/{name}.json has no example in schemas/examples/{name}/")
        validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
        for path in paths:
            for error in validator.iter_errors(load(path)):
                place = "/".join(str(part) for part in error.absolute_path) or "top level"
                said.append(f"{os.path.relpath(path, folder)}: {place}: {error.message}")
    return said, len(names)


def main():
    folder = os.path.join(sys.argv[1], "schemas")
    if not os.path.isdir(os.path.join(folder, "examples")):
        print("skipped: there are no schemas yet")
        return SKIPPED
    said, count = check(folder)
    print("\n".join(said) or f"{count} schemas and their examples agree")
    return 1 if said or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
