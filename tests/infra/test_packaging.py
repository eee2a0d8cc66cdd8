"""What the archives hold, that they are the same bytes each time, and that everything runs from only them."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import stat
import sys
import zipfile
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import botocore.session  # type: ignore[import-untyped] # botocore carries no types
import pytest
from grimp import build_graph

from hookline.adapters.aws.names import HANDLERS, OPTIONAL_HANDLERS
from hookline.cli.exit_codes import exit_code_of
from hookline.config import load
from hookline.config.rare import rare_modules
from hookline.errors import ConfigError, OperatorError
from hookline.infra.packaging import build, host_target
from hookline.infra.packaging.archives import _imports_anywhere, _named_modules
from hookline.infra.packaging.imported_modules import imports, module_files
from hookline.infra.packaging.layer_content import SERVICES
from hookline.infra.packaging.wheels import ASYMMETRIC, pinned
from hookline.providers import modules_of
from infra.packaged import EXAMPLE, unpacked
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.packaging import Archives

REGIONS = ("us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1", "ap-southeast-7")

CLIENTS = """
import json, botocore.session
session = botocore.session.Session()
session.set_credentials("key", "secret")
made = [session.create_client(name, region) for name in {services!r} for region in {regions!r}]
print(json.dumps([[client.meta.endpoint_url, client.meta.service_model.api_version] for client in made]))
"""

CALLS = """
import json, sys, botocore.session
session = botocore.session.Session()
session.set_credentials("key", "secret")
def client(name):
    return session.create_client(name, "eu-central-1", endpoint_url=sys.argv[1])
client("dynamodb").put_item(TableName="t", Item={"event_id": {"S": "a"}})
client("lambda").invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")
client("s3").put_object(Bucket="b", Key="k", Body=b"body", IfNoneMatch="*")
client("secretsmanager").get_secret_value(SecretId="s")
client("sqs").send_message(QueueUrl=sys.argv[1] + "/1/q", MessageBody="m")
client("ssm").get_parameters(Names=["p"], WithDecryption=True)
print("null")
"""

LOADED = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None))))
"""


NOT_FOR_FUNCTIONS = (
    "hookline.adapters.aws.audit",
    "hookline.adapters.aws.deployment",
    "hookline.adapters.aws.secret_store",
    "hookline.cli",
    "hookline.dashboard",
    "hookline.pipeline.alerts",
    "hookline.pipeline.bulk_replay",
    "hookline.pipeline.redrive",
    "hookline.ports.metric_table",
    "hookline.runtimes.aws_lambda.wiring.checkup",
    "hookline.runtimes.aws_lambda.wiring.commands",
    "hookline.runtimes.aws_lambda.wiring.control_room",
    "hookline.runtimes.aws_lambda.wiring.queues",
)
"""Packages that only a server and operators' commands need."""

MOST_MODULES, MOST_BYTES = 193, 905_000
"""The size of Python code in the example project's function: about its size before the control room, and what sources may say since."""


def as_module(file: str) -> str:
    """The name under which the file of an archive is imported."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def names(path: Path) -> list[str]:
    """What the archive holds, in its order."""
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def handler_modules() -> list[str]:
    """The modules of the functions' handlers, without those that not every project has."""
    return [name.rpartition(".")[0] for kind, name in HANDLERS.items() if kind not in OPTIONAL_HANDLERS]


def unread(document: dict[str, object]) -> dict[str, object]:
    """The object with its documentation, where that is a text, made empty."""
    return {**document, "documentation": ""} if isinstance(document.get("documentation"), str) else document


def project(folder: Path) -> Path:
    """A copy of the example project, with the files that developers have in the same folder."""
    shutil.copytree(EXAMPLE.parent, folder, dirs_exist_ok=True)
    (folder / ".env").write_text("TRANSACTIONS_SECRET=whsec_c2VjcmV0")
    return folder / "hookline.toml"


@contextmanager
def service(authorizations: list[str]) -> Iterator[str]:
    """An endpoint that answers every call as its protocol has it, in the fewest bytes, and notes who signed what."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            authorizations.append(self.headers["Authorization"])
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(200)
            answer = b"{}" if self.command == "POST" else b""
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_PUT = do_POST  # noqa: N815 -- the handler's own form

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """The example project's archives for Lambda."""
    return build(EXAMPLE, tmp_path_factory.mktemp("archives"))


