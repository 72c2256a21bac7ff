"""`python -m toy.training.train FOLDER`: from nothing to a checkpoint; run again to go on."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import torch
from transformers import PreTrainedTokenizerFast

from toy.training.auxiliary_heads import CLOSE_FITS_LAYER, Heads
from toy.training.batches import BALANCE, CLAIMS, EVERYTHING
from toy.training.device import choose
from toy.training.fused_attention import compile_layers, train_fast
from toy.training.joint_stage import Stage, learn_together
from toy.training.network import make_network, make_tokenizer, save
from toy.training.training_loop import Plan
from toy.training.vision_stage import learn_to_see

VISION = Plan(3200, muon=0.02, adam=2e-3, hold=0.6)
TOGETHER = Stage("together", Plan(3400, muon=0.006, adam=1e-3, hold=0.45), EVERYTHING)
CLOSELY = Stage(
    "closely", Plan(1000, muon=0.004, adam=7e-4, hold=0.4), CLAIMS, fits_layer=CLOSE_FITS_LAYER
)
CALMLY = Stage("calmly", Plan(1000, muon=0.003, adam=5e-4, hold=0.2), BALANCE, heads_weight=0.0)


def main() -> None:
    """Train and save; the states of all stages stay in FOLDER/state, for going on."""
    arguments = _arguments()
    folder: Path = arguments.folder
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    hardware = choose(arguments.device)
    start = perf_counter()
    seed: int = arguments.seed
    torch.manual_seed(seed)
    tokenizer = _tokenizer(state / "tokenizer", seed)
    network = make_network(tokenizer)
    train_fast(network, hardware)
    compile_layers(network)
    network.to(hardware.device)
    seeing = learn_to_see(network, _shorter(VISION, arguments), state, hardware)
    torch.manual_seed(seed + 1)  # the same whether the first stage was run just now or before
    heads = Heads(seeing, network.config.text_config.hidden_size).to(hardware.device)
    for stage in (TOGETHER, CLOSELY, CALMLY):
        plan = _shorter(stage.plan, arguments)
        learn_together(network, tokenizer, heads, replace(stage, plan=plan), state, hardware)
    save(network, tokenizer, folder / "checkpoint")
    minutes = (perf_counter() - start) / 60
    print(f"Saved {folder / 'checkpoint'} after {minutes:.0f} min. Next:")
    print(f"  python -m toy.training.evaluate {folder / 'checkpoint'}")


def _tokenizer(folder: Path, seed: int) -> PreTrainedTokenizerFast:
    """Return the tokenizer of a run, learnt once."""
    if not folder.exists():
        make_tokenizer(seed).save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def _shorter(plan: Plan, arguments: argparse.Namespace) -> Plan:
    share: float = arguments.share
    return replace(plan, steps=max(1, round(plan.steps * share)), seed=arguments.seed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m toy.training.train", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the checkpoint and the state go")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, mps, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: as many as cores")
    parser.add_argument("--share", type=float, default=1.0, help="of the steps, to try things out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
