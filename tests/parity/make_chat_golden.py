#!/usr/bin/env python3
"""Writes tests/parity/chat_golden.json: what transformers renders of our own templates and conversations.

The date is fixed. A text that several cases share stands once. Needs the PyPI packages `transformers` and `jinja2`.
    python make_chat_golden.py > tests/parity/chat_golden.json
"""
import json
import sys

import chat_template_cases as cases
import reference_templates


def main():
    golden = {"templates": cases.TEMPLATES, "conversations": cases.CONVERSATIONS, "settings": cases.SETTINGS,
              "tokens": cases.TOKENS, "texts": {}}
    for name, source, variables in cases.cases():
        answer = reference_templates.render(source, variables)
        golden["texts"][name] = answer.get("text")
    json.dump(golden, sys.stdout, ensure_ascii=False, indent=0, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
