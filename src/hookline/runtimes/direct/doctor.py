"""``hookline doctor``: what is wrong with a whole installation, or why one request was refused."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from hookline.config import load
from hookline.config.units import UnusableError
from hookline.pipeline.doctor import diagnose
from hookline.pipeline.doctor.case import case_of, secret_notes, with_fetched_key, with_given_key
from hookline.pipeline.documents import diagnosis_document, diagnosis_fields, unexplained_lines
from hookline.pipeline.request_file import recorded
from hookline.pipeline.shown import Fields, Lines, Shown
from hookline.providers.scheme import NeedsKey
from hookline.record import record
from hookline.runtimes.checkup import Installed, looked_over
from hookline.runtimes.embedded.settings import find_secrets
from hookline.runtimes.embedded.wiring.commands import public_keys
from hookline.runtimes.env_file import env_file_beside
from hookline.runtimes.kept_case import kept_case

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hookline.config import Config
    from hookline.pipeline.doctor import Case
    from hookline.pipeline.shown import Growing

__all__ = ["Question", "answered"]

_OF_REQUEST = "is about a request (--request or --rejected)"
_OF_INSTALLATION = "is for a whole installation, without a request"
_OF_KEPT_REQUEST = "is for a rejected request or a whole installation"


@record
class Question:
    """The options of the command. Raises UnusableError for options that exclude each other."""

    source: str | None
    file: IO[bytes] | None
    number: int | None
    at: int | None
    key: Path | None
    clock_from: str | None
    backups: Path | None
    config_path: Path
    data_dir: Path
    env_file: Path | None
    environment: str | None
    api_endpoint: str | None

    @property
    def is_about_installation(self) -> bool:
        """Whether no request is named."""
        return self.source is None and self.file is None and self.number is None

    def __post_init__(self) -> None:
        if self.is_about_installation:
            _refuse(_OF_REQUEST, {"--at": self.at, "--key": self.key})
            return
        whole = {"--api-endpoint": self.api_endpoint, "--clock-from": self.clock_from, "--backups": self.backups}
        _refuse(_OF_INSTALLATION, whole)
        if self.number is None:
            _refuse(_OF_KEPT_REQUEST, {"--target": self.environment})
        if (self.file is None) == (self.number is None):
            raise UnusableError("name either a file (--request) or a rejected request (--rejected)")


def answered(question: Question) -> Shown | Growing:
    """The findings about the installation, or about the signature of the request."""
    env_file = env_file_beside(question.config_path, question.env_file)
    if not question.is_about_installation:
        return _explained(question, env_file)
    return looked_over(
        Installed(
            config_path=question.config_path,
            data_dir=question.data_dir,
            env_file=env_file,
            environment=question.environment,
            api_endpoint=question.api_endpoint,
            clock_from=question.clock_from,
            backups=question.backups,
        )
    )


def _explained(question: Question, env_file: Path | None) -> Shown:
    config = load(question.config_path)
    case, secrets, is_time_known = _case(question, config, env_file)
    case = with_fetched_key(case, public_keys()) if question.key is None else _with_key(case, question.key)
    diagnosis = diagnose(case, is_time_known=is_time_known)
    notes = [*diagnosis.notes, *secret_notes(config, case.source, secrets)]
    fields = [*diagnosis_fields(case.source, diagnosis), *(("note", note) for note in notes)]
    return Shown(
        document=diagnosis_document(case.source, diagnosis, notes),
        parts=[Fields(pairs=fields), Lines(lines=[*unexplained_lines(diagnosis)])],
        failed=diagnosis.finding is None,
    )


def _case(question: Question, config: Config, env_file: Path | None) -> tuple[Case, Mapping[str, bytes], bool]:
    """The request as a case, the secrets of its place, and whether it is known when it was received."""
    if question.number is not None:
        place = (question.environment, question.data_dir, env_file)
        return *kept_case(config, question.source, question.number, *place), True
    secrets = find_secrets(config, env_file)
    if question.source is None:
        raise UnusableError("name the source that the request was sent to")
    assert question.file is not None  # noqa: S101 -- a Question about a request has a number or a file
    request, url, is_time_known = recorded(question.file.read(), name=question.file.name, at=question.at)
    return case_of(config, secrets, question.source, request, url), secrets, is_time_known


def _with_key(case: Case, key: Path) -> Case:
    if not isinstance(case.scheme, NeedsKey):
        raise UnusableError(f"{case.source.scheme} signs with a secret, and needs no key")
    return with_given_key(case, case.scheme, key.read_bytes())


def _refuse(why: str, given: Mapping[str, object]) -> None:
    for option, value in given.items():
        if value is not None:
            raise UnusableError(f"{option} {why}")
