"""The page in real Chromium: what a person does with it, and that nothing goes wrong meanwhile."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from indexer.decoding.supervisor import DecodeWorker
from search import Library
from search.run_status import Running, ended, tell
from serve.schemas.replies import SavedReply
from tests.browser import chromium, page
from tests.media import render, steady
from tests.serving import HOSTILE, SECRET, Seer, World, put, serving, site, world
from tests.vlc import play, require_vlc

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("seen"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(films: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(site(films.library, tmp_path_factory.mktemp("cache"))) as address:
        yield address


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Page]:
    with page(browser, address, viewport={"width": 1280, "height": 900}) as tab:
        yield tab


def ask(tab: Page, question: str) -> None:
    tab.goto("/")
    tab.get_by_role("searchbox").fill(question)
    tab.keyboard.press("Enter")


def card(tab: Page, text: str) -> object:
    return tab.locator("#grid .card", has_text=text).first


def time_of(tab: Page) -> float:
    return float(tab.evaluate("document.querySelector('video').currentTime"))


def until(tab: Page, true: str) -> None:
    """Wait for an expression: the page's own policy forbids to evaluate one in it."""
    for _ in range(300):
        if tab.evaluate(true):
            return
        tab.wait_for_timeout(100)
    pytest.fail(f"never: {true}")


def playing(tab: Page) -> None:
    until(
        tab,
        "(() => { const v = document.querySelector('video');"
        " return !!v && !v.paused && v.videoWidth > 0 && v.readyState > 2 && !v.seeking; })()",
    )


def test_a_question_is_answered_with_pictures(tab: Page) -> None:
    ask(tab, "a steam train arrives")
    first = tab.locator("#grid .card").first
    expect(first).to_contain_text("a steam train arrives")
    expect(first).to_contain_text("old film.avi")
    expect(first.locator("img.there")).to_be_visible()
    assert "q=a+steam+train+arrives" in tab.url


def test_a_moment_plays_from_its_start_to_its_end_and_then_the_next(tab: Page) -> None:
    tab.goto("/?view=videos")
    tab.get_by_role("link", name=re.compile("park")).click()
    card(tab, "a dog runs out").locator(".open").click()
    playing(tab)
    start, end = 10.0, 20.0
    assert start <= time_of(tab) < end
    tab.evaluate("document.querySelector('video').currentTime = 19.5")
    expect(tab.locator(".playing h2")).to_contain_text("0:20", timeout=15_000)
    expect(tab.locator(".playing .text")).to_have_text("a tall tree")
    playing(tab)
    assert 20.0 <= time_of(tab) < 30.0


def test_what_a_browser_cannot_play_is_shown_as_a_film_of_the_moment(tab: Page) -> None:
    ask(tab, "a steam train arrives")
    tab.locator("#grid .card .open").first.click()
    playing(tab)
    assert "/api/clips/" in tab.evaluate("document.querySelector('video').src")
    before = time_of(tab)
    until(tab, f"document.querySelector('video').currentTime > {before}")


def test_a_codec_that_the_browser_lacks_is_played_all_the_same(
    browser: Browser, tmp_path: Path
) -> None:
    with DecodeWorker() as worker:
        video = worker.probe(render(tmp_path / "new.mp4", steady(10), 7, kind="HEVC"))
    library = Library.open(tmp_path / "library", create=True, embedder="fake:")
    put(library, video, "a heron takes off")
    with (
        serving(site(tmp_path / "library", tmp_path / "cache")) as address,
        page(browser, address) as tab,
    ):
        tab.goto("/?q=a+heron&min_confidence=0")
        tab.locator("#grid .card .open").first.click()
        playing(tab)
        assert "/api/clips/" in tab.evaluate("document.querySelector('video').src")


def test_a_model_that_looks_can_be_asked(browser: Browser, films: World, tmp_path: Path) -> None:
    seer = Seer(films.id("park.mp4"))
    with (
        serving(site(films.library, tmp_path, answerer=seer)) as address,
        page(browser, address) as tab,
    ):
        tab.goto("/?q=a+dog&min_confidence=0&in=park.mp4")
        tab.get_by_role("button", name="Look again").click()
        expect(tab.locator("#grid .tick").first).to_have_text(re.compile("seen"))
        tab.get_by_role("button", name="Ask the model").click()
        expect(tab.locator("#answers li").first).to_contain_text("a dog Only in park.mp4.")


def test_next_previous_and_close_by_keys(tab: Page) -> None:
    tab.goto("/?q=a&min_confidence=0")
    tab.locator("#grid .card .open").first.click()
    playing(tab)
    first = tab.locator(".playing h2").inner_text()
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(".playing h2")).not_to_have_text(first)
    tab.keyboard.press("ArrowLeft")
    expect(tab.locator(".playing h2")).to_have_text(first)
    tab.keyboard.press("Escape")
    expect(tab.locator(".playing")).to_have_count(0)
    tab.keyboard.press("/")
    expect(tab.get_by_role("searchbox")).to_be_focused()


