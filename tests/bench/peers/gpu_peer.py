#!/usr/bin/env python3
"""What tests/gpu/gpu_bench measures, with PyTorch and transformers on the same GPU: rollout, training, and a GRPO step.

    gpu_peer.py [--shape 0.5B|1.5B|tiny] [--device cuda] [rollout] [training] [grpo]

Random bfloat16 weights in the same shapes, the same tokens and the same ragged lengths (exponential, the longest four times
the mean). rollout: the best of generate() with a dynamic cache and with a static, compiled one, and of continuous batching
where this transformers has it. training: torch.compile, scaled_dot_product_attention, fused AdamW. grpo: a plain loop of
transformers' generate() and PyTorch, named as such; it is not TRL. Each figure is the median of five after two that warm up.
"""
import argparse
import math
import statistics
import time

import torch
from transformers import GenerationConfig, Qwen2Config, Qwen2ForCausalLM, StoppingCriteria, StoppingCriteriaList

SHAPES = {
    "0.5B": (896, 4864, 24, 14, 2, 151936, True),
    "1.5B": (1536, 8960, 28, 12, 2, 151936, True),
    "tiny": (64, 96, 2, 4, 2, 300, True),
}


def make_model(shape, device):
    hidden, inner, layers, heads, kv_heads, vocabulary, tied = SHAPES[shape]
    config = Qwen2Config(
        vocab_size=vocabulary, hidden_size=hidden, intermediate_size=inner, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, tie_word_embeddings=tied,
        max_position_embeddings=32768, attn_implementation="sdpa", eos_token_id=None, pad_token_id=0)
    torch.manual_seed(1)
    return Qwen2ForCausalLM(config).to(device=device, dtype=torch.bfloat16)


def median_seconds(work, device, repetitions=5):
    def once():
        begin = time.perf_counter()
        work()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        return time.perf_counter() - begin

    for _ in range(2):
        once()
    return statistics.median(once() for _ in range(repetitions))


class Lengths(StoppingCriteria):
    """Ends each sequence at its own length."""

    def __init__(self, prompt, lengths):
        self.ends = prompt + lengths

    def __call__(self, ids, scores, **_):
        return ids.shape[1] >= self.ends


class Load:
    def __init__(self, args):
        small = args.shape == "tiny"
        self.prompts, self.size = (3, 2) if small else (64, 8)
        self.prompt, self.longest = (8, 16) if small else (256, 512)
        generator = torch.Generator().manual_seed(1)
        vocabulary = SHAPES[args.shape][5]
        prompts = torch.randint(0, vocabulary, (self.prompts, self.prompt), generator=generator)
        self.ids = prompts.repeat_interleave(self.size, 0).to(args.device)
        uniform = torch.rand(self.prompts * self.size, generator=generator)
        lengths = (-self.longest / 4 * torch.log1p(-uniform)).clamp(1, self.longest).ceil().long()
        self.lengths = lengths.to(args.device)
        self.tokens = int(lengths.sum())

    def generate(self, model, **options):
        config = GenerationConfig(do_sample=True, temperature=1.0, top_k=0, max_new_tokens=self.longest, pad_token_id=0,
                                  **options)
        with torch.no_grad():
            return model.generate(self.ids, attention_mask=torch.ones_like(self.ids), generation_config=config,
                                  stopping_criteria=StoppingCriteriaList([Lengths(self.prompt, self.lengths)]))


def rollout(args, model):
    load = Load(args)
    best = 0.0
    for name, options in (("dynamic cache", {}), ("static cache, compiled", {"cache_implementation": "static"})):
        rate = load.tokens / median_seconds(lambda: load.generate(model, **options), args.device)
        print(f"rollout, generate(), {name}: {rate:.0f} completed tokens per second")
        best = max(best, rate)
    if hasattr(model, "generate_batch"):
        # Requests of the mean length: continuous batching knows no stopping criterion per request.
        config = GenerationConfig(do_sample=True, top_k=0, max_new_tokens=math.ceil(load.tokens / len(load.lengths)))
        inputs = [row.tolist() for row in load.ids]
        try:
            seconds = median_seconds(
                lambda: model.generate_batch(inputs=inputs, generation_config=config), args.device, repetitions=3)
            rate = config.max_new_tokens * len(inputs) / seconds
            print(f"rollout, continuous batching, equal lengths: {rate:.0f} tokens per second")
            best = max(best, rate)
        except Exception as error:  # which kernels it needs varies with its version
            print(f"rollout, continuous batching: does not run here ({error})")
    print(f"rollout, best: {best:.0f} tokens per second")


def training(args, model):
    small = args.shape == "tiny"
    count, length, together = (2, 32, 2) if small else (32, 1024, 8)
    tokens = torch.randint(0, SHAPES[args.shape][5], (count, length), device=args.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=args.device.startswith("cuda"))
    compiled = torch.compile(model) if args.device.startswith("cuda") else model

    def update():
        for batch in tokens.split(together):
            (compiled(batch, labels=batch).loss * (together / count)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    print(f"training: {tokens.numel() / median_seconds(update, args.device):.0f} tokens per second")


def grpo(args, model):
    load = Load(args)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=args.device.startswith("cuda"))
    advantages = torch.tensor([1.0, -1.0], device=args.device).repeat(len(load.lengths) // 2)
    positions = torch.arange(load.longest, device=args.device)
    mask = (positions < load.lengths[:, None]).float()

    def step():
        ids = load.generate(model, cache_implementation="static")
        ids = torch.nn.functional.pad(ids, (0, load.prompt + load.longest - ids.shape[1]))
        for rows in torch.arange(len(ids), device=args.device).split(16):
            logits = model(ids[rows]).logits[:, load.prompt - 1:-1].float()
            chosen = torch.gather(logits, 2, ids[rows, load.prompt:, None]).squeeze(2)
            log_probs = chosen - torch.logsumexp(logits, 2)
            ratio = torch.exp(log_probs - log_probs.detach())
            loss = -(ratio * advantages[rows, None] * mask[rows]).sum() / mask.sum()
            loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    rate = len(load.lengths) / median_seconds(step, args.device)
    print(f"GRPO, a plain loop of transformers and PyTorch: {rate:.1f} samples per second")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="0.5B")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("what", nargs="*", default=["rollout", "training", "grpo"])
    args = parser.parse_args()
    name = torch.cuda.get_device_name() if args.device.startswith("cuda") else "cpu"
    print(f"== PyTorch {torch.__version__}, {name}, {args.shape}")
    for what in args.what:
        {"rollout": rollout, "training": training, "grpo": grpo}[what](args, make_model(args.shape, args.device))


if __name__ == "__main__":
    main()
