"""``hookline dashboard``: the control room of an environment on AWS, served on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.dashboard.app import control_room_app
from hookline.dashboard.entrance import Entrance
from hookline.dashboard.sign_in import SignIn
from hookline.pipeline.shown import Shown
from hookline.runtimes.aws_lambda.wiring.control_room import open_control_room
from hookline.runtimes.embedded.loopback import serve_on_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.config import Config

__all__ = ["serve_deployed_room"]

_WARNING = "Anyone who has this address acts with your AWS credentials. Ctrl-C closes it."


def serve_deployed_room(
    environment: str, config: Config, *, port: int, api_endpoint: str | None, announce: Callable[[Shown], None]
) -> None:
    """Serve the pages with the operator's own credentials, on loopback only, until Ctrl-C. ``announce`` gets the address."""

    def opened(url: str) -> None:
        said = f"The control room is open at {url}"
        announce(Shown(document={"url": url}, parts=[said], notes=[_WARNING], is_one_line=True))

    with open_control_room(environment, config, api_endpoint=api_endpoint) as room:
        app = Entrance(control_room_app(room), SignIn(), home="AWS", place=environment)
        serve_on_loopback(app, port=port, announce=opened)
