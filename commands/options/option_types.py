"""Option types of `scenelist index`: how many windows at a time, and which devices."""

from __future__ import annotations

import re

import click


class BatchSize(click.ParamType[int]):
    """A positive number, or auto (0)."""

    name = "N|auto"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number; 0 for auto."""
        if value == "auto":
            return 0
        if not str(value).isdigit() or int(value) < 1:
            self.fail(f"{value!r} is neither a number above 0 nor auto.", param, ctx)
        return int(value)


class Devices(click.ParamType[str]):
    """auto, or devices with commas between: cpu, mps, cuda, cuda:N."""

    name = "DEVICE[,...]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the names as they are, once they are known to be some."""
        known = value == "auto" or all(
            re.fullmatch(r"cpu|mps|cuda(:\d+)?", name) for name in value.split(",")
        )
        if not known:
            self.fail(f"{value!r} is none of auto, cpu, cuda, cuda:N, mps.", param, ctx)
        return value