def test_the_whole_film_is_there_to_be_sought_in(tab: Page) -> None:
    ask(tab, "a tall tree in:park.mp4")
    tab.locator("#grid .card .open").first.click()
    playing(tab)
    tab.get_by_text("All that happens in this film").click()
    tab.locator(".windows").get_by_role("button", name="0:10 a dog runs out").click()
    until(tab, "Math.abs(document.querySelector('video').currentTime - 10.5) < 1.5")
    assert tab.locator(".frames img").count() == 12


def test_filters_are_chips_that_come_and_go_and_back_works(tab: Page) -> None:
    tab.goto("/?q=a+dog&min_confidence=0")
    expect(tab.locator("#grid .card")).not_to_have_count(1)
    tab.get_by_role("button", name="Filters").click()
    tab.get_by_label("In folder or name").fill("deep")
    tab.get_by_role("button", name="Add").click()
    expect(tab.locator("#chips")).to_contain_text("in deep")
    expect(tab.locator("#grid .card")).to_have_count(1)
    tab.get_by_role("button", name="Remove in deep").click()
    expect(tab.locator("#grid .card")).not_to_have_count(1)
    tab.go_back()
    expect(tab.locator("#chips")).to_contain_text("in deep")
    expect(tab.locator("#grid .card")).to_have_count(1)


def test_more_and_not_like_this(tab: Page) -> None:
    tab.goto("/?view=videos")
    tab.get_by_role("link", name=re.compile("park")).click()
    card(tab, "a dog runs out").locator(".open").click()
    tab.get_by_role("button", name="More like this").click()
    expect(tab.locator("#chips")).to_contain_text("like the moment at 0:15")
    expect(tab.locator("#grid .card").first).to_contain_text("a dog runs out at night")
    tab.goto("/?q=a+dog&min_confidence=0")
    tab.locator("#grid .card .open").first.click()
    tab.get_by_role("button", name="Not like this").click()
    expect(tab.locator("#chips")).to_contain_text("not a ")


def test_chosen_moments_are_downloaded_and_play_in_vlc(tab: Page, tmp_path: Path) -> None:
    tab.goto("/?view=videos")
    tab.get_by_role("link", name=re.compile("park")).click()
    tab.get_by_label(re.compile("Choose park.mp4 0:10")).check()
    tab.get_by_label(re.compile("Choose park.mp4 0:20")).check()
    expect(tab.locator("#chosen")).to_contain_text("2 moments chosen")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download 2 chosen").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == ".xspf"
    require_vlc()
    shown = [one for one in play(path, tmp_path) if one.last > one.first]
    assert {one.file for one in shown} == {1}
    # On a busy machine VLC leaves pictures out, and a track is seen in pieces.
    starts = [one.first / 25 for one in shown]
    assert abs(starts[0] - 10) <= 0.15
    assert any(abs(start - 20) <= 0.15 for start in starts[1:])


@pytest.mark.parametrize("kind", ["fcpxml", "mpv-edl", "html"])
def test_other_formats_are_downloaded_too(tab: Page, kind: str) -> None:
    ask(tab, "a steam train arrives")
    expect(tab.locator("#grid .card").first).to_be_visible()
    tab.locator("#format").select_option(kind)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download all").click()
    assert Path(download.value.path()).stat().st_size > 100


def test_a_mistake_is_underlined_and_said(tab: Page) -> None:
    tab.expected.append("400")  # type: ignore[attr-defined]
    ask(tab, "a dog not: in:deep")
    expect(tab.locator("#mistake")).to_contain_text("At character 7 of the query")
    expect(tab.locator("#mirror mark")).to_have_text("not:")
    expect(tab.get_by_role("searchbox")).to_have_attribute("aria-invalid", "true")
    tab.get_by_role("searchbox").fill("a dog")
    expect(tab.locator("#mistake")).to_be_empty()


def test_nothing_found_is_said_and_what_was_closest_is_shown_on_demand(tab: Page) -> None:
    ask(tab, '"quarterly tax report"')
    expect(tab.locator("#nothing h2")).to_contain_text("Nothing here matches")
    expect(tab.locator("#grid .card")).to_have_count(0)
    tab.goto('/?q="no+such+words"')
    tab.get_by_role("button", name="Show what is closest").click()
    expect(tab.locator("#nothing h2")).to_contain_text("Nothing comes close")


