"""What we write, read by transformers and by the gguf package; what they write, read by us.

    python tests/parity/check_exported_models.py build/dev/bin/export_model [FAMILY...]

Needs torch, transformers and gguf (written with transformers 5.23, gguf 0.19). For a tiny random model of each family:
a folder saved by transformers is written again in shards and loaded by transformers with bit-equal weights and the same
small files; written as GGUF, each tensor and the tokenizer are equal in the gguf package's eyes (Q8_0 byte for byte as
the package quantises); transformers' own GGUF loader gives the same logits; read back from GGUF, the folder is equal.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
import tokenizers
import torch
import transformers

TOOL = sys.argv[1]
SIZES = dict(
    vocab_size=600, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256, bos_token_id=0, eos_token_id=1,
)
LLAMA3 = {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}
YARN = {"rope_type": "yarn", "rope_theta": 1e6, "factor": 4.0, "original_max_position_embeddings": 64}
# name: (config class, model class, options, GGUF architecture)
FAMILIES = {
    "llama": ("Llama", dict(rope_theta=1e4), "llama"),
    "llama-tied": ("Llama", dict(tie_word_embeddings=True), "llama"),
    "llama3": ("Llama", dict(rope_parameters=LLAMA3), "llama"),
    "qwen2": ("Qwen2", dict(tie_word_embeddings=True, rope_theta=1e6), "qwen2"),
    "qwen2-yarn": ("Qwen2", dict(rope_parameters=YARN), "qwen2"),
    # The loader of transformers takes its own default of head_dim here, whatever attention.key_length says.
    "qwen3": ("Qwen3", dict(head_dim=128, rope_theta=1e6), "qwen3"),
    "mistral": ("Mistral", dict(sliding_window=32), "llama"),
}
TEXTS = ["Hello world, 12345!", "  two  spaces\n\n", "naïve café 中文 🙂", "def f(x):\n\treturn x", "<|end|> and <think>"]
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def run(*arguments):
    subprocess.run([TOOL, *map(str, arguments)], check=True)


def make_tokenizer():
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.normalizer = tokenizers.normalizers.NFC()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Split(tokenizers.Regex(QWEN2), "isolated"),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|begin|>", "<|end|>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator([pathlib.Path(__file__).read_text()], trainer)
    tokenizer.add_tokens([tokenizers.AddedToken("<think>", normalized=False)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|begin|>", eos_token="<|end|>", pad_token="<|end|>",
        chat_template="{% for m in messages %}{{ m['content'] }}{% endfor %}")


def make_model(name, folder):
    torch.manual_seed(len(name))
    family, options, _ = FAMILIES[name]
    config = getattr(transformers, family + "Config")(**SIZES, **options)
    model = getattr(transformers, family + "ForCausalLM")(config).to(torch.bfloat16)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.05)
    model.generation_config.temperature = 0.7
    model.generation_config.do_sample = True
    model.save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)


def load(folder, **options):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **options).eval()


def load_tokenizer(folder):
    """tokenizer.json as it is; AutoTokenizer rebuilds some families' from their own idea."""
    return transformers.PreTrainedTokenizerFast.from_pretrained(folder)


def same_weights(one, other):
    one, other = one.state_dict(), other.state_dict()
    assert one.keys() == other.keys(), one.keys() ^ other.keys()
    for key in one:
        assert torch.equal(one[key], other[key]), key


def same_ids(one, other):
    for text in TEXTS:
        assert one(text)["input_ids"] == other(text)["input_ids"], text


def check_folder(original, work):
    reference = load(original)
    for dtype in ("bf16", "f32", "f16"):
        out = work / f"again-{dtype}"
        run(original, out, "safetensors", dtype, 50_000)
        assert len(list(out.glob("model-*-of-*.safetensors"))) > 1
        again = load(out)
        if dtype == "f16":  # not every bf16 value has an equal f16 one
            for key, value in reference.state_dict().items():
                assert torch.equal(value.half().float(), again.state_dict()[key]), key
        else:
            same_weights(reference, again)
        for name in ("generation_config.json", "tokenizer_config.json", "chat_template.jinja"):
            if (original / name).exists():
                assert (original / name).read_bytes() == (out / name).read_bytes(), name
        same_ids(load_tokenizer(original), load_tokenizer(out))
        generation = transformers.GenerationConfig.from_pretrained
        assert generation(out) == generation(original)
    run(original, work / "single", "safetensors", "bf16")
    assert (work / "single" / "model.safetensors").exists()
    same_weights(reference, load(work / "single"))