def test_building_twice_gives_equal_files(tmp_path: Path) -> None:
    """A deployment that changes nothing must not replace functions; and who checks a hash must get the same one."""
    first = project(tmp_path / "first")
    second = project(tmp_path / "second")
    for path in sorted(second.parent.rglob("*")):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o755 if path.is_dir() else 0o600)
    script = (
        "import os; os.umask(0o077); from pathlib import Path; from hookline.infra.packaging import build; "
        f"build(Path({str(second)!r}), Path('out'))"
    )

    one = build(first, tmp_path / "out")
    other = tmp_path / "elsewhere"
    other.mkdir()
    run_process([sys.executable, "-c", script], cwd=other, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})

    for archive in (one.layer, one.function):
        assert archive.path.read_bytes() == (other / "out" / archive.path.name).read_bytes()


def test_every_entry_has_the_same_time_and_mode(archives: Archives) -> None:
    """Times and modes are what differs between machines; and a file that only its owner may read stops a function."""
    for path in (archives.layer.path, archives.function.path):
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
        assert {stat.filemode(entry.external_attr >> 16) for entry in entries} == {"-rw-r--r--"}
        assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_sizes_and_digests_are_those_of_the_files(archives: Archives) -> None:
    """They are printed for people who compare them with what is deployed."""
    for archive in (archives.layer, archives.function):
        with zipfile.ZipFile(archive.path) as file:
            assert archive.unzipped == sum(entry.file_size for entry in file.infolist())
        assert archive.size == archive.path.stat().st_size
        done = run_process(["sha256sum", str(archive.path)], capture_output=True, text=True, check=True)
        assert done.stdout.split()[0] == archive.sha256


def test_both_archives_take_at_most_20_megabytes_unzipped(archives: Archives) -> None:
    """Everything that is unpacked is loaded at every cold start."""
    assert archives.unzipped <= 20_000_000