def test_a_search_is_saved_and_found_again(tab: Page) -> None:
    ask(tab, "a steam train arrives")
    tab.get_by_role("button", name="Save this search").click()
    expect(tab.get_by_role("button", name="Forget this search")).to_be_visible()
    tab.get_by_role("link", name="Scenelist, first page").click()
    tab.locator("#saved").get_by_role("button", name="a steam train arrives", exact=True).click()
    expect(tab.locator("#grid .card").first).to_contain_text("a steam train")


def test_what_the_library_keeps_by_name_can_be_asked(
    browser: Browser, films: World, tmp_path: Path
) -> None:
    kept = [SavedReply(name="trains", query="a steam train arrives")]
    with (
        serving(site(films.library, tmp_path, saved=kept)) as address,
        page(browser, address) as tab,
    ):
        tab.goto("/")
        tab.get_by_role("button", name="@trains").click()
        expect(tab.locator("#grid .card").first).to_contain_text("a steam train")


def test_markup_in_words_and_names_stays_text(tab: Page) -> None:
    tab.goto("/?q=onerror&min_confidence=0&in=%3Cb%3E*")
    first = tab.locator("#grid .card").first
    expect(first.locator(".text")).to_have_text(" ".join(HOSTILE.split()))
    expect(first.locator(".name")).to_have_text("<b>bold & 'it'.mp4")
    first.locator(".open").click()
    playing(tab)
    assert tab.locator("main b:not(.sure b), main script, main img[onerror]").count() == 0


def test_the_state_of_the_library_is_shown(tab: Page) -> None:
    tab.goto("/")
    expect(tab.locator("#state-text")).to_have_text("4 videos, 1 min")
    tab.locator("#state").click()
    expect(tab.locator("#state-panel")).to_contain_text("4 described")
    tab.keyboard.press("Escape")
    expect(tab.locator("#state-panel")).to_be_hidden()


def test_that_somebody_indexes_is_shown_while_it_goes_on(tab: Page, films: World) -> None:
    with Library.open(films.library).writing():
        tab.goto("/")
        expect(tab.locator("#state-text")).to_contain_text("Indexing: 8 windows")
        expect(tab.locator("#state")).to_have_class("state busy")
        tell(films.library, Running(3, 40, 8, 80_000, 21_600_000, 7_205, True, 3.0, "b.mp4", True))
        try:
            tab.reload()
            expect(tab.locator("#state-text")).to_have_text("Indexing: 8 windows, 2:00:05 left")
            tab.locator("#state").click()
            expect(tab.locator("#state-panel")).to_contain_text(
                "a quick pass · 3 of 40 files · b.mp4 · 1 min done, 6.0 h to go · 2:00:05 left"
                " · 3.0x real time"
            )
        finally:
            ended(films.library)


def test_sign_in_opens_a_closed_library(browser: Browser, films: World, tmp_path: Path) -> None:
    with (
        serving(site(films.library, tmp_path, token=SECRET)) as address,
        page(browser, address) as tab,
    ):
        tab.expected.append("401")  # type: ignore[attr-defined]
        tab.goto("/?q=a+dog&min_confidence=0")
        tab.get_by_label("Token").fill("wrong")
        tab.get_by_role("button", name="Sign in").click()
        expect(tab.locator("#sign-in-mistake")).to_have_text("That is not the token.")
        tab.get_by_label("Token").fill(SECRET)
        tab.get_by_role("button", name="Sign in").click()
        expect(tab.locator("#grid .card").first).to_be_visible()
        assert tab.evaluate("document.cookie") == ""
        expect(tab.locator("#vlc")).to_be_hidden()
        tab.get_by_role("button", name="Sign out").click()
        expect(tab.get_by_label("Token")).to_be_visible()


STATES = ["/", "/?q=a&min_confidence=0", "/?view=videos", '/?q="nothing+such"', "/?q=a+dog+not%3A"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_and_axe_finds_nothing_serious(
    browser: Browser, address: str, scheme: str, width: int
) -> None:
    shots = os.environ.get("SCENELIST_SCREENSHOTS")
    how = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    with page(browser, address, **how) as tab:
        tab.expected.append("400")  # type: ignore[attr-defined]
        for number, state in enumerate(STATES):
            tab.goto(state)
            tab.wait_for_load_state("networkidle")
            if state.startswith("/?q=a&"):
                tab.locator("#grid .card .open").first.click()
                playing(tab)
            if shots:
                tab.screenshot(path=f"{shots}/{scheme}-{width}-{number}.png")
            wide = tab.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (state, wide)
            found = Axe().run(tab).response["violations"]
            bad = [
                (rule["id"], [node["html"][:200] for node in rule["nodes"]])
                for rule in found
                if rule["impact"] in ("serious", "critical")
            ]
            assert bad == [], state
