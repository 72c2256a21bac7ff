"""The network as it is saved."""

from pathlib import Path

from transformers import PreTrainedTokenizerFast

from toy.training.network import make_network, save


def test_a_saved_network_loads_and_weighs_little(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    save(make_network(tokenizer), tokenizer, tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 12_000_000
    assert (tmp_path / "model.safetensors").stat().st_mode & 0o777 == 0o644
