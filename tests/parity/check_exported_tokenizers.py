#!/usr/bin/env python3
"""The tokenizer.json that we write, in the eyes of Hugging Face tokenizers.

    python check_exported_tokenizers.py build/dev/bin/export_model FOLDER... [--texts 2000] [--seed 1]
FOLDER holds tokenizer.json, of a model or of make_family_tokenizers.py. A tiny model around it is exported as safetensors,
and as GGUF and from there as safetensors; each tokenizer.json must give the ids of the original, special tokens included.
Exit code 1 on any difference. Needs numpy, safetensors and tokenizers.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy
import tokenizers
from safetensors.numpy import save_file

import tokenizer_cases as cases

WIDTH = 32  # a row of Q8_0


def write_model(folder, original, begin):
    size = original.get_vocab_size()
    config = dict(
        architectures=["LlamaForCausalLM"], model_type="llama", vocab_size=size, hidden_size=WIDTH,
        intermediate_size=WIDTH, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1, head_dim=WIDTH,
        max_position_embeddings=128, rms_norm_eps=1e-5, rope_theta=1e4, tie_word_embeddings=True, hidden_act="silu",
        bos_token_id=begin, eos_token_id=begin, torch_dtype="float32")
    (folder / "config.json").write_text(json.dumps(config))
    layer = "model.layers.0."
    square = [f"self_attn.{name}_proj" for name in "qkvo"] + [f"mlp.{name}_proj" for name in ("gate", "up", "down")]
    tensors = {f"{layer}{name}.weight": numpy.zeros((WIDTH, WIDTH), numpy.float32) for name in square}
    for name in (layer + "input_layernorm", layer + "post_attention_layernorm", "model.norm"):
        tensors[name + ".weight"] = numpy.ones(WIDTH, numpy.float32)
    tensors["model.embed_tokens.weight"] = numpy.zeros((size, WIDTH), numpy.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def ids_of(tokenizer, texts):
    return [tokenizer.encode(text, add_special_tokens=special).ids for text in texts for special in (False, True)]


def check(tool, source, count, seed):
    """The number of texts with other ids, by the way of the export."""
    original = tokenizers.Tokenizer.from_file(str(source / "tokenizer.json"))
    contents = [token["content"] for token in json.loads((source / "tokenizer.json").read_text())["added_tokens"]]
    texts = [text.decode("utf-8", errors="replace") for text in cases.texts(seed, count, fragments=contents)]
    expected = ids_of(original, texts)
    begin = original.encode("").ids
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        (work / "in").mkdir()
        shutil.copy(source / "tokenizer.json", work / "in")
        write_model(work / "in", original, begin[0] if begin else 0)
        for arguments in (("in", "safetensors", "safetensors"), ("in", "x.gguf", "gguf"), ("x.gguf", "gguf", "safetensors")):
            where, to, form = arguments
            subprocess.run([tool, work / where, work / to, form, "f32"], check=True)
        return {way: sum(a != b for a, b in zip(expected, ids_of(
            tokenizers.Tokenizer.from_file(str(work / way / "tokenizer.json")), texts))) for way in ("safetensors", "gguf")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    failed = False
    for folder in arguments.folders:
        different = check(arguments.tool, folder, arguments.texts, arguments.seed)
        failed |= any(different.values())
        print(f"{folder}: {arguments.texts} texts, with and without special tokens; differently", different, flush=True)
    sys.exit(failed)


main()
