"""Keeps libraries' bars and warnings off the user's screen."""

import logging
import warnings


def hush_transformers() -> None:
    """Let transformers report errors only, and draw no bars of its own."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
