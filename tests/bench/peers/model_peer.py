"""The countdown demo's model in PyTorch eager on the CPU, against model_bench: same shapes, batch and threads.

    python tests/bench/peers/model_peer.py build/bench/bin/model_bench [--threads 2] [--repeat 5] [--cpu-time]

Needs torch and transformers. Both programs are run in turns, so that neighbours disturb both alike. Decoding: of
transformers' generate and a hand-written loop over the same model and its cache the faster one counts. Training:
forward, backward, gradient clipping and AdamW (foreach), with attention by scaled_dot_product_attention; texts are
padded to the longest of a batch, sorted by length and cut into the micro-batches that were fastest here. A GRPO step
as a whole samples the completions of `policy` first: here all in one batch, or 64 at a time, to the longest of it, as
generate does, and their log-probabilities serve the update. Prints tokens per second and the ratios of the medians.
"""

import argparse
import json
import statistics
import subprocess
import time

import torch
import transformers

VOCABULARY = 256


def make_model():
    torch.manual_seed(1)
    config = transformers.Qwen2Config(
        vocab_size=VOCABULARY, hidden_size=128, intermediate_size=384, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=384, tie_word_embeddings=True, eos_token_id=None,
        bos_token_id=None, pad_token_id=None,
    )
    return transformers.Qwen2ForCausalLM(config)


@torch.inference_mode()
def decode_by_generate(model, prompts, new):
    out = model.generate(
        prompts, attention_mask=torch.ones_like(prompts), do_sample=True, top_k=0, top_p=1.0, temperature=1.0,
        max_new_tokens=new, min_new_tokens=new, return_dict_in_generate=True, output_scores=False, pad_token_id=0,
    )
    assert out.sequences.shape == (prompts.shape[0], prompts.shape[1] + new)


@torch.inference_mode()
def decode_by_hand(model, prompts, new):
    """Keeps the log-probability of each token, as a rollout needs it."""
    cache = transformers.DynamicCache()
    ids, log_probs = prompts, []
    for _ in range(new):
        logits = model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1).logits[:, -1]
        log_softmax = torch.log_softmax(logits, -1)
        ids = torch.multinomial(log_softmax.exp(), 1)
        log_probs.append(log_softmax.gather(1, ids))


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, foreach=True)

    def step(self, micro_batches, loss_of):
        self.optimizer.zero_grad(set_to_none=True)
        for micro in micro_batches:
            loss_of(*micro).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()


def token_log_probs(model, ids, mask):
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
    log_softmax = torch.log_softmax(logits, -1)
    return log_softmax.gather(2, ids[:, 1:].unsqueeze(2)).squeeze(2), -(log_softmax.detach().exp() * log_softmax.detach()).sum(-1)


def supervised(model, rows):
    ids = torch.randint(VOCABULARY, (64, 130))
    micro = [(ids[i : i + rows], None) for i in range(0, 64, rows)]

    def loss_of(part, _):
        logits = model(input_ids=part, use_cache=False).logits[:, :-1]
        return torch.nn.functional.cross_entropy(logits.reshape(-1, VOCABULARY), part[:, 1:].reshape(-1), reduction="sum") / (64 * 129)

    return 64 * 130, micro, loss_of


LENGTHS = [20 + i * 37 % 211 for i in range(24 * 8)]


def policy(model, rows):
    lengths = sorted(LENGTHS)
    total = sum(lengths)
    micro = []
    for i in range(0, len(lengths), rows):
        part = lengths[i : i + rows]
        ids = torch.randint(VOCABULARY, (len(part), 10 + max(part)))
        mask = torch.zeros_like(ids)
        for row, length in enumerate(part):
            mask[row, : 10 + length] = 1
        advantages = torch.tensor([1.0 if row % 2 == 0 else -1.0 for row in range(len(part))]).unsqueeze(1)
        micro.append((ids, mask, advantages))

    def loss_of(ids, mask, advantages):
        log_probs, _ = token_log_probs(model, ids, mask)
        log_probs, chosen = log_probs[:, 9:], mask[:, 10:]
        ratio = torch.exp(log_probs + 5.5)
        loss = -torch.min(ratio * advantages, torch.clamp(ratio, 0.8, 1.2) * advantages)
        return (loss * chosen).sum() / total

    return total + 192 * 10, micro, loss_of


def sample_completions(model, prompts, together):
    for i in range(0, len(LENGTHS), together):
        decode_by_hand(model, prompts[i : i + together], max(LENGTHS[i : i + together]))


def rate(tokens, work, clock):
    begin = clock()
    work()
    return tokens / (clock() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bench")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--cpu-time", action="store_true", help="processor time; for one thread on a busy machine")
    arguments = parser.parse_args()
    clock = time.process_time if arguments.cpu_time else time.perf_counter
    torch.set_num_threads(arguments.threads)
    model = make_model()
    trainer = Trainer(model)
    prompts = torch.randint(VOCABULARY, (64, 10))
    peers = {
        "decode": {
            "generate": (64 * 120, lambda: decode_by_generate(model, prompts, 120)),
            "loop": (64 * 120, lambda: decode_by_hand(model, prompts, 120)),
        },
        "supervised": {},
        "policy": {},
    }
    for rows in (16, 64):
        for name, make in (("supervised", supervised), ("policy", policy)):
            tokens, micro, loss_of = make(model, rows)
            peers[name][f"{rows} rows"] = (tokens, lambda m=micro, f=loss_of: trainer.step(m, f))
    group_prompts = torch.randint(VOCABULARY, (24, 10)).repeat_interleave(8, 0)
    tokens, micro, loss_of = policy(model, 16)
    peers["step"] = {
        f"{together} together": (
            tokens,
            lambda n=together: (sample_completions(model, group_prompts, n), trainer.step(micro, loss_of)),
        )
        for together in (64, 192)
    }
    for ways in peers.values():
        for _, work in ways.values():
            work()

    ours, theirs = {name: [] for name in peers}, {name: {way: [] for way in ways} for name, ways in peers.items()}
    for _ in range(arguments.repeat):
        answer = subprocess.run(
            [arguments.bench, "--threads", str(arguments.threads), "--repeat", "3", "--cpu-time", str(int(arguments.cpu_time))],
            check=True, capture_output=True, text=True,
        )
        measured = json.loads(answer.stdout)
        for name, ways in peers.items():
            ours[name].append(measured[name]["median"])
            for way, (tokens, work) in ways.items():
                theirs[name][way].append(rate(tokens, work, clock))
    print(f"{measured['device']}; torch {torch.__version__}, transformers {transformers.__version__}, {arguments.threads} threads")
    for name in peers:
        medians = {way: statistics.median(rates) for way, rates in theirs[name].items()}
        way = max(medians, key=medians.get)
        mine = statistics.median(ours[name])
        spread = f"{min(ours[name]):.0f}..{max(ours[name]):.0f}", f"{min(theirs[name][way]):.0f}..{max(theirs[name][way]):.0f}"
        print(f"{name:10s} ours {mine:9.0f} tokens/s ({spread[0]})  PyTorch {medians[way]:9.0f} ({spread[1]}, {way})  ratio {mine / medians[way]:.2f}")


main()
