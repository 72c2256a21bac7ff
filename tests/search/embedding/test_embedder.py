"""One contract for every embedder, and the offline package's."""

import numpy as np
import pytest

from indexer.errors import ModelError
from search.embedding.embedder import DEFAULT_EMBEDDER, Embedder
from search.embedding.registry import load_embedder
from search.embedding.sentence_transformer import packaged

TEXTS = ["A dog catches a frisbee in a park.", "", "日本の猫", "word " * 600]


@pytest.fixture(params=["fake:", DEFAULT_EMBEDDER], scope="module")
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == DEFAULT_EMBEDDER and packaged() is None:
        pytest.skip("the offline package is not installed")
    return load_embedder(request.param, offline=True)


def test_vectors_have_length_one_and_the_stated_shape(embedder: Embedder) -> None:
    for embed in (embedder.documents, embedder.queries):
        vectors = embed(TEXTS)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), embedder.identity.dimensions)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert embed([]).shape == (0, embedder.identity.dimensions)


def test_company_changes_no_vector(embedder: Embedder) -> None:
    together = embedder.documents(TEXTS)
    alone = np.concatenate([embedder.documents([text]) for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-5)


def test_what_is_like_the_question_is_nearer(embedder: Embedder) -> None:
    documents = embedder.documents(["a dog catches a ball", "two cars wait at a red light"])
    near, far = documents @ embedder.queries(["a dog runs after a ball"])[0]
    assert near > far + 0.1


def test_an_embedder_that_cannot_be_had_is_one_sentence() -> None:
    with pytest.raises(ModelError, match="not on this machine"):
        load_embedder("nobody/nothing", offline=True)


def test_weights_that_are_not_the_published_ones_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if packaged() is None:
        pytest.skip("the offline package is not installed")
    monkeypatch.setattr("search.embedding.sentence_transformer._SHA256", "0" * 64)
    assert packaged() is None
