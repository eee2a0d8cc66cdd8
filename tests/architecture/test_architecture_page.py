"""docs/explanation/architecture.md says what the code says."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import json
import pkgutil
import re
import sys
import threading
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol  # Any: JSON

import pytest

import hookline.adapters
import hookline.ports
from commands import printed_by
from contract.builders import QUEUES, START, event, routed
from hookline.adapters.sqlite import SqliteQueues, SqliteRoutedStore
from hookline.domain.event import Status
from hookline.error_codes import CODES
from hookline.pipeline.audited import Run
from hookline.pipeline.erasure import ErasureRequest
from hookline.runtimes.embedded.wiring.erasure import erasure_in
from hookline.sqs_api import sqs_app
from processes import run_process
from syntax_trees import tree_of
from unit.aws_lambda.fakes import PROJECT, Home
from unit.sqlite.files import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType, ModuleType

    from starlette.types import ASGIApp, Message

    from hookline.adapters.sqlite import Database

ROOT = Path(__file__).parents[2]
PACKAGE = Path(hookline.__file__).parent
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text()
BACKENDS = ("memory", "sqlite", "aws", "local")
HANDED_OUT = {"Batch", "Lease", "LettersInHand"}
"""Types that a method of another port returns."""

ONLY_DEPLOYED = {
    "infra/endpoint.py",
    "runtimes/aws_lambda/handlers/validator.py",
    "adapters/aws/message_sender.py",
    "runtimes/aws_lambda/recoverer.py",
    "pipeline/recover.py",
}
"""Modules that an event does not pass where the functions run over the memory backend, or when nothing fails."""


def table(heading: str, column: int = 0) -> list[str]:
    """A column of the tables under a heading, first to last."""
    text = PAGE.split(f"# {heading}\n", 1)[1].partition("\n#")[0]
    rows = [line.strip("|").split("|") for line in re.findall(r"^\|.+\|$", text, re.MULTILINE)]
    return [cells[column].strip() for cells in rows if "---" not in cells[0]]


def paths_in(heading: str) -> list[str]:
    """The modules in the first column under a heading."""
    return [spans(cell)[0] for cell in table(heading)[1:]]


def spans(text: str) -> list[str]:
    """The texts of the page that are written as code."""
    return re.findall(r"`([^`\n]+)`", text)


def contracts() -> list[dict[str, object]]:
    """The layers that import-linter checks."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: list[dict[str, object]] = settings["tool"]["importlinter"]["contracts"]
    return found


def folders() -> set[str]:
    """Every folder that has modules in it."""
    return {
        f"{path.parent.relative_to(PACKAGE)}/"
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py" and path.parent != PACKAGE
    }


def modules_below(package: ModuleType) -> Iterator[ModuleType]:
    """Every module in a package."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def classes_of(module: ModuleType) -> Iterator[type]:
    """The public classes that a module defines."""
    for name, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield value


def ports() -> list[type]:
    """Every port."""
    found = [one for module in modules_below(hookline.ports) for one in classes_of(module)]
    return [one for one in found if Protocol in one.__mro__ and one.__name__ not in HANDED_OUT]


def members(port: type) -> dict[str, list[str] | None]:
    """What a port asks for: each method's parameters, None for a property."""
    found: dict[str, list[str] | None] = {}
    for one in port.__mro__:
        if Protocol in one.__mro__ and one is not Protocol:
            found |= {name: parameters(value) for name, value in vars(one).items() if not name.startswith("_")}
    return found


def parameters(member: object) -> list[str] | None:
    """The names of a method's parameters."""
    return list(inspect.signature(member).parameters) if inspect.isfunction(member) else None


@cache
def implementers(port: type) -> frozenset[type]:
    """The adapters' classes that have every method of the port, with the same parameters."""
    wanted = members(port)
    return frozenset(
        one
        for module in modules_below(hookline.adapters)
        for one in classes_of(module)
        if all(
            hasattr(one, name) and parameters(inspect.getattr_static(one, name)) == found
            for name, found in wanted.items()
        )
    )


def definitions(tree: ast.AST) -> Iterator[str]:
    """The names that a module or a class defines, ``Class.method`` included."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield node.name
            yield from (f"{node.name}.{inner}" for inner in definitions(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def place(path: str) -> Path:
    """Where the page's ``path`` is."""
    return next((found for base in (PACKAGE, ROOT) if (found := base / path).exists()), PACKAGE / path)


