"""Makes model_golden/*.bin: what PyTorch, transformers and TRL say about tiny random models.

    python tests/parity/make_model_golden.py

Needs torch, transformers and trl (written with torch 2.15, transformers 5.23, trl 1.10). Everything is computed in
float64 and stored as float32. A file is a run of records: u32 length of the name, the name, u32 count, count float32
values, little-endian. The losses are TRL's own: GRPOTrainer._compute_loss, called on the whole update as one batch.
"""

import pathlib
import struct
import types

import torch
import transformers
from trl import GRPOTrainer

FOLDER = pathlib.Path(__file__).parent / "model_golden"
TEMPERATURE = 0.8
VOCABULARY = 19
COMMON = dict(
    vocab_size=VOCABULARY,
    hidden_size=12,
    intermediate_size=7,
    num_hidden_layers=2,
    num_attention_heads=2,
    max_position_embeddings=64,
    rms_norm_eps=1e-6,
    attention_dropout=0.0,
    use_cache=False,
)
# Prompt, then the completions of its group. Lengths are odd on purpose; one completion has a single token.
GROUPS = [
    ([3, 1, 4, 1, 5], [[9, 2, 6], [5, 3, 5, 8, 9, 7, 9], [3]]),
    ([2, 7, 18], [[2, 8, 1, 8], [2, 8, 4, 5, 9, 0, 4, 5, 2], [3, 5, 3, 6]]),
]
ADVANTAGES = [0.9, -1.2, 0.4, -0.7, 1.3, -0.2]
TEXTS = [([1, 6, 1, 8, 0, 3, 3, 9, 8], 3), ([2, 7, 1, 8, 2, 8], 1), ([0, 11, 17, 5, 12, 16, 16, 4], 5)]


def write(name, records):
    FOLDER.mkdir(exist_ok=True)
    with open(FOLDER / f"{name}.bin", "wb") as file:
        for key, value in records.items():
            values = torch.as_tensor(value, dtype=torch.float64).detach().flatten().to(torch.float32)
            file.write(struct.pack("<I", len(key)) + key.encode() + struct.pack("<I", values.numel()))
            file.write(values.numpy().tobytes())


def rounded(tensor):
    return tensor.to(torch.float32).to(torch.float64)


def make_model(family, seed):
    torch.manual_seed(seed)
    if family == "qwen2":
        config = transformers.Qwen2Config(
            **COMMON, num_key_value_heads=1, tie_word_embeddings=True, rope_parameters={"rope_theta": 1e4, "rope_type": "default"}
        )
        model = transformers.Qwen2ForCausalLM(config)
    else:
        config = transformers.LlamaConfig(
            **COMMON, num_key_value_heads=2, tie_word_embeddings=False, rope_parameters={"rope_theta": 5e5, "rope_type": "default"}
        )
        model = transformers.LlamaForCausalLM(config)
    model = model.to(torch.float64).eval()
    # Large and everywhere different from zero, so that no part of the model hides behind another.
    for parameter in model.parameters():
        parameter.data = rounded(parameter.data + 0.25 * torch.randn_like(parameter.data))
    return model


def token_log_probs(model, prompt, completion):
    """Log-probabilities and entropies of the completion's tokens, at TEMPERATURE."""
    ids = torch.tensor([prompt + completion])
    logits = model(input_ids=ids).logits[0, len(prompt) - 1 : -1] / TEMPERATURE
    log_softmax = torch.log_softmax(logits, -1)
    chosen = log_softmax.gather(1, torch.tensor(completion).unsqueeze(1)).squeeze(1)
    return chosen, -(log_softmax.exp() * log_softmax).sum(-1)


def completions():
    return [(prompt, completion) for prompt, group in GROUPS for completion in group]


def padded(rows):
    return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True)


class Accelerator:
    """One process."""

    num_processes = 1
    sync_gradients = True

    def gather(self, tensor):
        return tensor

    gather_for_metrics = gather

    def reduce(self, tensor, reduction):
        return tensor

    def pad_across_processes(self, tensor, dim, pad_index):
        return tensor


def trl_loss(model, settings, inputs):
    """GRPOTrainer._compute_loss on a trainer that has just what it reads. Returns the loss and TRL's metrics."""
    defaults = dict(
        loss_type="dapo",
        beta=0.1,
        epsilon_low=0.2,
        epsilon_high=0.2,
        importance_sampling_level="token",
        top_entropy_quantile=1.0,
        entropy_coef=0.0,
    )
    arguments = dict(
        delta=None,
        use_bias_correction_kl=False,
        sapo_temperature_neg=1.05,
        sapo_temperature_pos=1.0,
        vespo_k_pos=2.0,
        vespo_lambda_pos=3.0,
        vespo_k_neg=3.0,
        vespo_lambda_neg=2.0,
        steps_per_generation=1,
    )
    trainer = types.SimpleNamespace(**defaults)
    trainer.args = types.SimpleNamespace(**arguments)
    for key, value in settings.items():
        setattr(trainer.args if key in arguments else trainer, key, value)
    trainer._entropy_bonus_enabled = trainer.entropy_coef != 0.0
    trainer.accelerator = Accelerator()
    trainer.model = types.SimpleNamespace(training=True)
    trainer.use_vllm = trainer.vllm_importance_sampling_correction = trainer.use_adaptive_entropy = False
    trainer.aux_loss_enabled = False
    trainer.off_policy_mask_threshold = None
    trainer.current_gradient_accumulation_steps = 1
    trainer.max_completion_length = 9
    trainer._metrics = {"train": __import__("collections").defaultdict(list)}
    trainer.get_gamma_weights = GRPOTrainer.get_gamma_weights
    trainer.get_high_entropy_mask = lambda *a, **k: GRPOTrainer.get_high_entropy_mask(trainer, *a, **k)

    def log_probs_and_entropies(*_, **__):
        pairs = [token_log_probs(model, prompt, completion) for prompt, completion in completions()]
        return padded(p for p, _ in pairs), padded(e for _, e in pairs), None

    trainer._get_per_token_logps_and_entropies = log_probs_and_entropies
    loss = GRPOTrainer._compute_loss(trainer, model, inputs)
    metrics = {name: values[0] for name, values in trainer._metrics["train"].items() if name != "entropy_coef"}
    return loss, metrics


