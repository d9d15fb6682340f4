"""A cluster of Dask as its users start one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path


class Cluster:
    """A scheduler and workers with a cache of their own, each a process."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self._port}"
        self.scheduler = self.start_scheduler()
        self.workers = [self.start_worker(i) for i in range(workers)]

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        return self._start("scheduler", "--host", "127.0.0.1", "--port", str(self._port), "--no-dashboard")

    def start_worker(self, number: int) -> subprocess.Popen[bytes]:
        return self._start(
            "worker",
            self.address,
            "--nthreads",
            "1",
            "--no-dashboard",
            "--no-nanny",
            "--local-directory",
            str(self._folder / f"worker-{number}"),
        )

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        surroundings = {
            **os.environ,
            "XDG_CACHE_HOME": str(self._folder / "cache"),
            "HOME": str(self._folder),
        }
        log = (self._folder / f"{arguments[0]}-{time.monotonic_ns()}.log").open("wb")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
                stdout=log,
                stderr=log,
                env=surroundings,
            )

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                process.kill()
            process.wait(30)
