#!/usr/bin/env python3
"""Makes a tokenizer.json of each model family's kind: its normaliser, pre-tokenizer, post-processor, decoder, model options
and flags of added tokens as the published files have them, around a small vocabulary of its own.

    python make_family_tokenizers.py --out FOLDER [--size 4000] --text FILE.jsonl...
writes FOLDER/<family>/tokenizer.json, learnt from every string of the JSON-lines files.
    python make_family_tokenizers.py --golden > tests/parity/family_golden.json
writes tiny ones, learnt from the sentences of make_tokenizer_golden.py, with hard texts and what Hugging Face tokenizers
makes of them. Needs the PyPI package `tokenizers`.
"""
import argparse
import json
import os
import random
import sys

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

import tokenizer_cases as cases

MARK = "\u2581"
TEXTS_PER_FAMILY = 20
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def ranges(*pairs):
    return "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in pairs)


def added(content, special=True, normalized=False, lstrip=False, rstrip=False):
    return {"content": content, "single_word": False, "lstrip": lstrip, "rstrip": rstrip, "normalized": normalized,
            "special": special}


def replace(pattern, content):
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


def begins_with(token):
    """The post-processor that puts `token` before a text; its id is filled in later."""
    return {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [
            {"SpecialToken": {"id": token, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": token, "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}},
        ],
        "special_tokens": {token: {"id": token, "ids": [], "tokens": [token]}},
    }


def after_byte_level(processor):
    return {"type": "Sequence", "processors": [cases.byte_level(True, True), processor]}


def byte_level_family(steps, tokens, **more):
    return {
        "style": "bytes", "normalizer": None, "pre_tokenizer": cases.sequence(*steps), "post_processor": None,
        "decoder": cases.byte_level(True, True), "tokens": tokens, "ignore_merges": False, **more,
    }