def take_step(model, records):
    """Clips and takes one AdamW step as Hugging Face's Trainer would; records gradients and weights."""
    for name, parameter in model.named_parameters():
        records[f"gradient/{name}"] = parameter.grad.clone()
    forbidden = ("bias", "norm")
    decayed = [p for n, p in model.named_parameters() if not any(part in n for part in forbidden)]
    spared = [p for n, p in model.named_parameters() if any(part in n for part in forbidden)]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": spared, "weight_decay": 0.0}],
        lr=1e-3, betas=(0.9, 0.98), eps=1e-6,
    )
    records["grad_norm"] = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    for name, parameter in model.named_parameters():
        records[f"after/{name}"] = parameter.data


def policy_inputs(model, reference):
    """The update of every case: old log-probabilities are off by enough to clip some tokens on either side."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        now = [token_log_probs(model, p, c)[0] for p, c in completions()]
        ref = [token_log_probs(reference, p, c)[0] for p, c in completions()]
    old = [rounded(n + 0.4 * torch.randn(n.shape, generator=generator, dtype=torch.float64)) for n in now]
    lengths = [len(c) for _, c in completions()]
    mask = padded(torch.ones(length, dtype=torch.int64) for length in lengths)
    return {
        "prompt_ids": torch.zeros(len(lengths), 1, dtype=torch.int64),
        "prompt_mask": torch.ones(len(lengths), 1, dtype=torch.int64),
        "completion_ids": torch.zeros_like(mask),
        "completion_mask": mask,
        "advantages": torch.tensor(ADVANTAGES, dtype=torch.float32).to(torch.float64),
        "num_items_in_batch": mask.sum(),
        "old_per_token_logps": padded(old),
        "ref_per_token_logps": padded(ref),
    }, torch.cat(old), torch.cat(ref)


CASES = {
    "grpo": dict(loss_type="grpo"),
    "bnpo": dict(loss_type="bnpo"),
    "dapo": dict(loss_type="dapo", epsilon_high=0.28),
    "dr_grpo": dict(loss_type="dr_grpo", delta=1.5, epsilon_high=3.0),
    "cispo": dict(loss_type="cispo", epsilon_high=1.2),
    "sapo": dict(loss_type="sapo"),
    "luspo": dict(loss_type="luspo", importance_sampling_level="sequence", use_bias_correction_kl=True),
    "vespo": dict(loss_type="vespo"),
    "gspo": dict(loss_type="grpo", importance_sampling_level="sequence", epsilon_low=0.05, epsilon_high=0.1),
    "entropy": dict(loss_type="dapo", top_entropy_quantile=0.35, entropy_coef=0.05, use_bias_correction_kl=True),
}


def main():
    families = {"qwen2": CASES, "llama": {"dapo": CASES["dapo"], "gspo": CASES["gspo"]}}
    for family, cases in families.items():
        write(f"{family}_model", dict(make_model(family, 1).named_parameters()))
        reference = make_model(family, 1)
        torch.manual_seed(2)
        for parameter in reference.parameters():
            parameter.data = rounded(parameter.data + 0.05 * torch.randn_like(parameter.data))
        write(f"{family}_reference", dict(reference.named_parameters()))

        model = make_model(family, 1)
        logits = model(input_ids=torch.tensor([TEXTS[0][0]])).logits[0]
        records = {"log_softmax": torch.log_softmax(logits, -1).detach()}
        inputs, old, ref = policy_inputs(model, reference)
        records |= {"old_log_probs": old, "ref_log_probs": ref}
        write(f"{family}_inputs", records)

        total = sum(len(ids) - start for ids, start in TEXTS)
        loss = 0
        for ids, start in TEXTS:
            log_softmax = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0], -1)
            loss = loss - sum(log_softmax[i - 1, ids[i]] for i in range(start, len(ids))) / total
        loss.backward()
        records = {"loss": loss.detach()}
        take_step(model, records)
        write(f"{family}_sft", records)

        for case, settings in cases.items():
            model = make_model(family, 1)
            loss, metrics = trl_loss(model, settings, dict(inputs))
            loss.backward()
            records = {"loss": loss.detach()} | {f"metric/{name}": value for name, value in metrics.items()}
            take_step(model, records)
            write(f"{family}_{case}", records)


if __name__ == "__main__":
    main()
