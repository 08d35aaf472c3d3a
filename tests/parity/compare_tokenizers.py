#!/usr/bin/env python3
"""Compares `ahascope-cli tokenize` and `detokenize` with Hugging Face tokenizers on many texts, both ways.

    python compare_tokenizers.py --cli build/release/bin/ahascope-cli --model FOLDER... [--texts 10000] [--seed 1]
                                 [--real FILE.jsonl...]
FOLDER holds tokenizer.json, of a model or of make_family_tokenizers.py. Real text is every string of the JSON-lines files
given; code is this library's own; the tokenizer's added tokens are mixed in. Also long runs, the post-processor, random
ids. Exit code 1 on any difference. Needs the PyPI package `tokenizers`. For speed see
tests/bench/peers/tokenizer_peer.py.
"""
import argparse
import inspect
import json
import os
import random
import subprocess
import sys

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tokenizers

import tokenizer_cases as cases

RUN_BYTES = 100_000  # a megabyte is a matter of the unit tests: the other side is slow there
RUNS = ["a", " ", "\n", "1", "!", "\u4e2d", "ab", "\u0301", "\U0001f44d", "'s"]


def json_line(**fields):
    """A JSON object whose text may hold bytes that are not UTF-8."""
    parts = []
    for key, value in fields.items():
        if isinstance(value, bytes):
            # Escaped for JSON byte by byte; what is not ASCII goes through as it is.
            text = b"".join(b"\\u%04x" % b if b < 0x20 or b in b'"\\' else bytes([b]) for b in value)
            parts.append(b'"%s":"%s"' % (key.encode(), text))
        else:
            parts.append(b'"%s":%s' % (key.encode(), json.dumps(value).encode()))
    return b"{" + b",".join(parts) + b"}\n"


def filtered(command, lines):
    done = subprocess.run(command, input=b"".join(lines), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from strings_of(member)


def real_texts(files):
    for name in files:
        with open(name, encoding="utf-8") as file:
            for line in file:
                yield from (text for text in strings_of(json.loads(line)) if text)


def differences(what, texts, expected, found):
    wrong = [(text, wanted, got) for text, wanted, got in zip(texts, expected, found) if wanted != got]
    for text, wanted, got in wrong[:5]:
        print("  differs:", what, text[:80], str(wanted)[:120], str(got)[:120])
    return len(wrong) + abs(len(expected) - len(found))


def compare(cli, folder, texts, runs, seed):
    """`runs` are long: they are encoded once, without the post-processor, and not decoded."""
    reference = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    readable = [text.decode("utf-8", errors="replace") for text in texts]
    lines = [json_line(text=text) for text in texts]
    errors = {}
    long_ids = [reference.encode(text.decode(), add_special_tokens=False).ids for text in runs]
    found = [answer.get("ids") for answer in filtered([cli, "tokenize", "--model", folder], [json_line(text=t) for t in runs])]
    errors["long runs"] = differences("run", runs, long_ids, found)
    for name, flags in (("encoded", []), ("encoded with the post-processor", ["--special"])):
        expected = [reference.encode(text, add_special_tokens=bool(flags)).ids for text in readable]
        found = [answer.get("ids") for answer in filtered([cli, "tokenize", "--model", folder] + flags, lines)]
        errors[name] = differences(name, texts, expected, found)
    choose = random.Random(seed)
    rows = expected + [
        [choose.randrange(reference.get_vocab_size()) for _ in range(choose.randrange(20))] for _ in range(len(texts) // 2)
    ]
    for name, flags in (("decoded", []), ("decoded without special tokens", ["--skip-special"])):
        texts_again = [reference.decode(ids, skip_special_tokens=bool(flags)) for ids in rows]
        command = [cli, "detokenize", "--model", folder] + flags
        found = [answer.get("text") for answer in filtered(command, [json_line(ids=ids) for ids in rows])]
        errors[name] = differences(name, rows, texts_again, found)
    print(f"{folder}: {len(texts)} texts, {len(rows)} rows of ids; differently", errors, flush=True)
    return sum(errors.values())


def added_contents(folder):
    with open(os.path.join(folder, "tokenizer.json"), encoding="utf-8") as file:
        return [token["content"] for token in json.load(file)["added_tokens"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True)
    parser.add_argument("--model", required=True, nargs="+")
    parser.add_argument("--real", nargs="*", default=[])
    parser.add_argument("--texts", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    real = list(real_texts(arguments.real))
    errors = 0
    for folder in arguments.model:
        contents = added_contents(folder)
        texts = list(cases.texts(arguments.seed, arguments.texts, real, inspect.getsource(subprocess), contents))
        runs = [unit.encode() * (RUN_BYTES // len(unit.encode())) for unit in RUNS]
        errors += compare(arguments.cli, folder, texts, runs, arguments.seed)
    sys.exit(1 if errors else 0)


main()
