#!/usr/bin/env python3
"""Compares `ahascope-cli tokenize` and `detokenize` with Hugging Face tokenizers on many texts, both ways.

    python compare_tokenizers.py --cli build/release/bin/ahascope-cli --model FOLDER... [--texts 10000] [--seed 1]
                                 [--real FILE.jsonl...]
FOLDER holds tokenizer.json. Real text is every string of the JSON-lines files given; code is this library's own. Also:
runs of a megabyte, and the time of both on the concatenated real text, on one core. Exit code 1 on any difference.
Needs the PyPI package `tokenizers`.
"""
import argparse
import inspect
import json
import os
import subprocess
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tokenizers

import tokenizer_cases as cases

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


def compare(cli, folder, texts):
    reference = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    readable = [text.decode("utf-8", errors="replace") for text in texts]
    expected = [reference.encode(text, add_special_tokens=False).ids for text in readable]
    found = filtered([cli, "tokenize", "--model", folder], [json_line(text=text) for text in texts])
    encode_errors = 0
    for text, ids, answer in zip(texts, expected, found):
        if answer.get("ids") != ids:
            encode_errors += 1
            if encode_errors <= 5:
                print("  differs:", text[:80], ids[:20], str(answer)[:200])
    decoded = filtered([cli, "detokenize", "--model", folder], [json_line(ids=ids) for ids in expected])
    decode_errors = sum(
        answer.get("text") != reference.decode(ids, skip_special_tokens=False) for ids, answer in zip(expected, decoded)
    )
    print(f"{folder}: {len(texts)} texts, {encode_errors} encoded and {decode_errors} decoded differently")
    return encode_errors + decode_errors + abs(len(found) - len(texts))


def timed(cli, folder, text):
    reference = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    # Both see documents of about 4 KB, as a dataset has.
    documents = [text[at : at + 4096] for at in range(0, len(text), 4096)]
    size = len(text.encode()) / 1e6
    begin = time.perf_counter()
    for document in documents:
        reference.encode(document, add_special_tokens=False)
    theirs = time.perf_counter() - begin
    lines = [json_line(text=document.encode()) for document in documents]
    seconds = {}
    for count, part in (("none", []), ("all", lines)):
        begin = time.perf_counter()
        filtered([cli, "tokenize", "--model", folder], part)
        seconds[count] = time.perf_counter() - begin
    ours = seconds["all"] - seconds["none"]
    print(f"  {size:.1f} MB: tokenizers {size / theirs:.1f} MB/s, ours with JSON in and out {size / ours:.1f} MB/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True)
    parser.add_argument("--model", required=True, nargs="+")
    parser.add_argument("--real", nargs="*", default=[])
    parser.add_argument("--texts", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    real = list(real_texts(arguments.real))
    texts = list(cases.texts(arguments.seed, arguments.texts, real, inspect.getsource(subprocess)))
    texts += [unit.encode() * (1_000_000 // len(unit.encode())) for unit in RUNS]
    errors = 0
    for folder in arguments.model:
        errors += compare(arguments.cli, folder, texts)
        if real:
            timed(arguments.cli, folder, "\n".join(real)[:8_000_000])
    sys.exit(1 if errors else 0)


main()
