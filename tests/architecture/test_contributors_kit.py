"""What a contributor works with says the same as the Makefile, pyproject.toml and .ci/run."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any  # YAML and JSON

import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

from counted import counted
from processes import run_process
from release_check.__main__ import STEPS

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]-*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):(?:.*##| )", (ROOT / "Makefile").read_text(), re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PAGES = ("CONTRIBUTING.md", "SECURITY.md", "docs/explanation/releasing.md", ".github/pull_request_template.md")
AS_IT_CAME = re.compile(r"(tests|examples)/.*\.(json|txt)$|src/hookline/dashboard/pages/static/vendor/|.*\.svg$")
"""Files that .editorconfig does not change."""

ALLOWED = {"sudo sysctl --write kernel.apparmor_restrict_unprivileged_userns=0"}
"""Commands of workflows that prepare the machine."""


def workflow(path: Path) -> dict[str, Any]:
    """A workflow, with ``on`` under its name: YAML 1.1 reads it as a truth value."""
    content = yaml.safe_load(path.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in content.items()}


def steps(path: Path) -> list[dict[str, Any]]:
    """Every step of a workflow."""
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


def make_targets(text: str) -> set[str]:
    """The targets of the ``make`` commands in a text."""
    return set(re.findall(r"(?:`|\$ |^ *(?:- )?)make ([a-z-]+)", text, re.MULTILINE))


def supported() -> list[str]:
    """The Pythons that the package says it supports."""
    return [line.split()[-1] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]


def matrix(job: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The Pythons that have to pass in a job, and those that are tried."""
    values = job["strategy"]["matrix"]
    assert job["continue-on-error"] == "${{ matrix.experimental }}"
    assert values["experimental"] == [False]
    tried = values["include"]
    assert all(one["experimental"] for one in tried)
    return values["python"], [one["python"] for one in tried]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_only_targets_that_exist(path: Path) -> None:
    """A step of CI without a `make` target cannot be run on a developer's machine."""
    commands = [step["run"] for step in steps(path) if "run" in step]
    asked = [shlex.split(command) for command in commands if command not in ALLOWED]

    assert asked
    assert [words for words in asked if words[0] != "make" or words[1] not in TARGETS] == []
    assert [words for words in asked if any(not word.startswith("ARGS=") for word in words[2:])] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_few_rights_and_an_end(path: Path) -> None:
    """Code of a pull request runs there: it gets no token that can write, and cannot occupy a machine for six hours."""
    content = workflow(path)
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]

    assert content["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in content["on"]
    assert all(job["timeout-minutes"] <= 180 and "permissions" not in job for job in content["jobs"].values())
    assert len(checkouts) == len(content["jobs"])
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_commit_and_their_version_is_written(path: Path) -> None:
    """A tag can be moved to other code; a digest without a version says nothing to a reader."""
    uses = re.findall(r"uses: *(\S+)(.*)", path.read_text("utf-8"))

    assert uses
    assert [
        action
        for action, rest in uses
        if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) or not re.match(r" # v\d", rest)
    ] == []


def test_the_same_action_has_one_commit_everywhere() -> None:
    """A version that is raised in one file only is two versions."""
    uses = {line for path in WORKFLOWS for line in re.findall(r"uses: *(\S+@.*)", path.read_text("utf-8"))}

    assert len({line.partition("@")[0] for line in uses}) == len(uses)


def test_ci_runs_every_supported_python_and_tries_others() -> None:
    """A version that is declared and not tested is a guess."""
    jobs = {path.stem: workflow(path)["jobs"] for path in WORKFLOWS}
    lowest = PROJECT["requires-python"].removeprefix(">=")
    must, tried = matrix(jobs["ci"]["quick"])
    single = [
        step["with"]["python-version"]
        for step in jobs["ci"]["whole"]["steps"]
        if "setup-python" in step.get("uses", "")
    ]

    assert single == [lowest] == supported()[:1]
    assert [*single, *must] == supported()
    assert tried
    assert not set(tried) & set(supported())
    assert matrix(jobs["weekly"]["every-python"]) == (supported(), tried)


