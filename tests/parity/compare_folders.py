"""Compares whole model folders with transformers, by hand: what is saved, and logits at true size.

    python tests/parity/compare_folders.py build/release/bin/model_logits saved
    python tests/parity/compare_folders.py build/release/bin/model_logits 0.5B 1.5B

saved takes every model of architecture_golden as a folder, has it loaded and saved, and loads what was saved with transformers:
same weights, bit for bit, and the logits of before. The sizes are random models of the shape of Qwen2.5, in float32 and in
bfloat16. Needs torch and transformers; model_logits is a target of its own.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy
import torch
import transformers

from make_architecture_golden import CASES, make_model

ROOT = pathlib.Path(__file__).parent.parent.parent
TOKENIZER = ROOT / "resources" / "models" / "countdown-tiny" / "tokenizer.json"
SHAPES = {
    "0.5B": dict(hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14),
    "1.5B": dict(hidden_size=1536, intermediate_size=8960, num_hidden_layers=28, num_attention_heads=12),
}
TOKENS = 96


def make_folder(shape, folder):
    config = transformers.Qwen2Config(
        **shape, vocab_size=151936, num_key_value_heads=2, max_position_embeddings=32768, rms_norm_eps=1e-6,
        tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e6),
    )
    torch.manual_seed(1)
    model = transformers.Qwen2ForCausalLM(config)
    for name, parameter in model.named_parameters():  # biases and norms that are no zeros and ones
        if parameter.dim() == 1:
            parameter.data += 0.1 * torch.randn_like(parameter)
    model.save_pretrained(folder / "f32")
    model.to(torch.bfloat16).save_pretrained(folder / "bf16")
    for name in ("f32", "bf16"):
        shutil.copy(TOKENIZER, folder / name)


def transformers_logits(folder, ids, dtype):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    with torch.no_grad():
        return model(input_ids=ids, use_cache=False).logits[0].to(torch.float32).numpy()


def our_logits(program, folder, dtype, ids, work, saved=()):
    (work / "ids.bin").write_bytes(ids.numpy().astype("<i4").tobytes())
    subprocess.run([program, folder, dtype, work / "ids.bin", work / "logits.bin", *saved], check=True)
    return numpy.fromfile(work / "logits.bin", dtype="<f4").reshape(ids.shape[1], -1)


def difference(a, b):
    return f"largest {numpy.abs(a - b).max():.3g}, root mean square {numpy.sqrt(numpy.square(a - b).mean()):.3g}"


def compare_logits(program, size):
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        make_folder(SHAPES[size], work)
        ids = torch.randint(151936, (1, TOKENS), generator=torch.Generator().manual_seed(2))
        exact = transformers_logits(work / "f32", ids, torch.float32)
        print(f"{size}: largest logit {numpy.abs(exact).max():.3g}")
        print(f"{size}, float32, ours against transformers: {difference(our_logits(program, work / 'f32', 'f32', ids, work), exact)}")
        ours = our_logits(program, work / "bf16", "bf16", ids, work)
        theirs = transformers_logits(work / "bf16", ids, torch.bfloat16)
        print(f"{size}, bfloat16, ours against float32: {difference(ours, exact)}")
        print(f"{size}, bfloat16, transformers against float32: {difference(theirs, exact)}")


def compare_saved(program):
    vocabulary = 512  # room for the tokenizer that stands beside the weights
    for name, (config, length, _) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            model = make_model(config | dict(vocab_size=vocabulary), torch.float32)
            model.save_pretrained(work / "model")
            shutil.copy(TOKENIZER, work / "model")
            ids = torch.randint(vocabulary, (1, length), generator=torch.Generator().manual_seed(2))
            exact = transformers_logits(work / "model", ids, torch.float32)
            ours = our_logits(program, work / "model", "f32", ids, work, saved=[work / "saved"])
            again = transformers.AutoModelForCausalLM.from_pretrained(work / "saved", dtype=torch.float32)
            states = model.state_dict(), again.state_dict()
            equal = states[0].keys() == states[1].keys() and all(torch.equal(states[0][key], states[1][key]) for key in states[0])
            same = numpy.array_equal(transformers_logits(work / "saved", ids, torch.float32), exact)
            print(f"{name}: weights {'bit-equal' if equal else 'DIFFER'}, logits of the saved folder "
                  f"{'bit-equal' if same else 'DIFFER'}, ours against transformers: {difference(ours, exact)}")


def main():
    for what in sys.argv[2:]:
        compare_saved(sys.argv[1]) if what == "saved" else compare_logits(sys.argv[1], what)


main()
