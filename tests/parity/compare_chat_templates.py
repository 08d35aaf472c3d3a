#!/usr/bin/env python3
"""Compares the template interpreter with transformers: files of real chat templates, or random templates from a grammar.

    python compare_chat_templates.py build/dev/bin/render_templates FOLDER_OF_TEMPLATES
    python compare_chat_templates.py build/dev/bin/render_templates --random 5000 [--seed 1]
A folder holds *.jinja files or tokenizer_config.json-like *.json ones; each is rendered with the conversations of
chat_template_cases.py. Exit code 1 if a text differs, or if only one of the two refuses. Needs `transformers`.
"""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys

import chat_template_cases as cases
import random_templates
import reference_templates


def answers(program, lines):
    text = "\n".join(json.dumps(line) for line in lines) + "\n"
    done = subprocess.run([program], input=text.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def real_cases(folder):
    for path in sorted(pathlib.Path(folder).iterdir()):
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            source = json.loads(source)["chat_template"]
        for conversation, messages in cases.CONVERSATIONS.items():
            for number, settings in enumerate(cases.SETTINGS):
                variables = {"messages": messages, "tools": None, "documents": None, **cases.TOKENS, **settings}
                yield path.name, f"{conversation}, {number}", source, variables


def random_cases(count, seed):
    generator = random.Random(seed)
    for number in range(count):
        source = random_templates.template(generator)
        yield "random", str(number), source, random_templates.VARIABLES


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=10)
    arguments = parser.parse_args()
    every = list(random_cases(arguments.random, arguments.seed) if arguments.random else real_cases(arguments.folder))
    ours = answers(arguments.program, [{"template": case[2], "variables": case[3]} for case in every])
    counts = collections.defaultdict(collections.Counter)
    shown = 0
    for (group, name, source, variables), answer in zip(every, ours):
        reference = reference_templates.render(source, variables)
        same = answer.get("text") == reference.get("text")
        counts[group]["same text" if same and "text" in answer else "both refuse" if same else "DIFFERENT"] += 1
        if not same and shown < arguments.show:
            shown += 1
            print(f"--- {group}, {name}\n{source if arguments.random else ''}\nours:      {answer}\nreference: {reference}")
    for group, counter in counts.items():
        print(group, dict(counter))
    sys.exit(any(counter["DIFFERENT"] for counter in counts.values()))


if __name__ == "__main__":
    main()
