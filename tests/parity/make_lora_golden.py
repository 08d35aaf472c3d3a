"""Makes model_golden/*_lora*.bin: what PEFT and TRL say about adapters on the models of make_model_golden.py.

    python tests/parity/make_lora_golden.py

Needs torch, transformers, trl and peft (written with torch 2.15, transformers 5.23, trl 1.16, peft 0.21). Everything is
computed in float64 and stored as float32.
"""

import pathlib
import sys

import peft
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import make_model_golden as golden

ADAPTERS = {
    "qwen2": dict(r=3, lora_alpha=6, target_modules="all-linear"),
    "llama": dict(r=2, lora_alpha=5, use_rslora=True, target_modules=["q_proj", "up_proj", "down_proj"]),
}


def make_adapted(family):
    config = peft.LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.0, **ADAPTERS[family])
    model = peft.get_peft_model(golden.make_model(family, 1), config).to(torch.float64)
    torch.manual_seed(3)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = golden.rounded(0.3 * torch.randn_like(parameter.data))
    return model


def adapters(model):
    return {name.replace(".default", ""): p for name, p in model.named_parameters() if "lora_" in name}


def take_step(model, records):
    parameters = adapters(model)
    for name, parameter in parameters.items():
        records[f"gradient/{name}"] = parameter.grad.clone()
    optimizer = torch.optim.AdamW(parameters.values(), lr=1e-3, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.1)
    records["grad_norm"] = torch.nn.utils.clip_grad_norm_(parameters.values(), 0.5)
    optimizer.step()
    for name, parameter in parameters.items():
        records[f"after/{name}"] = parameter.data


def supervised_loss(model):
    total = sum(len(ids) - start for ids, start in golden.TEXTS)
    loss = 0
    for ids, start in golden.TEXTS:
        log_softmax = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0], -1)
        loss = loss - sum(log_softmax[i - 1, ids[i]] for i in range(start, len(ids))) / total
    return loss


def main():
    for family in ADAPTERS:
        model = make_adapted(family)
        logits = model(input_ids=torch.tensor([golden.TEXTS[0][0]])).logits[0]
        records = {"log_softmax": torch.log_softmax(logits, -1).detach()}
        records |= {name: parameter.detach().clone() for name, parameter in adapters(model).items()}
        loss = supervised_loss(model)
        loss.backward()
        records["loss"] = loss.detach()
        take_step(model, records)
        golden.write(f"{family}_lora_sft", records)

        # The reference is the model with its adapter disabled.
        model = make_adapted(family)
        inputs, old, _ = golden.policy_inputs(model, golden.make_model(family, 1))
        loss, _ = golden.trl_loss(model, golden.CASES["dapo"], inputs)
        loss.backward()
        records = {"old_log_probs": old, "loss": loss.detach()}
        take_step(model, records)
        golden.write(f"{family}_lora_dapo", records)


main()
