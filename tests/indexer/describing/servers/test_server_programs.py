"""Which program serves a model, told from what it answers, and what no server should break."""

from typing import Any

import pytest

from indexer.describing.servers.server_programs import (
    LLAMA_CPP,
    LM_STUDIO,
    MLX_VLM,
    OLLAMA,
    OTHER,
    TRANSFORMERS,
    VLLM,
    Answer,
    ServerKind,
    kind_of,
    model_names,
)


@pytest.mark.parametrize(
    ("headers", "owner", "there", "kind"),
    [
        ({}, "vllm", {}, VLLM),
        ({}, "llamacpp", {}, LLAMA_CPP),
        ({"server": "llama.cpp"}, "me", {}, LLAMA_CPP),
        ({}, "organization_owner", {}, LM_STUDIO),
        ({}, "library", {}, OLLAMA),
        ({"x-request-id": "1"}, "HuggingFaceTB", {"/load_model": (405, {}, None)}, TRANSFORMERS),
        ({}, "HuggingFaceTB", {"/load_model": (405, {}, None)}, OTHER),
        ({}, "", {"/health": (200, {}, {"loaded_model": None})}, MLX_VLM),
        ({}, "", {"/health": (200, {}, {"status": "ok"})}, OTHER),
    ],
)
def test_a_program_is_told_by_its_answers(
    headers: dict[str, str], owner: str, there: dict[str, Answer], kind: ServerKind
) -> None:
    listing = (200, headers, {"data": [{"id": "a", "owned_by": owner}]})
    assert kind_of(listing, lambda path: there.get(path, (0, {}, None))) is kind


@pytest.mark.parametrize(
    "body", [None, [], "text", {"data": None}, {"data": "x"}, {"data": [None, 3, {"id": 4}]}]
)
def test_an_odd_listing_is_of_no_model_and_of_no_known_program(body: Any) -> None:
    assert model_names(body) == []
    assert kind_of((200, {}, body), lambda path: (0, {}, None)) is OTHER


def test_models_are_listed_in_order() -> None:
    assert model_names({"data": [{"id": "b"}, {"id": "a"}, {"id": None}]}) == ["b", "a"]
