#!/usr/bin/env python3
"""Writes powers_of_ten.inc: 10^e for e from -292 to 324, as 128 bits with the first bit set,
rounded up.

SPDX-License-Identifier: MIT
"""
from fractions import Fraction


def significand(exponent):
    value = Fraction(10) ** exponent
    shift = 127 - (value.numerator.bit_length() - value.denominator.bit_length())
    scaled = value * Fraction(2) ** shift
    if scaled >= 2**128:
        scaled /= 2
    elif scaled < 2**127:
        scaled *= 2
    rounded = -(-scaled.numerator // scaled.denominator)
    assert 2**127 <= rounded < 2**128
    return rounded


def main():
    print("/* Made by make_powers_of_ten.py. */")
    for exponent in range(-292, 325):
        bits = significand(exponent)
        print(f"{{ 0x{bits >> 64:016x}, 0x{bits & (2**64 - 1):016x} }}, /* {exponent} */")


main()
