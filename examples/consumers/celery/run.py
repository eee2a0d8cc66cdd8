"""Runs a worker and the bridge with one command. In production they are two services of the same image."""

from __future__ import annotations

import subprocess
import sys
import threading

import bridge

WORKER = ("-m", "celery", "--app", "tasks", "worker", "--concurrency", "2", "--loglevel", "WARNING",
          "--without-gossip", "--without-mingle", "--without-heartbeat")  # fmt: skip


def main() -> int:
    """Stop the bridge first: the worker still finishes what the bridge waits for."""
    # A separate session, so that Ctrl-C reaches the bridge and not the worker.
    worker = subprocess.Popen([sys.executable, *WORKER], start_new_session=True)  # noqa: S603 -- Celery itself
    stopping = threading.Event()

    def watch() -> None:
        worker.wait()
        stopping.set()  # without a worker nothing can run the tasks

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        bridge.main(stopping, has_worker=lambda: worker.poll() is None)
    finally:
        was_running = worker.poll() is None
        worker.terminate()
        watcher.join()
    return 0 if was_running else 1


if __name__ == "__main__":
    sys.exit(main())
