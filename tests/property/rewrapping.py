"""Texts of sources, and the same texts as another copy has them: wrapped, hyphenated and quoted otherwise."""

from hypothesis import strategies as st

WORDS = (
    "massage",
    "one-on-one",
    "97110-97124",
    "paid,",
    "\u201cskills\u201d",
    "payer\u2019s",
    "pre-",
    "not",
    "to",
    "(59)",
)
BLANKS = (" ", "  ", "\n", "\r\n\t", "\u00a0", "\n\n    ", " \u2003")
HYPHENS = ("-\n", "\u00ad\n  ", "\u00ad", "\u2010\n", "- ")
QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2019": "'"})


def texts(least: int = 1) -> st.SearchStrategy[list[str]]:
    """Draw the words of a text."""
    return st.lists(st.sampled_from(WORDS) | st.text("abcxyz'.", min_size=1, max_size=6), min_size=least, max_size=40)


@st.composite
def copies(draw: st.DrawFn, words: list[str]) -> str:
    """Set a text otherwise: other blanks, words parted at any place, straight quotation marks."""
    parts = []
    for word in words:
        set_word = word.translate(QUOTES) if draw(st.booleans()) else word
        cuts = [at for at in range(1, len(set_word)) if set_word[at - 1].isalnum() and set_word[at].isalnum()]
        if cuts and draw(st.integers(0, 4)) == 0:
            at = draw(st.sampled_from(cuts))
            set_word = set_word[:at] + draw(st.sampled_from(HYPHENS)) + set_word[at:]
        parts += [set_word, draw(st.sampled_from(BLANKS))]
    return "".join(parts)