def test_the_workflow_does_all_that_the_script_does_and_runs_every_slow_test() -> None:
    """The script has to end within half an hour. What no workflow runs is tested by nobody: the lives of stacks by Terraform only."""
    script = (ROOT / ".ci" / "run").read_text()
    job = workflow(ROOT / ".github/workflows/ci.yml")["jobs"]["whole"]
    commands = [step["run"] for step in job["steps"] if step.get("run", "").startswith("make ")]
    *same, some_slow = re.findall(r"^make .+$", script, re.MULTILINE)

    assert commands == [*same, 'make test-slow ARGS="--ignore=tests/e2e/test_terraform.py"']
    assert some_slow.startswith("make test-slow ")
    assert job["env"] == dict(re.findall(r"^export (\w+)=(\w+)", script, re.MULTILINE))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_asks_for_something_and_can_be_filled_in(path: Path) -> None:
    """GitHub does not show a form with a fault, and reports nothing."""
    form = yaml.safe_load(path.read_text("utf-8"))
    fields = [one for one in form["body"] if one["type"] != "markdown"]

    assert all(isinstance(form[key], str) and form[key] for key in ("name", "description"))
    assert len({one["id"] for one in fields}) == len(fields)
    assert all(one["attributes"]["label"] for one in fields)
    assert {one["type"] for one in form["body"]} <= {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    assert any(one.get("validations", {}).get("required") for one in fields)


def test_the_forms_have_an_order() -> None:
    """GitHub sorts them by their file names."""
    assert [path.name[0] for path in FORMS] == [str(number) for number in range(1, len(FORMS) + 1)]


def test_hooks_are_local_and_run_the_tools_of_lint() -> None:
    """A hook with a version of its own refuses what `make lint` takes, and downloads code from others at each commit."""
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    lint = (ROOT / "Makefile").read_text().split("\nlint:", 1)[1].split("\n\n", 1)[0]
    entries = [hook["entry"] for repo in repos for hook in repo["hooks"]]

    assert [repo["repo"] for repo in repos] == ["local"]
    assert {hook["language"] for repo in repos for hook in repo["hooks"]} == {"system"}
    assert [entry for entry in entries if not entry.startswith(".venv/bin/")] == []
    assert {entry.split()[0].removeprefix(".venv/bin/") for entry in entries} == set(
        re.findall(r"\$\(BIN\)/([\w-]+)", lint)
    ) - {"python"}


def test_the_container_has_what_ci_installs() -> None:
    """A test that is skipped there fails in CI."""
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    recipe = (ROOT / ".devcontainer" / container["build"]["dockerfile"]).read_text()
    script = (ROOT / ".ci" / "run").read_text()
    packages = {name for line in re.findall(r"--no-install-recommends (.+)", script) for name in line.split()}

    assert packages
    assert packages <= set(recipe.split())
    assert f"FROM python:{PROJECT['requires-python'].removeprefix('>=')}-" in recipe
    assert make_targets(container["postCreateCommand"]) == {"setup"}


def test_the_projects_files_are_as_the_editors_are_asked_to_write_them() -> None:
    """An editor that follows .editorconfig would otherwise change lines that nobody meant to change."""
    listed = run_process(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    names = [name for name in listed.stdout.decode().split("\0")[:-1] if not AS_IT_CAME.match(name)]
    texts = {name: (ROOT / name).read_bytes() for name in names if (ROOT / name).is_file()}
    lines = {name: text for name, text in texts.items() if b"\0" not in text}

    assert len(lines) > 1000
    assert [name for name, text in lines.items() if b"\r" in text] == []
    assert [name for name, text in lines.items() if text and not text.endswith(b"\n")] == []
    assert [name for name, text in lines.items() if re.search(rb"[ \t]$", text, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES)
def test_paths_targets_and_links_of_the_pages_exist(page: str) -> None:
    """The first thing that a newcomer tries must not fail."""
    text = (ROOT / page).read_text("utf-8")
    paths = re.findall(r"`((?:src|tests|docs|requirements|examples|deploy|bench|contrib)/[\w./-]+|[\w-]+\.md)`", text)
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]

    paths += re.findall(r"\btests/[\w./-]*\w", text)
    names = re.findall(r"`([\w.]+)` in `([\w/.]+\.py)`", text)

    assert make_targets(text) <= TARGETS
    assert [
        (name, path) for name, path in names if not re.search(rf"\b{name}\b", (ROOT / path).read_text("utf-8"))
    ] == []
    assert [path for path in paths if "NAME" not in path and not (ROOT / path).exists()] == []
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def test_the_page_of_a_release_has_the_steps_of_the_check_in_order() -> None:
    """A maintainer reads there what the check that just failed was about."""
    page = (ROOT / "docs" / "explanation" / "releasing.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    printed = re.findall(r"^(\d)/(\d) (\w+): ", page, re.MULTILINE)

    assert rows == list(STEPS)
    assert printed == [(str(number), str(len(STEPS)), name) for number, name in enumerate(STEPS, 1)]


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "SECURITY.md"])
def test_the_pages_are_linked_from_where_people_begin(page: str) -> None:
    """A page that nobody finds helps nobody."""
    assert f"]({page})" in (ROOT / "README.md").read_text("utf-8")
    assert f"](../{page})" in (ROOT / "docs" / "README.md").read_text("utf-8")


def test_the_tests_that_a_recipe_names_exist() -> None:
    """A contributor looks for them among the failures."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    names = set(re.findall(r"`(test_\w+)`", text))
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    assert len(names) > 5
    assert [name for name in sorted(names) if f"def {name}(" not in code] == []


def test_the_numbers_of_this_project_are_counted() -> None:
    """`python -m counted` prints them. More than a fifth apart, the comparison is old."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## What we learned from others")[2]
    cells = {
        row[0]: row[-1]
        for row in (re.split(r" *\| *", line.strip("| ")) for line in re.findall(r"^\|.*", text, re.MULTILINE))
    }
    now = counted(ROOT / "src" / "hookline", ROOT / "docs")
    written = {
        "modules": (now.modules,),
        "lines of the middle module, of the longest": (now.middle, now.longest),
        "modules over 400 lines": (now.long,),
        "comments in 100 lines": (now.comments,),
        "public functions and classes with a docstring": (now.docstrings,),
        "pages of documentation; words": (now.pages, now.words),
    }

    for row, numbers in written.items():
        found = [float(number.replace(",", "")) for number in re.findall(r"[\d,]*\d(?:\.\d)?", cells[row])]
        assert found == pytest.approx(numbers, rel=0.2), row
