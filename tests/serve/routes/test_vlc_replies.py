"""Replies in lines, for VLC."""

import httpx2

from tests.serving import HOSTILE, World


def test_lines_for_vlc(client: httpx2.Client, films: World) -> None:
    reply = client.get("/api/vlc", params={"q": "a steam train", "min_confidence": 0, "limit": 1})
    (line,) = reply.text.splitlines()
    uri, start, stop, _, time, film, words = line.split("\t")
    assert uri == films.films["old film.avi"].path.as_uri()
    assert (float(start), time, film) == (0.0, "0:00", "old film.avi")
    assert float(stop) > 0
    assert words == "a steam train arrives"
    assert client.get("/api/vlc", params={"q": "not:"}).text.startswith("!\tAt character 1 of")
    hostile = client.get("/api/vlc", params={"q": f'"{HOSTILE.split()[0]}"', "min_confidence": 0})
    assert all(len(line.split("\t")) in (2, 7) for line in hostile.text.splitlines())
