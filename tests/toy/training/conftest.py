"""The toy's tokenizer, made once."""

import pytest
from transformers import PreTrainedTokenizerFast

from toy.training.network import make_tokenizer


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    return make_tokenizer(0)