def test_the_layer_holds_exactly_the_pinned_packages(archives: Archives) -> None:
    """One more would run untested; one less is found by the first request."""
    with zipfile.ZipFile(archives.layer.path) as archive:
        metadata = [archive.read(name) for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    found = {(m["Name"].lower().replace("_", "-"), m["Version"]) for m in map(BytesParser().parsebytes, metadata)}

    assert found == set(re.findall(r"^([a-z0-9.-]+)==(\S+)", pinned(), re.MULTILINE))
    assert all(name.startswith("python/") for name in names(archives.layer.path))


def test_the_layer_has_libraries_only_for_the_target(tmp_path: Path) -> None:
    """A library for another processor is an ImportError at the first request."""
    arm = build(EXAMPLE, tmp_path / "arm", architecture="arm64", python="3.13")
    intel = build(EXAMPLE, tmp_path / "intel", architecture="x86_64", python="3.12")

    for archives, machine, interpreter in ((arm, 183, "cpython-313-aarch64"), (intel, 62, "cpython-312-x86_64")):
        with zipfile.ZipFile(archives.layer.path) as archive:
            libraries = {name: archive.read(name) for name in archive.namelist() if name.endswith(".so")}
        assert len(libraries) == 2
        assert {int.from_bytes(content[18:20], "little") for content in libraries.values()} == {machine}
        assert any(interpreter in name for name in libraries)


def test_the_layer_is_stripped_to_what_runs() -> None:
    """Four hundred services' data would make every cold start slower."""
    layer = names(unpacked().archives.layer.path)
    services = {found[1] for name in layer if (found := re.match(r"python/botocore/data/([^/]+)/", name))}

    assert services == set(SERVICES)
    assert not [name for name in layer if re.search(r"\.pyi$|/tests?/|sboms|examples-1|RECORD", name)]


def test_the_stripped_sdk_calls_the_same_endpoints_as_the_whole_one() -> None:
    """The stripped SDK must not lack anything that is needed: regions, partitions, versions of interfaces."""
    session = botocore.session.Session()
    session.set_credentials("key", "secret")
    whole = []
    for name in SERVICES:
        for region in REGIONS:
            client = session.create_client(name, region)
            whole.append([client.meta.endpoint_url, client.meta.service_model.api_version])
            client.close()

    stripped = unpacked().run(CLIENTS.format(services=SERVICES, regions=REGIONS))

    assert stripped == whole


def test_every_service_is_called_with_a_signature_from_the_stripped_layer() -> None:
    """The handlers' own calls, from nothing but the archives: models, endpoints, serialisers and signers are all there."""
    signed: list[str] = []

    with service(signed) as url:
        unpacked().run(CALLS, url)

    assert [re.findall(r"Credential=key/\d{8}/([^/]+/[^/]+)/aws4_request", line) for line in signed] == [
        [f"eu-central-1/{name}"] for name in SERVICES
    ]


def test_every_handler_is_imported_from_only_the_archives() -> None:
    """A module that is missing from an archive is found by the first request, after the deployment."""
    packaged = unpacked()
    library = os.path.dirname(os.__file__)  # noqa: PTH120 -- compared as text below

    loaded = packaged.run(LOADED, *handler_modules())

    ours = (str(packaged.function), str(packaged.layer), library, "<frozen")
    assert [path for path in loaded if not path.startswith(ours)] == []
    assert any(path.startswith(str(packaged.layer)) for path in loaded)


def test_the_function_holds_the_handlers_and_no_other_home(archives: Archives) -> None:
    """A server, a database or the command line in the archive is code that nobody meant to deploy."""
    held = names(archives.function.path)

    assert {name.replace(".", "/") + ".py" for name in handler_modules()} <= set(held)
    assert {name.split("/")[1] for name in held if name.startswith("hookline/")} <= {
        *(
            "__init__.py",
            "errors.py",
            "error_codes",
            "record.py",
            "domain",
            "config",
            "providers",
            "patterns",
            "pipeline",
            "ports",
        ),
        *("adapters", "runtimes"),
    }
    assert not [name for name in held if re.search(r"sqlite|embedded|memory|testing|/infra/|/cli/|/demo/", name)]


def test_every_module_in_the_function_is_imported_by_a_handler(archives: Archives) -> None:
    """An archive that follows imports from one module too many has the operators' commands, and the control room with them."""
    graph = build_graph("hookline", exclude_type_checking_imports=True)
    config = load(EXAMPLE)
    named = {module for source in config.sources for module in modules_of(source.scheme)} | rare_modules(config.written)
    reached = {*handler_modules(), *(named & graph.modules)}
    for module in tuple(reached):
        reached |= graph.find_upstream_modules(module)
    packages = {name.rpartition(".")[0] for name in reached} | {"hookline", "hookline.runtimes", "hookline.adapters"}

    held = {as_module(name) for name in names(archives.function.path) if name.endswith(".py")}

    assert held - reached - packages == set()
    assert not [name for name in held if name.startswith(NOT_FOR_FUNCTIONS)]


def test_the_functions_code_is_no_larger_than_before_there_was_a_control_room(archives: Archives) -> None:
    """Pages, metrics and sign-in are for servers and laptops: a function that grows with them starts slower for nothing."""
    with zipfile.ZipFile(archives.function.path) as archive:
        held = [entry for entry in archive.infolist() if entry.filename.endswith(".py")]

    assert len(held) <= MOST_MODULES
    assert sum(entry.file_size for entry in held) <= MOST_BYTES


def test_the_function_holds_hookline_toml_and_the_schemas_it_names(tmp_path: Path) -> None:
    """The files next to them must stay out: a .env has secrets."""
    path = project(tmp_path / "project")
    (path.parent / "schemas").mkdir()
    (path.parent / "transaction.schema.json").rename(path.parent / "schemas" / "t.json")
    path.write_text(path.read_text().replace('"transaction.schema.json"', '"schemas/t.json"'))

    archives = build(path, tmp_path / "out")

    held = [name for name in names(archives.function.path) if not name.startswith("hookline/")]
    assert held == ["project/hookline.toml", "project/schemas/t.json"]
    with zipfile.ZipFile(archives.function.path) as archive:
        assert archive.read("project/hookline.toml") == path.read_bytes()


def test_a_project_that_is_not_right_is_not_packaged(tmp_path: Path) -> None:
    """It would fail at the first request instead."""
    path = project(tmp_path / "project")
    path.write_text(path.read_text().replace("[queues.refunds]", "[queues.refund]"))

    with pytest.raises(ConfigError, match="refunds"):
        build(path, tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("architecture", "python"), [("riscv", "3.13"), ("arm64", "3.9")])
def test_an_unknown_target_is_refused_by_name(tmp_path: Path, architecture: str, python: str) -> None:
    """Otherwise pip would be asked for wheels that do not exist, and its error would be unclear."""
    with pytest.raises(OperatorError, match=r"arm64, x86_64 with one of 3\.11") as caught:
        build(EXAMPLE, tmp_path, architecture=architecture, python=python)

    assert caught.value.code == "target_unknown"


def test_a_folder_that_cannot_be_written_is_reported_with_its_code(tmp_path: Path) -> None:
    """The operator has to fix the path."""
    (tmp_path / "file").write_text("")

    with pytest.raises(OperatorError, match="Not a directory") as caught:
        build(EXAMPLE, tmp_path / "file" / "out")

    assert caught.value.code == "archives_unwritable"


def test_a_failed_write_leaves_the_archive_that_was_there(tmp_path: Path) -> None:
    """Half an archive would be deployed by the next command."""
    (tmp_path / "layer.zip").mkdir()

    with pytest.raises(OperatorError):
        build(EXAMPLE, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["layer.zip"]


def test_python_311_is_packaged_with_a_warning(tmp_path: Path) -> None:
    """An emulator runs it on this machine; in Lambda its C library is too old."""
    old = build(EXAMPLE, tmp_path / "old", python="3.11")
    new = build(EXAMPLE, tmp_path / "new", python="3.12")

    assert ["2.26" in warning for warning in old.warnings].count(True) == 1
    assert not any("2.26" in warning for warning in new.warnings)


def test_the_host_is_a_target() -> None:
    """The emulator runs functions with this interpreter, on this processor."""
    target = host_target()

    assert target.python == ".".join(map(str, sys.version_info[:2]))
    assert target.architecture in {"arm64", "x86_64"}


def test_imports_are_found_wherever_they_are_but_not_those_for_type_checkers() -> None:
    """The functions import late; and what only types need would drag in half the package."""
    source = b"""
import a.b
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import unused
else:
    import other
def later():
    from hookline.domain import event
"""

    found = set(imports(source))

    assert {"a.b", "other", "hookline.domain", "hookline.domain.event"} <= found
    assert "unused" not in found


def test_modules_come_with_their_parents() -> None:
    """Without its package's ``__init__`` a module is another module."""
    found = module_files("hookline.pipeline")

    assert {
        "hookline/__init__.py",
        "hookline/pipeline/__init__.py",
        "hookline/errors.py",
        "hookline/domain/event.py",
    } <= set(found)


def test_the_sdks_addresses_are_those_of_our_services_in_every_partition() -> None:
    """China and GovCloud are partitions of their own; and a megabyte of other services' addresses is read at each cold start."""
    endpoints = json.loads((unpacked().layer / "python/botocore/data/endpoints.json").read_text())

    assert len(endpoints["partitions"]) > 5
    assert {name for partition in endpoints["partitions"] for name in partition["services"]} == set(SERVICES)


def test_the_models_in_the_layer_are_the_sdks_own_where_they_are_called() -> None:
    """Only operations that nobody calls may go, and documentation; an interface may well have a part of that name."""
    data = Path(botocore.__file__).parent / "data"
    packaged = unpacked().layer / "python/botocore/data"

    for name in SERVICES:
        (path,) = packaged.glob(f"{name}/*/service-2.json")
        stripped = json.loads(path.read_bytes())
        compressed = (data / path.relative_to(packaged)).with_suffix(".json.gz").read_bytes()
        whole = json.loads(gzip.decompress(compressed), object_hook=unread)
        assert stripped["metadata"] == whole["metadata"]
        for part in ("operations", "shapes"):
            assert stripped[part] == {key: whole[part][key] for key in stripped[part]}


def test_the_operations_in_the_layer_are_those_that_the_adapters_call() -> None:
    """An operation more is read at each cold start; one less is an AttributeError at the first event."""
    packaged = unpacked().layer / "python/botocore/data"
    kept = {
        f"{name}:{operation}"
        for name in SERVICES
        for path in packaged.glob(f"{name}/*/service-2.json")
        for operation in json.loads(path.read_bytes())["operations"]
    }

    assert {
        *("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchGetItem", "dynamodb:Query"),
        *("dynamodb:TransactWriteItems", "lambda:Invoke", "sqs:SendMessage", "sqs:SendMessageBatch", "s3:PutObject"),
        *("s3:GetObject", "s3:CopyObject", "s3:PutObjectTagging", "ssm:GetParameters", "secretsmanager:GetSecretValue"),
    } <= kept
    assert len(kept) < 40


def test_the_command_prints_sizes_and_digests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An operator who deploys by other means needs the file and its digest, as text or JSON."""
    from hookline.cli.package import package  # noqa: PLC0415

    words = ["--out", str(tmp_path), "--config", str(EXAMPLE), "--json"]

    code = exit_code_of(lambda: package.main(words, standalone_mode=False), as_json=True)

    shown = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (shown["architecture"], shown["python"]) == ("arm64", "3.13")
    assert shown["layer"]["size"] == (tmp_path / "layer.zip").stat().st_size
    assert len(shown["function"]["sha256"]) == 64


def test_the_archive_carries_the_senders_that_the_project_names_and_no_other(tmp_path: Path) -> None:
    """Only a sender's name leads to its module: without it every call of that source would be a 503."""
    written = project(tmp_path / "project")
    text = written.read_text().replace('scheme = "standard-webhooks"', 'scheme = "hmac", header = "X-Signature"')
    written.write_text(text)

    archives = build(written, tmp_path / "out", python=host_target().python, architecture=host_target().architecture)

    carried = {name for name in names(archives.function.path) if name.startswith("hookline/providers/")}
    assert "hookline/providers/general/hmac.py" in carried
    assert "hookline/providers/general/none.py" not in carried
    assert not any(name.startswith("hookline/providers/bespoke/") for name in carried)
    tables = {name for name in carried if name.startswith("hookline/providers/catalogue/")}
    assert {name.removesuffix("c").rpartition("/")[2].partition(".")[0] for name in tables} == {"__init__"}


def test_the_archive_carries_handshakes_only_where_a_source_writes_one(tmp_path: Path) -> None:
    """A source that uses them imports them: without them the function could not read its own hookline.toml."""
    written = project(tmp_path / "project")
    target = host_target()
    without = build(written, tmp_path / "without", python=target.python, architecture=target.architecture)
    more = '\n[sources.own]\nverify = { scheme = "none" }\nid = "id"\nhandshake = { echo = "challenge" }\n'
    written.write_text(written.read_text() + more)

    with_it = build(written, tmp_path / "with", python=target.python, architecture=target.architecture)

    wanted = {"hookline/config/written_handshakes.py", "hookline/providers/handshakes/echo.py"}
    assert wanted.isdisjoint(names(without.function.path))
    assert wanted <= set(names(with_it.function.path))


def test_the_layer_has_the_cryptography_library_only_where_a_sender_needs_it(tmp_path: Path) -> None:
    """It is larger than all else together; a project that verifies keyed hashes must not carry it, and one with Discord must."""
    written = project(tmp_path / "project")
    more = '\n[sources.chat]\nverify = { scheme = "discord", secrets = ["CHAT_KEY"] }\n'
    target = host_target()
    without = build(written, tmp_path / "without", python=target.python, architecture=target.architecture)
    written.write_text(written.read_text() + more)

    with_it = build(written, tmp_path / "with", python=target.python, architecture=target.architecture)

    assert not any(name.startswith("python/cryptography/") for name in names(without.layer.path))
    assert "python/cryptography/hazmat/primitives/asymmetric/ed25519.py" in names(with_it.layer.path)
    assert "hookline/providers/general/public_key.py" in names(with_it.function.path)


@pytest.mark.parametrize(
    ("verify", "has_library"),
    [
        ('scheme = "jwt", algorithms = ["HS256"], secrets = ["S"]', False),
        ('scheme = "jwt", algorithms = ["HS256"], secrets = ["S"], query = "jwt"', False),
        ('scheme = "token", secrets = ["S"], body = "token"', False),
        ('scheme = "basic", secrets = ["S"]', False),
        ('scheme = "jwt", algorithms = ["ES256"], secrets = ["S"]', True),
        ('scheme = "jwt", algorithms = ["ES256"], secrets = ["S"], body = "jwt"', True),
        (
            'scheme = "jwt", algorithms = ["RS256"], audience = "us", keys_url = "https://idp.example.com/jwks"',
            True,
        ),
    ],
)
def test_the_modules_of_a_scheme_are_those_that_its_options_need(
    tmp_path: Path, verify: str, *, has_library: bool
) -> None:
    """A token with a shared key needs no cryptography library, and one of a key pair is nothing without it."""
    written = project(tmp_path / "project")
    written.write_text(f'{written.read_text()}\n[sources.one]\nid = "id"\nverify = {{ {verify} }}\n')

    carried = module_files("hookline.runtimes.aws_lambda.handlers", *_named_modules(load(written)))

    scheme = verify.split('"')[1]
    assert f"hookline/providers/general/{scheme}.py" in carried
    assert ("hookline/providers/key_pair_token.py" in carried) == has_library
    assert _imports_anywhere(carried.values(), ASYMMETRIC) == has_library
    assert ("hookline/adapters/local/key_sets.py" in carried) == ("keys_url" in verify)


def test_without_a_project_the_example_is_packaged_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A user who only wants to see what would be deployed has no project yet; and nobody may take the example for theirs."""
    from hookline.cli.package import package  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)

    code = exit_code_of(lambda: package.main(["--out", "out"], standalone_mode=False), as_json=False)

    assert code == 0
    assert "this is the example project" in capsys.readouterr().err
    with zipfile.ZipFile("out/function.zip") as archive:
        assert archive.read("project/hookline.toml") == EXAMPLE.read_bytes()