def paired(rows, heads):
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def check_tensors(reader, state, architecture, config):
    names = gguf.get_tensor_name_map(
        {"llama": gguf.MODEL_ARCH.LLAMA, "qwen2": gguf.MODEL_ARCH.QWEN2, "qwen3": gguf.MODEL_ARCH.QWEN3}[architecture],
        config.num_hidden_layers)
    stored = {tensor.name: tensor for tensor in reader.tensors}
    stored.pop("rope_freqs.weight", None)
    for name, value in state.items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        tensor = stored.pop(names.get_name(name, try_suffixes=(".weight", ".bias")))
        value = value.float().numpy()
        if architecture == "llama" and "q_proj.weight" in name:
            value = paired(value, config.num_attention_heads)
        if architecture == "llama" and "k_proj.weight" in name:
            value = paired(value, config.num_key_value_heads)
        expected = gguf.quants.quantize(value, tensor.tensor_type)
        assert tensor.data.tobytes() == expected.tobytes(), name
        assert (value.ndim == 1) <= (tensor.tensor_type == gguf.GGMLQuantizationType.F32), name
    assert not stored, stored.keys()


def check_tokenizer(reader, folder, vocabulary_size):
    field = lambda key: reader.get_field(key).contents()
    tokenizer = load_tokenizer(folder)
    tokens = field("tokenizer.ggml.tokens")
    types = field("tokenizer.ggml.token_type")
    assert len(tokens) == len(types) == vocabulary_size
    for token, index in tokenizer.get_vocab().items():
        assert tokens[index] == token, (index, token)
    for index, token in tokenizer.added_tokens_decoder.items():
        assert types[index] == (gguf.TokenType.CONTROL if token.special else gguf.TokenType.USER_DEFINED), token
    unused = [index for index, kind in enumerate(types) if kind == gguf.TokenType.UNUSED]
    assert unused == list(range(len(tokenizer), vocabulary_size))
    merges = json.loads((folder / "tokenizer.json").read_text())["model"]["merges"]
    assert field("tokenizer.ggml.merges") == [" ".join(merge) for merge in merges]
    assert field("tokenizer.ggml.model") == "gpt2" and field("tokenizer.ggml.pre") == "qwen2"
    assert field("tokenizer.ggml.bos_token_id") == tokenizer.bos_token_id
    assert field("tokenizer.ggml.eos_token_id") == tokenizer.eos_token_id
    assert field("tokenizer.ggml.padding_token_id") == tokenizer.pad_token_id
    assert field("tokenizer.chat_template") == tokenizer.chat_template


def check_gguf(original, work, name):
    reference = load(original)
    config = reference.config
    architecture = FAMILIES[name][2]
    ids = torch.randint(0, 400, (1, 24), generator=torch.Generator().manual_seed(1))
    for dtype in ("f32", "bf16", "f16", "q8_0"):
        path = work / f"{dtype}.gguf"
        run(original, path, "gguf", dtype)
        reader = gguf.GGUFReader(path)
        check_tensors(reader, reference.state_dict(), architecture, config)
        check_tokenizer(reader, original, config.vocab_size)
        back = work / f"back-{dtype}"
        run(path, back, "safetensors", "f32")
        loaded = load(back)
        if dtype in ("f32", "bf16"):
            same_weights(reference, loaded)
        with torch.no_grad():
            difference = (loaded(ids).logits - reference(ids).logits).abs().max().item()
        same_ids(load_tokenizer(original), load_tokenizer(back))
        theirs = ""
        if dtype != "q8_0" and "rope_parameters" not in FAMILIES[name][1] and name != "mistral":
            with torch.no_grad():  # transformers' loader knows no scaled frequencies and no windows
                other = (load(work, gguf_file=path.name)(ids).logits - loaded(ids).logits).abs().max().item()
            assert other < 1e-5, other
            theirs = f", transformers' own reader {other:.1e}"
        print(f"  {name} {dtype}: largest difference of a logit after the round trip {difference:.1e}{theirs}")


for name in sys.argv[2:] or FAMILIES:
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        make_model(name, work / "original")
        check_folder(work / "original", work)
        check_gguf(work / "original", work, name)
        print(f"{name}: equal")
