"""Figures in columns, as wide as their headings."""

TEXT = 18
"""The width of a column of names."""

Cells = tuple[float | str, ...]
"""Some cells of a row."""


class Table:
    """Columns under headings; a heading that ends in a colon is one of names."""

    def __init__(self, *headings: str) -> None:
        """Print the headings."""
        self._formats = [f"<{TEXT}" if each.endswith(":") else f">{max(8, len(each))}" for each in headings]
        self.row(*(each.removesuffix(":") for each in headings))

    def row(self, *cells: float | str) -> None:
        """Print a row: names to the left, figures to the right, seconds with two digits."""
        written = (f"{_text(cell):{form}}" for cell, form in zip(cells, self._formats, strict=True))
        print("  " + "  ".join(written).rstrip(), flush=True)


def _text(value: float | str) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
