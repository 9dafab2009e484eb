"""Numbers that somebody typed, or wrote into an address."""

LARGEST = 2**63 - 1  # that a column of the database holds


def row_number(text: str | None) -> int:
    """Return the number of a row that a text is, in plain digits; 0, which no row has, for any other text."""
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else 0
    return number if number <= LARGEST else 0
