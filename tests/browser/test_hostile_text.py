"""Text that a sender writes to hurt those who look at it: it stays text on every page, in exports and in a terminal."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: a script answers with any JSON
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from acceptance.sender import sign
from acceptance.server import Server, until
from browser.watching import NARROW
from hookline.cli import main
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from browser.watching import Room

TEXTS = {
    "script": "<script>window.pwned=1</script>",
    "attribute": "\" onfocus=window.pwned=1 autofocus x='",
    "image": "'><img src=x onerror=window.pwned=1>",
    "link": "javascript:window.pwned=1",
    "template": "{{7*7}}${7*7}<%= 7*7 %>",
    "bidi": "evt\u202e\u2066gnp.exe\u2069",
    "word": "w" * 200,
    "formula": "=cmd|'/C calc'!A0",
    "plus": "+1-1|cmd",
    "at": "@SUM(1+9)*cmd|' /C calc'!A0",
    "entity": "&lt;b&gt;&#x3c;script&#x3e;",
    "path": "../../etc/passwd?x=1#y",
}
"""Each is an id, a type, a name and a value of the body."""

CONTROLS = "\x1b[31mred\x1b]0;pwned\x07\x00\x9b2J\r\nfake line\x7f\u2028"
"""A terminal would obey these. As an id they are refused; in a body they are fine."""

HEADER = '"><script>window.pwned=1</script><img src=x onerror=window.pwned=1> javascript:alert(1)'

OPEN = """
[sources.open]
path = "/open"
verify = { scheme = "none" }
id = "id"
type = "type"
"""


def body_of(text: str) -> bytes:
    """A body that has the text wherever a body can have one."""
    return json.dumps({"id": text, "type": text, "amount": text, text: [text, {text: CONTROLS}]}).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Hostile events, a conflict, dead letters whose consumer repeated the text, and hostile rejected requests."""
    with Server(tmp_path_factory.mktemp("hostile"), more=OPEN) as running:
        plain = {"Content-Type": "application/json"}
        with running.sender() as sender:
            for text in TEXTS.values():
                assert sender.post(body_of(text), path="/open", headers=plain).status == 202
            other = json.dumps({"id": TEXTS["script"], "type": "x", "other": TEXTS["image"]}).encode()
            assert sender.post(other, path="/open", headers=plain).status == 409
            typed = json.dumps({"id": "typed", "type": CONTROLS.replace("\x00", "")}).encode()
            assert sender.post(typed, path="/open", headers=plain).status in (202, 400)
            for number, text in enumerate(TEXTS.values()):
                forged = {**sign(b"other", delivery=f"f{number}"), "X-Hostile": HEADER}
                forged["X-Very-Long-Name-" + "n" * 100] = HEADER
                path = f"/webhook?{quote(text, safe='')}=<script>window.pwned=1</script>&j=javascript:alert(1)"
                assert sender.post(body_of(text), path=path, headers=forged).status in (400, 401)
            raw = body_of("raw").replace(b"raw", CONTROLS.encode())
            assert sender.post(raw, headers=sign(raw, delivery="raw")).status == 400
        with open_home(running.data_dir, event_retention=timedelta(days=30)) as home:
            queue = "unrouted"
            for one in home.queues.receive(queue, max_messages=3, visibility_timeout=timedelta(minutes=9)):
                home.queues.failed(queue, one.receipt, reason=f"{TEXTS['image']}{CONTROLS}")
        until(lambda: running.rows("SELECT count(*) FROM rejected")[0][0] >= len(TEXTS), seconds=30)
        yield running


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """Where the control room is."""
    return str(server.wait_for("serving")["control_room"])


STAYED = """() => ({
    pwned: window.pwned ?? null,
    scripts: document.querySelectorAll("main script, main img, main iframe, dialog script, dialog img").length,
    handlers: [...document.querySelectorAll("*")].flatMap((one) => one.getAttributeNames().filter((name) => name.startsWith("on"))),
    links: [...document.querySelectorAll("[href], [action], [src]")]
        .filter((one) => [one.href, one.action, one.src].some((to) => typeof to === "string" && /^(javascript|data|vbscript):/i.test(to)))
        .map((one) => one.outerHTML),
})"""
NOTHING: dict[str, Any] = {"pwned": None, "scripts": 0, "handlers": [], "links": []}


def stayed(page: Page) -> Any:
    """What happened to hostile text on this page."""
    page.evaluate("document.querySelectorAll('input, a, button').forEach((one) => one.focus())")
    return page.evaluate(STAYED)


def event_address(text: str) -> str:
    """The page of the event with this delivery id."""
    return f"/events/open:{quote(text, safe='')}"


def test_it_stays_text_on_the_page_of_its_event(room: Room) -> None:
    """The page runs with the rights of an operator: a script in it could replay, redrive and read everything."""
    page = room.open("/", size=NARROW)
    for name, text in TEXTS.items():
        answer = page.goto(event_address(text))
        assert answer is not None
        assert answer.status == 200, name
        assert stayed(page) == NOTHING, name
        assert page.get_by_role("heading", level=1).inner_text().strip() == f"open:{text}"
        expect(page.locator("#raw-body")).to_have_text(body_of(text).decode())
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0], name
    page.goto(event_address(TEXTS["script"]))
    expect(page.locator(".diff")).to_contain_text(TEXTS["image"])


