"""``python -m bench.queue_consumer URL``: receives ten and deletes ten from three queues in turn, until stdin closes; then says how many.

It uses the SQS API over a plain socket. boto3 takes more processor time for a call than the server does: four such clients that keep up
with a server at saturation would need more cores than the machine has, and what would be measured is boto3.
"""

from __future__ import annotations

import select
import sys
import time

from bench.queue_wire import QueueWire

__all__ = ["main"]

_QUEUES = ("payments", "refunds", "disputes")
_PAUSE = 0.005  # seconds after a look at three empty queues
_STAYS_AWAY = 600  # seconds


def main() -> None:
    """Consume."""
    wire = QueueWire(sys.argv[1])
    urls = [f"{sys.argv[1]}/000000000000/{name}" for name in _QUEUES]
    done = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        taken = sum(wire.receive_and_delete(url, hidden=_STAYS_AWAY) for url in urls)
        done += taken
        if not taken:
            time.sleep(_PAUSE)
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    main()
