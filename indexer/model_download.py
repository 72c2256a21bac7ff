"""Fetches models from the Hugging Face hub, after it was said which and how big."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.errors import ModelError


def is_forbidden() -> bool:
    """Whether the environment says that nothing is to be fetched."""
    return os.environ.get("HF_HUB_OFFLINE", "") in {"1", "true", "TRUE", "yes", "on"}


def download(
    hub_id: str,
    wanted: Sequence[str],
    unwanted: Sequence[str] = (),
    *,
    called: str,
    option: str,
    offline: bool,
    announce: Callable[[str], None],
) -> Path:
    """Fetch the files of a model that some patterns want; return the folder where they are.

    A sentence for people speaks of the model as it is `called`, and of the `option` that takes a
    folder instead. `announce` is told what and how big before it begins.

    Raises:
        ModelError: nothing is to be fetched, the hub has no such model, or cannot be reached.
    """
    if offline or is_forbidden():
        raise ModelError(
            f"{called} is not on this machine and downloads are off: run once without --offline,"
            f" or give {option} a folder."
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    some, not_these = list(wanted), list(unwanted) or None
    try:
        plan = snapshot_download(
            hub_id, allow_patterns=some, ignore_patterns=not_these, dry_run=True
        )
        size_bytes = sum(file.file_size or 0 for file in plan if file.will_download)
        announce(
            f"Downloading {hub_id} ({size_bytes / 1e9:.1f} GB) from the Hugging Face hub, once."
        )
        return Path(snapshot_download(hub_id, allow_patterns=some, ignore_patterns=not_these))
    except (GatedRepoError, RepositoryNotFoundError) as error:
        raise ModelError(
            f"The hub has no {hub_id} for you: check the name, or log in with `hf auth login`."
        ) from error
    except OSError as error:
        raise ModelError(
            f"{called} could not be downloaded: connect to the network and run again, or give"
            f" {option} a folder."
        ) from error
