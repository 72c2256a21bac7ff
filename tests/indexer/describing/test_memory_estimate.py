"""What memory a model takes is known from its files, and who has too little is told before."""

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
import torch

from indexer.describing.checkpoints import TOY
from indexer.describing.describer import Checkpoint, DescriberOptions
from indexer.describing.engines import choice, registry
from indexer.describing.engines.choice import load_engine
from indexer.describing.engines.torch_engine import load_model
from indexer.describing.hardware import Hardware
from indexer.describing.memory_estimate import (
    Needs,
    batch_within,
    check_memory,
    free_bytes,
    needs,
    parameters_of,
)
from indexer.errors import ModelError

GB = 10**9
TOYS = Checkpoint("toy", "1", TOY)
Free = Callable[[int | None], None]


def test_weights_are_counted_without_loading_them() -> None:
    model = load_model(TOYS, Hardware("cpu", torch.float32))
    assert parameters_of(TOY) == sum(w.numel() for w in model.state_dict().values())


@pytest.mark.parametrize("content", [b"", b"123", b"\xff" * 100, b"\x02" + bytes(7) + b"[]"])
def test_a_damaged_file_counts_as_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    assert parameters_of(tmp_path) == 0


def test_shards_count_together(tmp_path: Path) -> None:
    for number, shape in enumerate(([2, 3], [4], [])):
        table = {"weight": {"dtype": "BF16", "shape": shape, "data_offsets": [0, 0]}}
        head = json.dumps(table | {"__metadata__": {"format": "pt"}}).encode()
        (tmp_path / f"model-{number}.safetensors").write_bytes(
            len(head).to_bytes(8, "little") + head
        )
    assert parameters_of(tmp_path) == 6 + 4 + 1


def test_more_windows_and_larger_numbers_take_more() -> None:
    torch_kind = registry.engine_kind("torch")
    half, whole = map(torch_kind.bytes_per_weight, ("bfloat16", "float32"))
    one = needs(TOY, half, 1)
    assert needs(TOY, half, 4).most > one.most
    assert needs(TOY, whole, 1).least == 2 * one.least == 4 * parameters_of(TOY)


@pytest.mark.parametrize("name", registry.KINDS)
def test_an_engine_takes_at_most_so_much(name: str) -> None:
    for precision in ("int8", "bfloat16", "float32"):
        least, most = registry.engine_kind(name).bytes_per_weight(precision)
        assert 1 <= least < most < 8


@pytest.mark.parametrize(
    ("free", "said"), [(None, ""), (9 * GB, ""), (6 * GB, "may take 8.0 GB"), (3 * GB, "refused")]
)
def test_who_has_too_little_is_told_before(free: int | None, said: str) -> None:
    told: list[str] = []
    needed = Needs(least=4 * GB, most=8 * GB)
    if said == "refused":
        with pytest.raises(
            ModelError, match=r"2\.2b does not fit .*4\.0 GB of weights, 3\.0 GB free"
        ):
            check_memory("2.2b", needed, free, told.append)
        assert not told
    else:
        check_memory("2.2b", needed, free, told.append)
        assert said in "".join(told)
        assert bool(told) == bool(said)


def test_batches_shrink_with_memory_but_never_to_nothing() -> None:
    sizes = (None, 8 * GB, GB // 2, 1)
    assert [batch_within(4, free, 256_000_000) for free in sizes] == [4, 4, 2, 1]
    assert [batch_within(4, free, 2_200_000_000) for free in sizes] == [4, 4, 1, 1]


def test_free_memory_is_known_here() -> None:
    free = free_bytes()
    assert free is None or free > 0


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Free:
    return lambda amount: monkeypatch.setattr(choice, "free_on", lambda device: amount)


def test_a_model_that_does_not_fit_is_not_loaded(free: Free) -> None:
    free(parameters_of(TOY))
    with pytest.raises(ModelError, match="toy does not fit into memory"):
        load_engine(DescriberOptions("toy", device="cpu"), TOYS, lambda _: None)


def test_where_graphs_cannot_be_prepared_torch_does(free: Free, tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    folder = copytree(TOY, tmp_path / "mine")
    checkpoint, told = Checkpoint(str(folder), "revision", folder), list[str]()
    free(GB)
    options = DescriberOptions(str(folder), dtype="float32", device="cpu", cache=tmp_path / "c")
    loaded = load_engine(options, checkpoint, told.append)
    assert loaded.name == "torch in float32"
    assert "torch describes instead" in told[0]
    asked = DescriberOptions(str(folder), dtype="float32", device="cpu", engine="openvino")
    with pytest.raises(ModelError, match=r"Preparing .* takes 1\.0 GB of memory, once"):
        load_engine(asked, checkpoint, told.append)
