"""Encoding against Hugging Face tokenizers on one core.

    python tests/bench/peers/tokenizer_peer.py build/bench/bin/tokenizer_bench --model FOLDER... --text FILE.jsonl...
                                               [--rounds 5] [--turns 3]

FOLDER holds tokenizer.json. Texts: every string of the JSON-lines files by itself (short), and the same joined to texts of
64 KiB (long). Both programs take the same texts, in turns; theirs is encode_batch with one thread. Prints megabytes per
second of the best round each and the ratio. Needs the PyPI package `tokenizers`.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
import tokenizers

LONG = 1 << 16


def strings_of(files):
    for name in files:
        with open(name, encoding="utf-8") as file:
            for line in file:
                yield from (value for value in json.loads(line).values() if isinstance(value, str) and value)


def ours(program, folder, texts, rounds):
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(text.encode() + b"\0" for text in texts))
        file.flush()
        command = [program, os.path.join(folder, "tokenizer.json"), file.name, str(rounds)]
        answer = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return min(answer["seconds"]), answer["ids"]


def theirs(tokenizer, texts, rounds):
    best = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
        best = min(best, time.perf_counter() - begin)
    return best, sum(len(one.ids) for one in encoded)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--model", nargs="+", required=True)
    parser.add_argument("--text", nargs="+", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=2)
    arguments = parser.parse_args()
    short = [text.replace("\0", "") for text in strings_of(arguments.text)]
    joined = "\n".join(short)
    sets = {"short": short, "long": [joined[at : at + LONG] for at in range(0, len(joined), LONG)]}
    for folder in arguments.model:
        tokenizer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        for name, texts in sets.items():
            megabytes = sum(len(text.encode()) for text in texts) / 1e6
            turns = [
                (ours(arguments.program, folder, texts, arguments.rounds), theirs(tokenizer, texts, arguments.rounds))
                for _ in range(arguments.turns)
            ]
            assert all(mine[1] == other[1] for mine, other in turns), "the ids differ"
            mine, other = (min(turn[side][0] for turn in turns) for side in (0, 1))
            print(f"{os.path.basename(folder):16} {name:5} {megabytes:5.1f} MB: ours {megabytes / mine:6.1f} MB/s, "
                  f"tokenizers {megabytes / other:6.1f} MB/s, ratio {other / mine:5.2f}", flush=True)


main()
