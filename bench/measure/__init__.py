"""The parts of bench/run and of bench/runtime/run.

SPDX-License-Identifier: MIT
"""
import shutil


class Failure(Exception):
    """A measurement that gave no figure, and why."""


def need(*tools):
    for tool in tools:
        if shutil.which(tool) is None:
            raise Failure(f"needs {tool}")
