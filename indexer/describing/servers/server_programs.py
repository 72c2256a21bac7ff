"""Which program a server is: how it is told, what it is asked beside the usual, what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_CONFIG = (
    'set "do_image_splitting": false in the model folder\'s preprocessor_config.json (or'
    " processor_config.json) and start it again"
)


@dataclass(frozen=True, slots=True)
class ServerKind:
    """A program that serves models.

    `name` stands with what it described, `extra` is asked of it with every request, `remedy` says
    how to keep it from cutting pictures into tiles.
    """

    name: str
    remedy: str
    extra: Mapping[str, object] = field(default_factory=dict)


TRANSFORMERS = ServerKind(
    "transformers serve",
    _CONFIG,
    {
        "chat_template_kwargs": {
            "processor_kwargs": {"images_kwargs": {"do_image_splitting": False}}
        }
    },
)
VLLM = ServerKind(
    "vLLM",
    'start it with --mm-processor-kwargs \'{"size": {"longest_edge": 512}}\', or ' + _CONFIG,
)
LLAMA_CPP = ServerKind(
    "llama.cpp",
    "llama-server has no switch for that with SmolVLM: describe with fewer --frames, or with a"
    " server of another kind",
)
MLX_VLM = ServerKind("mlx-vlm", _CONFIG)
LM_STUDIO = ServerKind("LM Studio", _CONFIG + " (an MLX model)")
OLLAMA = ServerKind("Ollama", "Ollama has no switch for that: describe with fewer --frames")
OTHER = ServerKind("an OpenAI-style server", "see its manual, or describe with fewer --frames")

_BY_OWNER = {
    "vllm": VLLM,
    "llamacpp": LLAMA_CPP,
    "organization_owner": LM_STUDIO,
    "library": OLLAMA,
}

# A status, headers, and what JSON the body is (None: none).
Answer = tuple[int, Mapping[str, str], Any]


def kind_of(listing: Answer, get: Callable[[str], Answer]) -> ServerKind:
    """Return which program a server is, from its list of models and what else it answers.

    `get` fetches a path of the server's, and gives a status of 0 where that fails.
    """
    _, headers, body = listing
    if headers.get("server", "").lower().startswith("llama.cpp"):
        return LLAMA_CPP
    for owner in owners(body):
        if (kind := _BY_OWNER.get(owner)) is not None:
            return kind
    # It can be told to load a model, and only by POST.
    if "x-request-id" in headers and get("/load_model")[0] == 405:
        return TRANSFORMERS
    health = get("/health")[2]
    if isinstance(health, dict) and "loaded_model" in health:
        return MLX_VLM
    return OTHER


def owners(listing: Any) -> Sequence[str]:
    """Return who owns the models of a listing, as it says."""
    return [str(each.get("owned_by", "")).lower() for each in _entries(listing)]


def model_names(listing: Any) -> list[str]:
    """Return the names of the models that a server lists."""
    return [each["id"] for each in _entries(listing) if isinstance(each.get("id"), str)]


def _entries(listing: Any) -> list[dict[str, Any]]:
    entries = listing.get("data") if isinstance(listing, dict) else None
    if not isinstance(entries, list):
        return []
    return [each for each in entries if isinstance(each, dict)]
