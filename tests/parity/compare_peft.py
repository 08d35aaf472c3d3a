"""Adapters in and out, against PEFT itself.

    python tests/parity/compare_peft.py build/dev/bin/ahascope-cli

Needs torch, transformers and peft. An adapter that PEFT saved is loaded, trained for a step at learning rate 0, exported
and loaded by PEFT again: every value must come back bit for bit. The log-probabilities of a text under base and adapter,
and under the merged export, are compared with transformers'. Prints the largest difference and fails above 1e-4.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import peft
import torch
import transformers
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).parents[2]
BASE = ROOT / "resources/models/running-sum-tiny"
TEXT = [3, 9, 4, 1, 12, 7, 7, 2, 30, 5]
ADAPTERS = [
    dict(r=4, lora_alpha=8, target_modules="all-linear", lora_dropout=0.1),
    dict(r=3, lora_alpha=5.5, target_modules=["k_proj", "down_proj"], use_rslora=True),
]
EXPERIMENT = """
schema_version = 1
name = "peft"
[model]
path = "{base}"
adapter = "{adapter}"
[template]
text = "User: {{{{prompt}}}}. Assistant:"
[data.train]
task = "running_sum"
[[rule]]
type = "format"
[[stage]]
type = "sft"
steps = 1
batch_size = 2
learning_rate = 0
max_completion_length = 8
"""


def run(cli, *arguments, text=None):
    return subprocess.run([cli, *map(str, arguments)], input=text, text=True, stdout=subprocess.PIPE, check=True).stdout


def log_probs_of_torch(model):
    with torch.no_grad():
        log_softmax = torch.log_softmax(model(input_ids=torch.tensor([TEXT])).logits[0].double(), -1)
    return torch.tensor([log_softmax[i - 1, TEXT[i]] for i in range(1, len(TEXT))])


def log_probs_of_cli(cli, *arguments):
    answer = json.loads(run(cli, "logprobs", *arguments, text=json.dumps({"ids": TEXT}) + "\n"))
    return torch.tensor(answer["logprobs"][1:], dtype=torch.float64)


def make_adapter(folder, settings):
    model = transformers.AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32)
    model = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", **settings))
    torch.manual_seed(1)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = 0.2 * torch.randn_like(parameter)
    model.save_pretrained(folder)


def load(adapter):
    model = transformers.AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32)
    return peft.PeftModel.from_pretrained(model, adapter).eval()


def values(model):
    return {name.replace(".default", ""): p.detach() for name, p in model.named_parameters() if "lora_" in name}


def check(cli, folder, settings):
    make_adapter(folder / "in", settings)
    (folder / "experiment.toml").write_text(EXPERIMENT.format(base=BASE, adapter=folder / "in"))
    run(cli, "run", folder / "experiment.toml", "--store", folder / "store")
    for form in ("peft", "safetensors"):
        run(cli, "export", "peft", "--what", "model", "--format", form, "--out", folder / form, "--store", folder / "store")

    before, after = load_file(folder / "in/adapter_model.safetensors"), values(load(folder / "peft"))
    assert before.keys() == after.keys(), sorted(before.keys() ^ after.keys())
    assert all(torch.equal(before[name], after[name]) for name in before), "the values changed"

    expected = log_probs_of_torch(load(folder / "in"))
    merged = transformers.AutoModelForCausalLM.from_pretrained(folder / "safetensors", dtype=torch.float32)
    differences = {
        "PEFT's adapter here": log_probs_of_cli(cli, "--model", BASE, "--adapter", folder / "in"),
        "our adapter in PEFT": log_probs_of_torch(load(folder / "peft")),
        "merged here": log_probs_of_cli(cli, "--model", folder / "safetensors"),
        "merged in transformers": log_probs_of_torch(merged),
    }
    for name, actual in differences.items():
        difference = (actual - expected).abs().max().item()
        print(f"{settings['target_modules']}: {name}: largest difference {difference:.2e}")
        assert difference < 1e-4, name
    print(f"{len(before)} tensors bit-equal after PEFT -> Ahascope -> PEFT")


def main():
    for settings in ADAPTERS:
        with tempfile.TemporaryDirectory() as folder:
            check(sys.argv[1], pathlib.Path(folder), settings)


main()
