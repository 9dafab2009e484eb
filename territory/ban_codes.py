"""A ban's short id, such as B-7K3Q: it can be read out, and it stands for the ban's number without counting the bans aloud.

The letters are Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O, U; O is read as 0, I and L as 1.
"""

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE = len(_LETTERS)
_SHORTEST, _LONGEST = 4, 12
# Odd numbers have an inverse modulo every power of two, so that each number has a code of its own.
_FACTOR = 0x9E3779B1
_READ_AS = str.maketrans("OIL", "011")


def code_of(number: int) -> str:
    """Return the code of a ban's number, from 1."""
    length, first = _SHORTEST, 0
    while number - first >= _BASE**length:
        first += _BASE**length
        length += 1
    mixed = (number - first) * _FACTOR % _BASE**length
    letters = (_LETTERS[mixed // _BASE**place % _BASE] for place in reversed(range(length)))
    return f"B-{''.join(letters)}"


def number_of(text: str) -> int | None:
    """Return the number that a code stands for, as people write codes ("b7k3q", "B-7K3Q"); None if it is no code."""
    word = text.strip().upper().replace("-", "").replace(" ", "")
    letters = word.removeprefix("B").translate(_READ_AS)
    if not (word.startswith("B") and _SHORTEST <= len(letters) <= _LONGEST) or set(letters) - set(_LETTERS):
        return None
    mixed = sum(_LETTERS.index(letter) * _BASE**place for place, letter in enumerate(reversed(letters)))
    modulus = _BASE ** len(letters)
    first = sum(_BASE**length for length in range(_SHORTEST, len(letters)))
    inverse: int = pow(_FACTOR, -1, modulus)
    number: int = first + mixed * inverse % modulus
    return number
