"""Every page and dialog, wide and narrow, light and dark: axe-core finds no serious fault, and nothing is wider than the screen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: what axe-core reports is any JSON

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import expect

from acceptance.people import users
from acceptance.sender import sign, transaction
from acceptance.server import Server, until
from browser.watching import NARROW, WIDE, logged_in
from hookline.config import load
from hookline.demo.aftermath import leave_traces
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from browser.watching import Room

LONG = "x" * 200
MORE = """
[sources.a-source-with-a-name-that-is-rather-long]
path = "/long"
verify = { scheme = "none" }
id = "id"
type = "type"

[sources.tasks]
path = "/tasks"
verify = { scheme = "asana", secrets = ["TASKS_SECRET"] }
"""
PAGES = (
    "/",
    "/account",
    "/audit",
    "/audit?actor=nobody",
    "/events",
    "/events?text=nothing",
    "/events/transactions:evt_7",
    f"/events/a-source-with-a-name-that-is-rather-long:{LONG}",
    "/events/nothing",
    "/queues",
    "/queues/disputes-dlq",
    "/queues/payments",
    "/rejected",
    "/rejected?source=transactions&code=signature_mismatch",
    "/rejected/1",
    "/replay",
    "/replay?since=1h&type=payment",
    "/routes",
    "/sources",
    "/sources/transactions",
    "/sources/tasks",
    "/tail",
)
DIALOGS = (
    ("/queues/disputes-dlq", "Redrive"),
    ("/queues/disputes-dlq", "Purge"),
    ("/queues/payments", "Pause"),
    ("/sources/transactions", "Pause"),
    ("/sources/tasks", "Arm"),
    ("/rejected/1", "Retry"),
    ("/events/transactions:evt_7", "Replay"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which every page has something to show: dead letters, a conflict, rejections, an audit entry, and long words."""
    with Server(tmp_path_factory.mktemp("axe"), more=MORE + users(otto="operator")) as running:
        with running.sender() as sender:
            for number in range(12):
                body = transaction(f"evt_{number}", amount=f"{number}.50")
                assert sender.post(body, headers=sign(body, delivery=f"m{number}")).status == 202
                dispute = transaction(f"dispute_{number}", kind="dispute")
                assert sender.post(dispute, headers=sign(dispute, delivery=f"d{number}")).status == 202
            assert sender.post(transaction("evt_7", amount="0.01")).status == 409
            assert sender.post(transaction("x", note=LONG), headers=sign(b"other")).status == 401
            long = f'{{"id": "{LONG}", "type": "{LONG}", "{LONG}": "{LONG}"}}'.encode()
            headers = {"Content-Type": "application/json"}
            assert sender.post(long, path="/long", headers=headers).status == 202
        leave_traces(running.data_dir, load(running.project / "hookline.toml"))
        until(lambda: running.rows("SELECT id FROM rejected"), seconds=30)
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """Where the control room is."""
    return str(server.wait_for("serving")["control_room"])


def serious(page: Page) -> list[Any]:
    """What axe-core calls serious or critical: the rule, and the elements with why."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (one["id"], [(node["target"], node["failureSummary"]) for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def faults(page: Page, size: tuple[int, int]) -> list[Any]:
    """What is wrong with what the page shows now, in dark colours, and on a wide screen in light ones too."""
    found: list[Any] = []
    for colours in ("light", "dark") if size == WIDE else ("dark",):
        page.evaluate("(colours) => window.hooklineTheme.set(colours)", colours)
        moving = page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length")
        found += [(colours, "moves", moving)] if moving else []
        found += [(colours, *one) for one in serious(page)]
    width = page.evaluate("document.documentElement.scrollWidth")
    return [*found, ("width", width)] if width > size[0] else found


SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])


@SIZES
def test_every_page_can_be_read_by_everybody(room: Room, size: tuple[int, int]) -> None:
    """It is three in the morning and there is a telephone; and there are people who read with their ears or fingers."""
    room.expected = ("404",)
    page = room.open("/login", size=size)
    found = {"/login": faults(page, size)}
    page = logged_in(room, "otto", size=size)
    for path in PAGES:
        page.goto(path)
        expect(page.locator("h1")).to_have_count(1)
        found[path] = faults(page, size)

    assert [(path, fault) for path, ones in found.items() for fault in ones] == []


@SIZES
def test_every_dialog_can_be_read_by_everybody(room: Room, size: tuple[int, int]) -> None:
    """Nobody can undo such an action who did not see what they agreed to."""
    page = logged_in(room, "otto", size=size)
    found = {}
    for path, name in DIALOGS:
        page.goto(path)
        page.locator(".page-head").get_by_role("link", name=name).click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        expect(dialog).to_have_accessible_name(dialog.get_by_role("heading").first.inner_text())
        found[path, name] = faults(page, size)

    assert [(path, fault) for path, ones in found.items() for fault in ones] == []


def test_nothing_moves_for_those_who_ask_for_it(room: Room) -> None:
    """Moving things make some people ill. Without the wish there is motion, so that its absence is not an accident."""
    durations = """() => ["tbody tr", ".skeleton"].map((one) => {
        const made = document.createElement("div");
        made.className = one === ".skeleton" ? "skeleton" : "";
        document.body.append(made);
        const style = getComputedStyle(document.querySelector(one) ?? made);
        made.remove();
        return Math.max(parseFloat(style.transitionDuration) || 0, parseFloat(style.animationDuration) || 0);
    })"""
    for still, longest in ((True, 0.0), (False, 2.0)):
        page = room.open("/login", still=still)
        page = logged_in_again(page)
        page.goto("/queues")
        found = page.evaluate(durations)
        assert all(one <= longest for one in found), (still, found)
        assert still or max(found) > 0.05, found


def logged_in_again(page: Page) -> Page:
    """The same page, after the login."""
    page.get_by_label("Name").fill("otto")
    page.get_by_label("Password").fill("seven quiet otters")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def test_the_server_has_what_the_pages_show(server: Server) -> None:
    """An empty page has no faults: each has something on it here."""
    with open_home(server.data_dir, event_retention=timedelta(days=30)) as home:
        assert home.queues.depth("disputes-dlq").visible > 0
        assert home.queues.depth("payments").visible > 0
    assert server.rows("SELECT count(*) FROM rejected")[0][0] >= 1