def modules_entered(work: Callable[[], object]) -> list[str]:
    """The modules that ``work`` passes, in threads that it starts too, in the order in which they are first entered."""
    entered: dict[str, None] = {}

    def note(frame: FrameType, event: str, _argument: object) -> None:
        path = frame.f_code.co_filename
        if event == "call" and path.startswith(f"{PACKAGE}/"):
            entered[path.removeprefix(f"{PACKAGE}/")] = None

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return list(entered)


def test_the_table_of_layers_is_the_contract() -> None:
    """It says what a change may import; a stale one sends people into a failing check."""
    (layers,) = (contract["layers"] for contract in contracts() if contract["type"] == "layers")
    assert isinstance(layers, list)
    required = [[name.strip() for name in layer.split("|") if "(" not in name] for layer in layers]

    assert [spans(row) for row in table("Layers") if row.startswith("`")] == required
    assert set(re.findall(r"[a-z_]{3,}", PAGE.split("```")[1])) >= {name for layer in required for name in layer}


def test_every_contract_has_its_reason_on_the_page() -> None:
    """A rule without a reason is worked around."""
    known = [contract["name"] for contract in contracts()]

    assert [row for row in table("Layers") if row[0].isupper()] == known


def test_the_core_on_the_page_is_the_core_of_the_contract() -> None:
    """An author of a function there learns from the page that it may not wait or look at the clock."""
    (core,) = (one["source_modules"] for one in contracts() if one["name"] == "The core asks the world nothing")
    assert isinstance(core, list)
    (sentence,) = re.findall(r"The core, which (.*?)\.\n", PAGE, re.DOTALL)

    assert {f"hookline.{name}" for name in spans(sentence)} == set(core)


def test_every_folder_is_in_the_list_and_every_listed_folder_exists() -> None:
    """A new folder needs a sentence that says what belongs in it, and two sentences would say different things."""
    listed = [spans(row)[0] for row in table("Folders")[1:]]

    assert sorted(listed) == sorted(folders())


def test_the_table_of_ports_names_every_port_and_who_implements_it() -> None:
    """An author of a backend reads there which methods are needed, and which backend to copy from."""
    heading = "Ports and who implements them"
    written = {
        spans(port)[0]: [set(spans(cell)) for cell in cells]
        for port, *cells in zip(*(table(heading, column) for column in (0, 2, 3, 4, 5)), strict=True)
        if port.startswith("`")
    }
    actual = {
        port.__name__: [
            {one.__name__ for one in implementers(port) if one.__module__.split(".")[2] == backend}
            for backend in BACKENDS
        ]
        for port in ports()
    }

    assert written == actual
    assert set(spans(PAGE)) >= HANDED_OUT


def test_an_adapter_is_called_as_its_port_is() -> None:
    """A reader can guess the file. Moves on SQS have a file of their own: functions import the queues, and move none."""
    names = {
        one.__module__: port.__module__
        for port in ports()
        for one in implementers(port)
        if one.__module__.rpartition(".")[2] != port.__module__.rpartition(".")[2]
    }

    assert names == {"hookline.adapters.aws.queue_moves": "hookline.ports.queues"}
    assert all(implementers(port) for port in ports())


def test_every_path_on_the_page_exists() -> None:
    """A wrong path costs a reader more than a missing one."""
    paths = {span for span in spans(PAGE) if re.fullmatch(r"[\w/.-]+(\.py|\.md|/)", span)}
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", PAGE)} - {""}

    assert [path for path in sorted(paths) if "NAME" not in path and not place(path).exists()] == []
    assert [link for link in links if not (ROOT / "docs" / "explanation" / link).exists()] == []


def test_every_name_on_the_page_is_where_the_page_says() -> None:
    """Names move more often than pages are read again."""
    named = re.findall(r"`([\w.]+)`[^`|]{0,40}? in `([\w/]+\.py)`", PAGE)

    assert len(named) > 25
    assert [(name, path) for name, path in named if name not in set(definitions(tree_of(place(path))))] == []


def test_every_other_name_on_the_page_is_one_of_the_code() -> None:
    """A word in code style is a promise that a search finds it."""
    known = {*CODES, *Status, "OPENERS", "docs", "tests"}
    for path in PACKAGE.rglob("*.py"):
        names_in_it = set(definitions(tree_of(path)))
        known |= {path.stem, path.parent.name, *names_in_it, *(name.rpartition(".")[2] for name in names_in_it)}
    names = {span for span in spans(PAGE) if re.fullmatch(r"[A-Za-z_]\w*(\.(?!py|md|toml)\w+)?", span)}

    assert sorted(names - known) == []


