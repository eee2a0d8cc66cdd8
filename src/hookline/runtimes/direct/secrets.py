"""``hookline secrets``: values are written on AWS or into .env, and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config import load
from hookline.config.secret_values import check_is_named, usable_value
from hookline.pipeline.secret_uses import used_secrets
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.aws_lambda.wiring.commands import open_secrets
from hookline.runtimes.embedded.fresh_secrets import fresh_secrets, write_secrets
from hookline.runtimes.embedded.settings import read_env_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hookline.runtimes.opened import Where

__all__ = ["list_secrets", "list_uses", "set_secret", "write_fresh"]

_FOLLOW = "Running functions read it within five minutes, or at the first signature that needs it."


def set_secret(config_path: Path, environment: str, name: str, ask: Callable[[], bytes], *, key: str | None) -> Shown:
    """Write the value that ``ask`` returns. Raises NotFoundError before it asks, and ConfigError for a value that no scheme can use."""
    config = load(config_path)
    check_is_named(config, name)
    value = usable_value(config, name, ask())
    with open_secrets(environment) as store:
        written = store.put(name, value, key=key)
    encrypted = f", encrypted with {written.key}" if written.key else ""
    said = f"{name} is now at {written.place}{encrypted}. {_FOLLOW}"
    if written.needs_grant:
        said += "\nFunctions may read it only if hookline:secretKeys of the stack contains the ARN of this key."
    document = {"name": name, "place": written.place, "key": written.key, "needs_grant": written.needs_grant}
    return Shown(document=document, parts=[said])


def write_fresh(config_path: Path, env_file: Path) -> Shown:
    """Add a random value to the env file for each secret that the configuration names and the file does not have."""
    made = fresh_secrets(load(config_path), read_env_file(env_file) if env_file.exists() else ())
    if made:
        write_secrets(env_file, made)
    said = f"{env_file}: wrote {', '.join(made)}" if made else f"{env_file} has every secret already"
    return Shown(document={"file": str(env_file), "wrote": list(made)}, parts=[said])


def list_secrets(config_path: Path, environment: str) -> Shown:
    """The secrets that the configuration names, where each is on AWS, and whether it is there."""
    config = load(config_path)
    with open_secrets(environment) as store:
        found = [store.look(name) for name in config.aws_secret_names]
    return listed(("secret", "place", "written"), [one.as_row() for one in found], [one.as_document() for one in found])


def list_uses(*, config_path: Path, place: Where) -> Shown:
    """When each secret last proved a stored event, by source."""
    config = load(config_path)
    with place.events() as events:
        found = used_secrets(config, events.secret_uses())
    columns = ("source", "secret", "last used", "events", "")
    return listed(columns, [one.as_row() for one in found], [one.as_document() for one in found])