def sentencepiece_family(tokens, normalizer, pre_tokenizer, **more):
    return {
        "style": "characters", "normalizer": normalizer, "pre_tokenizer": pre_tokenizer,
        "post_processor": begins_with("<s>"), "tokens": tokens, "ignore_merges": False,
        "decoder": {"type": "Sequence", "decoders": [
            replace(MARK, " "), {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        **more,
    }


def metaspace(scheme, cut):
    return {"type": "Metaspace", "replacement": MARK, "prepend_scheme": scheme, "split": cut}


# DeepSeek LLM's letters and signs, as ranges of code points.
LETTERS = "A-Za-z\u00b5" + ranges(
    (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x1BA), (0x1BC, 0x1BF), (0x1C4, 0x293), (0x295, 0x2AF), (0x370, 0x373),
    (0x376, 0x376), (0x377, 0x377), (0x37B, 0x37D), (0x37F, 0x37F), (0x386, 0x386), (0x388, 0x38A), (0x38C, 0x38C),
    (0x38E, 0x3A1), (0x3A3, 0x3F5), (0x3F7, 0x481), (0x48A, 0x52F), (0x531, 0x556), (0x10A0, 0x10C5), (0x13A0, 0x13F5),
    (0x13F8, 0x13FD), (0x1C90, 0x1CBA), (0x1CBD, 0x1CBF), (0x1D00, 0x1D2B), (0x1D6B, 0x1D77), (0x1D79, 0x1D9A),
    (0x1E00, 0x1F15), (0x1F18, 0x1F1D), (0x1F20, 0x1F45), (0x1F48, 0x1F4D), (0x1F50, 0x1F57), (0x1F59, 0x1F59),
    (0x1F5B, 0x1F5B), (0x1F5D, 0x1F5D), (0x1F5F, 0x1F7D), (0x1F80, 0x1FB4), (0x1FB6, 0x1FBC), (0x1FBE, 0x1FBE),
    (0x1FC2, 0x1FC4), (0x1FC6, 0x1FCC), (0x1FD0, 0x1FD3), (0x1FD6, 0x1FDB), (0x1FE0, 0x1FEC), (0x1FF2, 0x1FF4),
    (0x1FF6, 0x1FFC), (0x2102, 0x2102), (0x2107, 0x2107), (0x210A, 0x2113), (0x2115, 0x2115), (0x2119, 0x211D),
    (0x2124, 0x2124), (0x2126, 0x2126), (0x2128, 0x2128), (0x212A, 0x212D), (0x212F, 0x2134), (0x2139, 0x2139),
    (0x213C, 0x213F), (0x2145, 0x2149), (0x214E, 0x214E), (0x2183, 0x2183), (0x2184, 0x2184), (0x2C00, 0x2C7B),
    (0x2C7E, 0x2CE4), (0x2CEB, 0x2CEE), (0x2CF2, 0x2CF2), (0x2CF3, 0x2CF3), (0xA640, 0xA66D), (0xA680, 0xA69B),
    (0xA722, 0xA76F), (0xA771, 0xA787), (0xA78B, 0xA78E), (0xAB70, 0xABBF), (0xFB00, 0xFB06), (0xFB13, 0xFB17),
    (0xFF21, 0xFF3A), (0xFF41, 0xFF5A), (0x10400, 0x1044F), (0x104B0, 0x104D3), (0x104D8, 0x104FB),
    (0x10C80, 0x10CB2), (0x10CC0, 0x10CF2), (0x118A0, 0x118DF), (0x1E900, 0x1E943))
SIGNS = "!-/:-~" + ranges((0xFF01, 0xFF0F), (0xFF1A, 0xFF5E), (0x2018, 0x201F), (0x3000, 0x3002))

LEGACY = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": MARK}, replace(" ", MARK)]}
NFC = {"type": "NFC"}
QWEN_STEPS = (cases.split(cases.QWEN2), cases.byte_level())
LLAMA3_STEPS = (cases.split(cases.LLAMA3), cases.byte_level())
DEEPSEEK_NAMES = ["<\uff5cbegin\u2581of\u2581sentence\uff5c>", "<\uff5cend\u2581of\u2581sentence\uff5c>"]
DEEPSEEK = [added(name, normalized=True) for name in DEEPSEEK_NAMES]
R1 = [added(name) for name in DEEPSEEK_NAMES] + [
    added(name, special=False) for name in ("<\uff5cUser\uff5c>", "<\uff5cAssistant\uff5c>", "<think>", "</think>")]
QWEN = [added("<|endoftext|>"), added("<|im_start|>"), added("<|im_end|>")]
LLAMA = [added("<unk>"), added("<s>"), added("</s>")]

FAMILIES = {
    "llama2": sentencepiece_family(LLAMA + [added("<pad>", special=False, normalized=True)], LEGACY, None),
    "mistral": sentencepiece_family(LLAMA, LEGACY, None),
    "mistral_v3": sentencepiece_family(
        LLAMA + [added("[INST]"), added("[/INST]"), added("[TOOL_CALLS]")], None, metaspace("first", False)),
    "metaspace": sentencepiece_family(
        LLAMA + [added("<a>", special=False, lstrip=True), added("<b>", rstrip=True)], NFC, metaspace("always", True),
        decoder=metaspace("always", True)),
    "mistral_nemo": byte_level_family(
        (cases.split(cases.TEKKEN), cases.byte_level()), LLAMA + [added("[INST]")], ignore_merges=True,
        post_processor=begins_with("<s>")),
    "llama3": byte_level_family(
        LLAMA3_STEPS, [added("<|begin_of_text|>"), added("<|eot_id|>")], ignore_merges=True,
        post_processor=after_byte_level(begins_with("<|begin_of_text|>"))),
    "qwen2.5": byte_level_family(QWEN_STEPS, QWEN, normalizer=NFC, post_processor=cases.byte_level()),
    "qwen3": byte_level_family(
        QWEN_STEPS, QWEN + [added("<think>", special=False), added("</think>", special=False)], normalizer=NFC,
        post_processor=cases.byte_level()),
    "smollm2": byte_level_family((cases.digits(True), cases.byte_level(False, True)), QWEN),
    "deepseek_llm": byte_level_family(
        (cases.split("[\r\n]"), cases.split(rf"\s?[{LETTERS}]+"), cases.split(rf"\s?[{SIGNS}]+"), cases.split(r"\s+$"), cases.split(cases.CODER_CJK),
         cases.digits(True), cases.byte_level()), DEEPSEEK, normalizer={"type": "Sequence", "normalizers": []},
        post_processor=cases.byte_level(True)),
    "deepseek_coder": byte_level_family(
        (cases.split("[\r\n]"), cases.split(r"\s?\p{L}+"), cases.split(r"\s?\p{P}+"), cases.split(cases.CODER_CJK), cases.digits(True),
         cases.byte_level()), DEEPSEEK, normalizer={"type": "Sequence", "normalizers": []},
        post_processor=cases.byte_level(True)),
    "deepseek_v3": byte_level_family(
        (cases.split(r"\p{N}{1,3}"), cases.split(cases.CJK3), cases.split(cases.DEEPSEEK3), cases.byte_level()), R1,
        normalizer={"type": "Sequence", "normalizers": []}, post_processor=after_byte_level(begins_with(DEEPSEEK_NAMES[0]))),
    "r1_distill_llama": byte_level_family(
        LLAMA3_STEPS, R1, ignore_merges=True, post_processor=after_byte_level(begins_with(DEEPSEEK_NAMES[0]))),
    "r1_distill_qwen": byte_level_family(
        QWEN_STEPS, R1, normalizer=NFC, post_processor=begins_with(DEEPSEEK_NAMES[0])),
}


def learnt(family, texts, size):
    """Vocabulary and merges of a BPE model."""
    bytes_only = family["style"] == "bytes"
    tokenizer = Tokenizer(models.BPE())
    specials = [] if bytes_only else [token["content"] for token in family["tokens"][:3]] + BYTES
    if bytes_only:
        tokenizer.pre_tokenizer = Tokenizer.from_str(json.dumps(
            {"version": "1.0", "pre_tokenizer": family["pre_tokenizer"],
             "model": {"type": "BPE", "vocab": {}, "merges": []}})).pre_tokenizer
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(MARK, "always", True)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, show_progress=False, special_tokens=specials, limit_alphabet=256 if bytes_only else 400,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if bytes_only else []))
    model = json.loads(tokenizer.to_str())["model"]
    if not bytes_only:  # runs of spaces are tokens in these families
        for length in (2, 4, 8):
            if MARK * length not in model["vocab"]:
                model["vocab"][MARK * length] = len(model["vocab"])
                model["merges"].append([MARK * (length // 2)] * 2)
    return model


def whole_file(family, model):
    """The file, with added tokens in the vocabulary or behind it, and the ids of the post-processor filled in."""
    model = dict(
        model, unk_token=None if family["style"] == "bytes" else "<unk>", fuse_unk=family["style"] != "bytes",
        byte_fallback=family["style"] != "bytes", ignore_merges=family["ignore_merges"])
    ids = {}
    for token in family["tokens"]:
        new = len(model["vocab"]) + sum(content not in model["vocab"] for content in ids)
        ids[token["content"]] = model["vocab"].get(token["content"], new)
    sections = {name: family[name] for name in ("normalizer", "pre_tokenizer", "post_processor", "decoder")}
    sections = json.loads(json.dumps(sections))
    post = sections["post_processor"] or {}
    for processor in post.get("processors", [post]):
        for name, token in processor.get("special_tokens", {}).items():
            token["ids"] = [ids[name]]
    tokens = [{"id": ids[token["content"]], **token} for token in family["tokens"]]
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, **sections, "model": model}


def golden_row(tokenizer, text, choose):
    readable = text.decode("utf-8", errors="replace")
    ids = [choose.randrange(tokenizer.get_vocab_size()) for _ in range(choose.randrange(16))]
    if tokenizer.token_to_id(BYTES[0]) is not None:  # runs of byte tokens, some of them text
        run = choose.choice(["\u00e9", "\u4e2d\u6587", "\U0001f44d"]).encode() + bytes([choose.randrange(256)] * (len(ids) % 2))
        ids += [tokenizer.token_to_id(BYTES[byte]) for byte in run]
    row = {"hex": text.hex(), "ids": tokenizer.encode(readable, add_special_tokens=False).ids, "decode": ids}
    row["decoded"] = tokenizer.decode(ids, skip_special_tokens=False)
    # Left out where they follow from the others.
    if (with_template := tokenizer.encode(readable).ids) != row["ids"]:
        row["begin"] = with_template[: len(with_template) - len(row["ids"])]
        assert with_template == row["begin"] + row["ids"]
    if (skipped := tokenizer.decode(ids, skip_special_tokens=True)) != row["decoded"]:
        row["skipped"] = skipped
    return row


def golden():
    from make_tokenizer_golden import CORPUS
    # One vocabulary for each style; whole sentences are words, so that every cut counts.
    models = {
        "bytes": learnt({**FAMILIES["qwen3"], "pre_tokenizer": cases.byte_level()}, CORPUS * 3, 400),
        "characters": learnt(FAMILIES["llama2"], CORPUS * 3, 420),
    }
    for model in models.values():
        model["merges"] = [" ".join(merge) for merge in model["merges"]]
    out = {"made_by": "make_family_tokenizers.py", "models": models, "families": []}
    for number, (name, family) in enumerate(FAMILIES.items()):
        file = whole_file(family, models[family["style"]])
        tokenizer = Tokenizer.from_str(json.dumps(file))
        choose = random.Random(number)
        contents = [token["content"] for token in family["tokens"]]
        rows = [golden_row(tokenizer, text, choose)
                for text in cases.texts(100 + number, TEXTS_PER_FAMILY, fragments=contents)]
        options = {key: value for key, value in file.pop("model").items() if key not in ("vocab", "merges")}
        out["families"].append({"name": name, "style": family["style"], "file": file, "options": options, "texts": rows})
    json.dump(out, sys.stdout, separators=(",", ":"))
    print()


def strings_of(files):
    for name in files:
        with open(name, encoding="utf-8") as file:
            for line in file:
                yield from (value for value in json.loads(line).values() if isinstance(value, str))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--golden", action="store_true")
    parser.add_argument("--out")
    parser.add_argument("--size", type=int, default=4000)
    parser.add_argument("--text", nargs="*", default=[])
    arguments = parser.parse_args()
    if arguments.golden:
        return golden()
    texts = list(strings_of(arguments.text))
    for name, family in FAMILIES.items():
        folder = os.path.join(arguments.out, name)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "tokenizer.json"), "w", encoding="utf-8") as file:
            json.dump(whole_file(family, learnt(family, texts, arguments.size)), file, ensure_ascii=False)


if __name__ == "__main__":
    main()
