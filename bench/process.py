"""Runs a subject as a process: its time from start to exit, its peak memory, its last line."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil

from bench import BenchFailed
from bench.gateway import ROOT
from bench.memory import PeakMemory


@dataclass(frozen=True)
class Measure:
    """`started_at` is a time of the epoch; `said` is the JSON of the last line on stdout."""

    seconds: float
    peak_bytes: int
    started_at: float
    said: dict[str, Any] = field(default_factory=dict)


def run(*arguments: str, environ: Mapping[str, str], limit_s: float = 1_800) -> Measure:
    """`python ARGUMENT...`; raises BenchFailed and TimeoutExpired, and leaves no process behind."""
    started_at, began = time.time(), time.perf_counter()
    process = start(*arguments, environ=environ)
    try:
        with PeakMemory(process.pid) as memory:
            output, errors = process.communicate(timeout=limit_s)
            seconds = time.perf_counter() - began
    finally:
        end(process)
    if process.returncode != 0:
        raise BenchFailed(f"{' '.join(arguments)}: exit {process.returncode}\n{errors[-2000:]}")
    return Measure(seconds, memory.peak_bytes, started_at, last_line(output))


def start(*arguments: str, environ: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "NO_PROXY": "127.0.0.1", **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is not None:
        return
    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(process.pid)
        for each in [*top.children(recursive=True), top]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.communicate()


def last_line(output: str) -> dict[str, Any]:
    lines = output.strip().splitlines()
    try:
        said = json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
