"""A client of the server over a library of a few films."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.serving import World, serving, site, world


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def client(films: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    with (
        serving(site(films.library, tmp_path_factory.mktemp("cache"))) as address,
        httpx2.Client(base_url=address, timeout=60) as client,
    ):
        yield client
