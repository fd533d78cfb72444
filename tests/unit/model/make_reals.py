#!/usr/bin/env python3
"""Writes reals.inc: doubles that are hard to write shortest, and their shortest digits.

SPDX-License-Identifier: MIT
"""
import math
import re
import struct

MANTISSAS = ("1", "1.5", "9", "9.999999999999999", "1.2345678901234567", "4.35")
EXPONENTS = [*range(-30, 31), -323, -310, -308, -307, -300, -100, 100, 200, 300, 307, 308]
SINGLE = """0.1 0.2 0.3 0.7 3.14 2.718281828459045 37.7749 -122.4194 100.0 19.99 299792458.0
    0.30000000000000004 -1.5 -1e-7 2.5e-5 0.0001 0.00001 0.00009999 6.62607015e-34 6.02214076e23
    1e15 999999999999999 999999999999999.9 1e16 1e17 123456789012345680 9999999999999998
    9007199254740991.5 9007199254740992 9007199254740993 99999999999999990
    1e21 1e22 1e23 1e-22 1e-23 9e-23 5.684341886080802e-14 9.5367431640625e-07
    1.7976931348623157e308 2.2250738585072014e-308 2.225073858507201e-308
    2.2250738585072011e-308 4.9e-324""".split()


def bits(value):
    return struct.unpack("<q", struct.pack("<d", value))[0]


def double(pattern):
    return struct.unpack("<d", struct.pack("<q", pattern))[0]


def powers_of_two():
    """Where the spacing changes, and their neighbours."""
    for exponent in range(-1074, 1024):
        if exponent < -1060 or exponent > 1015 or exponent % 23 == 0 or -60 < exponent < 70:
            yield 2.0**exponent
            if exponent % 5 == 0:
                yield double(bits(2.0**exponent) - 1)
                yield double(bits(2.0**exponent) + 1)


def shortest(value):
    """repr(), whose exponents have a sign and two digits, without these."""
    return re.sub(r"e\+?(-?)0?", r"e\1", repr(value))


def main():
    values = {float(f"{m}e{e}") for m in MANTISSAS for e in EXPONENTS}
    values.update(map(float, SINGLE), powers_of_two())
    print("/* Made by make_reals.py: a double in hexadecimal, and its shortest text. */")
    for value in sorted(filter(math.isfinite, values)):
        print(f'{{ {value.hex()}, "{shortest(value)}" }},')


main()
