"""The parts of bench/run.

SPDX-License-Identifier: MIT
"""


class Failure(Exception):
    """A measurement that gave no figure, and why."""