def test_the_embedded_journey_is_the_one_that_a_202_takes() -> None:
    """The list is for reading the code in its order; the traced server knows the order."""
    listed = paths_in("Embedded: a new event, from its first byte to its 202")

    traced = run_process([sys.executable, "-m", "bench.journey", "--json"], cwd=ROOT, capture_output=True)

    assert traced.returncode == 0, traced.stderr.decode()
    entered = dict.fromkeys(f"{module.replace('.', '/')}.py" for module, _ in json.loads(traced.stdout))
    assert [path for path in entered if path in listed] == listed


@pytest.mark.parametrize(
    ("heading", "work"),
    [
        ("AWS: the same event", lambda home: home.post((PROJECT.parent / "samples" / "payment.json").read_bytes())),
        ("AWS: after the 202", Home.pass_on),
    ],
)
def test_the_journey_on_aws_is_the_one_that_an_event_takes(heading: str, work: Callable[[Home], object]) -> None:
    """The same, with the functions over the memory backend, whose modules are called as those of AWS are."""
    listed = [path for path in paths_in(heading) if path not in ONLY_DEPLOYED]
    home = Home()
    home.post((PROJECT.parent / "samples" / "refund.json").read_bytes())

    entered = modules_entered(lambda: work(home))

    on_aws = dict.fromkeys(re.sub("^adapters/(memory|local)/", "adapters/aws/", path) for path in entered)
    assert [path for path in on_aws if path in listed] == listed


def test_the_list_of_a_receive_is_the_way_of_a_message_to_its_consumer(tmp_path: Path) -> None:
    """A person who looks for a lost message reads these modules in this order."""
    listed = paths_in("Queues: a message is received and deleted")
    with opened(tmp_path / "hookline.db") as database:
        _store_event(database)
        app = sqs_app(SqliteQueues(database), QUEUES)
        entered = modules_entered(lambda: asyncio.run(_receive_and_delete(app)))

    assert [path for path in entered if path in listed] == listed


def _store_event(database: Database) -> None:
    """One event, and its message on a queue."""
    batch = SqliteRoutedStore(database).stage([routed(event(), "payments")])
    assert batch is not None
    batch.commit()


async def _receive_and_delete(app: ASGIApp) -> None:
    (message,) = (await _asked(app, "ReceiveMessage"))["Messages"]
    await _asked(app, "DeleteMessage", ReceiptHandle=message["ReceiptHandle"])


async def _asked(app: ASGIApp, action: str, **parameters: str) -> Any:
    """The answer to a call of the SQS API."""
    url = "http://127.0.0.1/000000000000/payments"
    body = json.dumps({"QueueUrl": url, **parameters}).encode()
    headers = [
        (b"host", b"127.0.0.1"),
        (b"content-type", b"application/x-amz-json-1.0"),
        (b"x-amz-target", f"AmazonSQS.{action}".encode()),
    ]
    answer = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answer.extend(message.get("body", b""))

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    return json.loads(answer) if answer else None


def test_the_list_of_an_erasure_is_the_way_of_an_erasure(tmp_path: Path) -> None:
    """People read it who have to say which data of a person is left."""
    listed = paths_in("Erasure: a person's data is removed")
    request = ErasureRequest(where=json.dumps({"type": [event().type]}), undelivered=True)
    with opened(tmp_path / "hookline.db") as database:
        _store_event(database)
        erasure = erasure_in(database)
        plan = erasure.plan(request)
        run = Run(id="x1", actor="bob", at=START, reason="request 17")
        entered = modules_entered(lambda: erasure.run(request, plan, run))

    assert [path for path in entered if path in listed] == listed


def test_the_list_of_a_command_is_the_way_of_a_command(tmp_path: Path) -> None:
    """A contributor who adds a command puts each part of it where the parts of the others are."""
    listed = paths_in("Commands: stored events are replayed")
    config = ROOT / "examples" / "transactions" / "hookline.toml"
    words = ("replay", "--type", event().type, "--data-dir", str(tmp_path), "--config", str(config))
    with opened(tmp_path / "hookline.db") as database:
        _store_event(database)
    printed_by(*words, "--dry-run")  # imports what it needs

    entered = modules_entered(lambda: printed_by(*words, "--yes", "--reason", "the consumer lost them"))

    assert [path for path in entered if path in listed] == listed


def test_the_page_is_linked_from_where_people_begin() -> None:
    """A map that nobody finds helps nobody."""
    links: Mapping[str, str] = {
        "README.md": "docs/explanation/architecture.md",
        "docs/README.md": "explanation/architecture.md",
    }

    assert [page for page, link in links.items() if f"]({link})" not in (ROOT / page).read_text()] == []
