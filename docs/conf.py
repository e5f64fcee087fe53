"""How Sphinx makes a site of the documentation, which stays Markdown that a code host shows: run by `make docs`.

The sources are read from the top folder, so that the README and what lies beside it are pages of the site too, and a
link between pages is the same in both.
"""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

project = "payrule"
version = release = version_of("payrule")
# The copyright line is left out: LICENSE says who holds what.
html_show_copyright = False

extensions = ["myst_parser", "docs.making.rooms", "docs.making.titles"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "docs/**/*.md"]
exclude_patterns = [
    "docs/_build",
    *(f"{name}/**" for name in (".[a-z]*", "benchmarks", "build", "dist", "engine", "tests")),
]
suppress_warnings = [
    "misc.highlighting_failure",  # a part of a document is shown that is no JSON by itself
]

# Headings are linked by the names that a code host gives them.
myst_heading_anchors = 6

html_theme = "furo"
html_title = "payrule"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_additional_pages = {"index": "front.html"}
templates_path = ["making"]
html_static_path = ["making/static"]
html_css_files = ["site.css"]
linkcheck_timeout = 30
