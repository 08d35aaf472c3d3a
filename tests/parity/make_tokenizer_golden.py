#!/usr/bin/env python3
"""Writes tests/parity/tokenizer_golden.json: small tokenizers, texts, and what Hugging Face tokenizers makes of them.

One vocabulary, learnt from the sentences below, under every supported pre-tokenizer, with added tokens of all flags, a
normaliser and a post-processor. Needs the PyPI package `tokenizers`.
    python make_tokenizer_golden.py > tests/parity/tokenizer_golden.json
"""
import json
import random
import sys

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

import tokenizer_cases as cases

CORPUS = [
    "Let me think: 3 + 4 = 7, so the answer is 7. Wait, that's not right.",
    "We'll try again; the numbers are 12, 123 and 2024, don't use one twice.",
    "def check(value):\n    return value == target  # the target\n\n\n",
    "\u8ba9\u6211\u60f3\u60f3\uff0c\u7b49\u7b49\uff0c\u4e0d\u5bf9\u3002\u518d\u8bd5\u4e00\u6b21\uff1a\u4e2d\u6587\u5b57\u3002",
    "Stra\u00dfe, caf\u00e9, na\u00efve, \u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440, \U0001f44d\U0001f44d",
]
TEXTS_PER_TOKENIZER = 32


def learnt_model():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(cases.QWEN2), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS * 3, trainer)
    return json.loads(tokenizer.to_str())["model"]


def variant(model, pre_tokenizer, number):
    size = len(model["vocab"])
    end = {"id": "<|end|>", "ids": [size], "tokens": ["<|end|>"]}
    template = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<|end|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<|end|>": end},
    }
    return {
        "added_tokens": cases.added_tokens(size),
        "normalizer": {"type": "NFC"} if number % 2 else None,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": {"type": "Sequence", "processors": [cases.byte_level(True), template]},
        "decoder": cases.byte_level(True, True),
        "ignore_merges": number % 3 == 0,
    }


def whole_file(model, sections):
    sections = dict(sections)
    model = dict(model, ignore_merges=sections.pop("ignore_merges"))
    return {"version": "1.0", "truncation": None, "padding": None, **sections, "model": model}


def main():
    model = learnt_model()
    choose = random.Random(3)
    out = {"made_by": "make_tokenizer_golden.py", "model": model, "tokenizers": []}
    for number, (name, pre_tokenizer) in enumerate(cases.PRE_TOKENIZERS.items()):
        sections = variant(model, pre_tokenizer, number)
        tokenizer = Tokenizer.from_str(json.dumps(whole_file(model, sections)))
        size = tokenizer.get_vocab_size()
        rows = []
        for text in cases.texts(number, TEXTS_PER_TOKENIZER):
            readable = text.decode("utf-8", errors="replace")
            tokenizer.encode_special_tokens = False
            row = {"hex": text.hex(), "ids": tokenizer.encode(readable, add_special_tokens=False).ids}
            with_template = tokenizer.encode(readable).ids
            tokenizer.encode_special_tokens = True
            without_special = tokenizer.encode(readable, add_special_tokens=False).ids
            # Left out where they follow from "ids".
            if with_template != [len(model["vocab"])] + row["ids"]:
                row["with_template"] = with_template
            if without_special != row["ids"]:
                row["without_special"] = without_special
            ids = [choose.randrange(size + 3) for _ in range(choose.randrange(12))]
            row["decode"] = ids
            row["decoded"] = tokenizer.decode(ids, skip_special_tokens=False)
            if (skipped := tokenizer.decode(ids, skip_special_tokens=True)) != row["decoded"]:
                row["skipped"] = skipped
            rows.append(row)
        out["tokenizers"].append({"name": name, "sections": sections, "texts": rows})
    json.dump(out, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
