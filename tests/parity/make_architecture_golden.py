"""Makes architecture_golden/*: what transformers says about a small model of every family and scaling of the rotary embedding.

    python tests/parity/make_architecture_golden.py

Needs torch and transformers (written with torch 2.15, transformers 5.23). NAME.json is the model's config.json, as its
authors would write it; NAME.bin holds ids, rows and, for each of these rows, all logits in float32; for some models also
projections of every gradient, computed in float64 (format: make_model_golden.py). Weights follow a formula that the test
knows too, so that no file has to hold them.
"""

import json
import pathlib
import struct
import tempfile

import numpy
import torch
import transformers

FOLDER = pathlib.Path(__file__).parent / "architecture_golden"
VOCABULARY = 40
DIRECTIONS = 3

BASE = dict(
    vocab_size=VOCABULARY,
    hidden_size=32,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    rms_norm_eps=1e-6,
    hidden_act="silu",
    tie_word_embeddings=False,
)
LLAMA = BASE | dict(architectures=["LlamaForCausalLM"], model_type="llama", rope_theta=10000.0)
QWEN2 = BASE | dict(architectures=["Qwen2ForCausalLM"], model_type="qwen2", rope_theta=1000000.0, tie_word_embeddings=True)
QWEN3 = BASE | dict(
    architectures=["Qwen3ForCausalLM"], model_type="qwen3", rope_theta=1000000.0, head_dim=24, tie_word_embeddings=True
)
MISTRAL = BASE | dict(architectures=["MistralForCausalLM"], model_type="mistral", rope_theta=10000.0)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16)

# Name: config, tokens, whether gradients are wanted
CASES = {
    "llama2": (LLAMA | dict(num_key_value_heads=4), 40, False),
    "llama3": (LLAMA | dict(head_dim=16, max_position_embeddings=128, rope_theta=500000.0, rope_scaling=LLAMA3), 120, False),
    "llama_bias": (LLAMA | dict(attention_bias=True), 40, True),
    "smollm2": (LLAMA | dict(tie_word_embeddings=True, rope_theta=130000.0, num_attention_heads=2, num_key_value_heads=1), 40, False),
    "qwen2": (QWEN2 | dict(use_sliding_window=False, sliding_window=32, max_window_layers=1), 40, False),
    "qwen2_separate": (QWEN2 | dict(tie_word_embeddings=False), 40, False),
    "qwen2_window": (QWEN2 | dict(num_hidden_layers=3, use_sliding_window=True, sliding_window=5, max_window_layers=1), 40, True),
    "qwen3": (QWEN3, 40, True),
    "qwen3_bias": (QWEN3 | dict(attention_bias=True, tie_word_embeddings=False), 40, False),
    "mistral": (MISTRAL | dict(sliding_window=7), 40, True),
    "mistral_full": (MISTRAL | dict(sliding_window=None, head_dim=16), 40, False),
    "linear": (LLAMA | dict(max_position_embeddings=16, rope_scaling=dict(type="linear", factor=4.0)), 64, False),
    "dynamic": (LLAMA | dict(max_position_embeddings=16, rope_scaling=dict(type="dynamic", factor=4.0)), 61, False),
    "dynamic_short": (LLAMA | dict(max_position_embeddings=16, rope_scaling=dict(type="dynamic", factor=4.0)), 16, False),
    "yarn": (QWEN2 | dict(max_position_embeddings=16, rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=16)), 64, False),
    "yarn_betas": (
        QWEN3 | dict(rope_parameters=YARN | dict(rope_theta=10000.0, attention_factor=1.25, beta_fast=4.0, beta_slow=0.5, truncate=False)),
        64, False,
    ),
    "yarn_mscale": (MISTRAL | dict(sliding_window=None, rope_parameters=YARN | dict(rope_theta=10000.0, mscale=0.707, mscale_all_dim=1.0)), 64, False),
}


def formula(name, count):
    """From -1 to 1 in steps of 1/128: a hash of name and index."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    x = (seed + numpy.arange(count, dtype=numpy.uint64) * 2654435761) % 2**32
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = (x ^ (x >> shift)) * factor % 2**32
    x ^= x >> 16
    return ((x >> 24).astype(numpy.float64) - 128) / 128


def weight(name, count):
    values = formula(name, count)
    if "norm" in name:
        return 1 + values / 4
    return values if "embed_tokens" in name else values / 4


def make_model(config, dtype):
    """The model as transformers makes it from the written config.json."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "config.json").write_text(json.dumps(config))
        parsed = transformers.AutoConfig.from_pretrained(folder)
    parsed._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(parsed).to(dtype).eval()
    for name, parameter in model.named_parameters():
        parameter.data = torch.from_numpy(weight(name, parameter.numel())).reshape(parameter.shape).to(dtype)
    return model


def write(name, records):
    with open(FOLDER / f"{name}.bin", "wb") as file:
        for key, value in records.items():
            values = torch.as_tensor(value).detach().flatten().to(torch.float32)
            file.write(struct.pack("<I", len(key)) + key.encode() + struct.pack("<I", values.numel()))
            file.write(values.numpy().tobytes())


def gradients(config, ids):
    """Each gradient of the mean negative log-likelihood, projected on a few directions."""
    model = make_model(config, torch.float64)
    logits = model(input_ids=ids, use_cache=False).logits[0, :-1]
    torch.nn.functional.cross_entropy(logits, ids[0, 1:]).backward()
    records = {}
    for name, parameter in model.named_parameters():
        gradient = parameter.grad.flatten()
        directions = [torch.from_numpy(formula(f"{k}/{name}", gradient.numel())) for k in range(DIRECTIONS)]
        records[f"gradient/{name}"] = torch.stack([gradient.norm()] + [gradient @ direction for direction in directions])
    return records


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, (config, length, wanted) in CASES.items():
        ids = torch.tensor([[(7 * i * i + 3 * i + len(name)) % VOCABULARY for i in range(length)]])
        rows = sorted({0, 1, 8, length // 2, length - 2, length - 1})
        with torch.no_grad():
            logits = make_model(config, torch.float32)(input_ids=ids, use_cache=False).logits[0, rows]
        records = dict(ids=ids, rows=torch.tensor(rows), logits=logits)
        write(name, records | (gradients(config, ids) if wanted else {}))
        (FOLDER / f"{name}.json").write_text(json.dumps(config, indent=1) + "\n")
        print(f"{name}: largest logit {logits.abs().max():.2f}")


if __name__ == "__main__":
    main()