def test_it_stays_text_in_lists_and_filters(room: Room, server: Server) -> None:
    """Lists, search fields, chips, queues, the tail and the audit log show it too."""
    (newest,) = server.rows("SELECT max(id) FROM rejected")[0]
    hostile = quote(HEADER, safe="")
    page = room.open("/", size=NARROW)
    for path in (
        "/",
        "/events",
        f"/events?id={hostile}&type={hostile}&reference={hostile}&source=open",
        "/queues",
        "/queues/unrouted",
        "/rejected",
        "/rejected?source=transactions&code=signature_mismatch",
        f"/rejected/{newest}",
        "/sources",
        "/sources/open",
        f"/audit?text={hostile}&subject={hostile}&actor={hostile}&action={hostile}",
        f"/tail?type={hostile}",
        "/tail",
        f"/replay?since=1h&type={hostile}&where={hostile}&text={hostile}&status={hostile}&queue={hostile}",
    ):
        page.goto(path)
        assert stayed(page) == NOTHING, path
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0], path


def test_every_rejected_request_stays_text(room: Room, server: Server) -> None:
    """Forgers write what they like into path, query, headers and body, and a person looks at it to find out why."""
    page = room.open("/", size=NARROW)
    for (number,) in server.rows("SELECT id FROM rejected ORDER BY id"):
        page.goto(f"/rejected/{number}")
        assert stayed(page) == NOTHING, number
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0], number
    (first,) = server.rows("SELECT min(id) FROM rejected WHERE source = 'transactions'")[0]
    page.goto(f"/rejected/{first}")
    expect(page.locator(".facts")).to_contain_text(HEADER)
    expect(page.locator("#panel-text pre")).to_have_text(body_of(TEXTS["script"]).decode())


def test_it_stays_text_where_an_event_is_tried(room: Room) -> None:
    """The page shows a text again that was copied from a request to try the routes."""
    page = room.open("/routes")
    for text in TEXTS.values():
        page.get_by_label("Source", exact=True).select_option("open")
        page.get_by_label("Body", exact=True).fill(body_of(text).decode())
        page.get_by_label("Type", exact=True).fill(text)
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_role("heading", name="event goes to unrouted")).to_contain_text(text)
        assert stayed(page) == NOTHING, text


def test_it_stays_text_in_dialogs_and_in_the_audit_log(room: Room) -> None:
    """A replay of a hostile event shows its id in the plan, in what was done, and in the log."""
    page = room.open("/")
    for text in (TEXTS["attribute"], TEXTS["image"], TEXTS["script"]):
        page.goto(event_address(text))
        page.get_by_role("link", name="Replay").and_(page.locator(".button")).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".plan")).to_contain_text(text)
        assert stayed(page) == NOTHING
        dialog.get_by_label("Reason").fill(HEADER)
        dialog.get_by_role("button", name="Replay it").click()
        expect(page.locator(".run")).to_contain_text("Replayed")
        page.goto("/audit")
        expect(page.locator("tbody tr").first).to_contain_text(text)
        expect(page.locator("tbody tr").first).to_contain_text(HEADER)
        assert stayed(page) == NOTHING


def test_the_live_tail_writes_it_as_text(room: Room, server: Server) -> None:
    """The tail is the only page that a script fills."""
    page = room.open("/tail")
    expect(page.locator("#tail-state")).to_have_text("live")
    with server.sender() as sender:
        for name, text in TEXTS.items():
            body = body_of(f"{text[:150]} live")
            assert sender.post(body, path="/open", headers={"Content-Type": "application/json"}).status == 202, name
    for text in TEXTS.values():
        expect(page.locator("#tail tbody")).to_contain_text(f"{text[:150]} live")
    assert stayed(page) == NOTHING
    page.locator("#tail tbody a.row", has_text=f"{TEXTS['path']} live").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{TEXTS['path']} live")


def test_characters_that_turn_text_around_are_written_out_in_a_body(room: Room) -> None:
    """A reader would believe a body that shows another amount than it has."""
    page = room.open(event_address(TEXTS["bidi"]))

    expect(page.locator("#body-pretty")).to_contain_text('"evt\\u202e\\u2066gnp.exe\\u2069"')
    assert json.loads(page.locator("#body-pretty").text_content() or "") == json.loads(body_of(TEXTS["bidi"]))


def test_no_cell_of_an_export_is_a_formula(room: Room) -> None:
    """A spreadsheet would run it on the desk of an accountant."""
    page = room.open("/events")
    with page.expect_download() as wanted:
        page.get_by_role("link", name="CSV").click()
    rows = [*csv.DictReader(io.StringIO(wanted.value.path().read_bytes().decode(), newline=""))]

    assert wanted.value.suggested_filename == "events.csv"
    assert len(rows) >= len(TEXTS)
    assert [cell for row in rows for cell in row.values() if cell.lstrip()[:1] in tuple("=+-@|%\t\r\n") and cell] == []
    assert {f"'{TEXTS[name]}" for name in ("formula", "plus", "at")} <= {row["type"] for row in rows}
    with page.expect_download() as wanted:
        page.get_by_role("link", name="JSON lines").click()
    lines = [json.loads(line) for line in wanted.value.path().read_text().splitlines()]
    assert {text.encode() for text in TEXTS.values()} <= {json.loads(one["body"])["id"].encode() for one in lines}


@pytest.mark.parametrize(
    "words",
    [
        ("events", "list"),
        ("events", "show", f"open:{TEXTS['script']}"),
        ("events", "show", f"open:{TEXTS['bidi']}"),
        ("rejected", "list"),
        ("rejected", "show", "1"),
        ("queues", "list"),
        ("queues", "peek", "unrouted"),
        ("audit",),
    ],
    ids=" ".join,
)
def test_a_terminal_obeys_no_part_of_it(server: Server, words: tuple[str, ...]) -> None:
    """An escape sequence can rewrite what was printed before it, or the title, or type for its reader."""
    done = CliRunner().invoke(main, [*words, "--data-dir", str(server.data_dir)])

    assert done.exit_code == 0, done.output
    bad = {character for character in done.output if not character.isprintable() and character not in "\n "}
    assert bad == set()
