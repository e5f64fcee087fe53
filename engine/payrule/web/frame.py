"""What the pages of the workbench share: the frame around a page, and the parts of forms.

A page is a value. `Shown` holds it with its HTML; whoever asks for JSON gets the value itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from payrule.reports.diagnostics import one_line
from payrule.reports.pages.html import Html, element, joined, prose, text
from payrule.source.diagnostics import Diagnostic
from payrule.web.guard import FORM_TOKEN

Options = Iterable[tuple[str, str]]
"""The choices of a picker: what each sends, and what a person reads."""


Menu = Iterable[tuple[str, str]]
"""Addresses of pages, each with what a person reads."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A page: its title, the value that it shows, and that value as HTML."""

    title: str
    value: Any
    body: tuple[Html, ...]
    status: int = 200
    refresh: bool = False
    """Whether the page changes by itself, so that it is asked for again after a while."""


class Moved(msgspec.Struct, frozen=True):
    """Another page that is to be opened instead, such as after a form has been sent."""

    to: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is given to the person, under a name."""

    name: str
    media_type: str
    content: bytes


def framed(shown: Shown, *, path: str, menu: Menu, findings: tuple[Diagnostic, ...] = ()) -> bytes:
    """Write a page with its frame: the menu, with the page that is open, and what is wrong with the documents.

    >>> page = framed(Shown(title="A & B", value=None, body=()), path="/try", menu=[("/try", "Try a claim")]).decode()
    >>> "<h1>A &amp; B</h1>" in page, '<a href="/try" aria-current="page">Try a claim</a>' in page
    (True, True)
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        *([element("noscript", element("meta", http_equiv="refresh", content="2"))] if shown.refresh else []),
        element("title", text(f"{shown.title} - payrule")),
        element("link", rel="stylesheet", href="/static/page.css"),
        element("link", rel="stylesheet", href="/static/workbench.css"),
        element("script", src="/static/workbench.js", defer="defer"),
    )
    links = [
        element("li", element("a", text(words), href=to, aria_current="page" if _is_below(path, to) else None))
        for to, words in menu
    ]
    body = element(
        "body",
        element("a", text("Skip to the page"), href="#main", class_="skip"),
        *([element("header", element("nav", element("ul", *links), aria_label="Pages"))] if links else []),
        element("main", element("h1", text(shown.title)), *_broken(findings), *shown.body, id="main"),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}".encode()


def _is_below(path: str, page: str) -> bool:
    return path == page if page == "/" else path == page or path.startswith(f"{page}/")


def _broken(findings: tuple[Diagnostic, ...]) -> Iterable[Html]:
    if findings:
        said = "The documents on disk cannot be used as they are. What you see is from before the last change."
        yield element("div", element("p", text(said)), listing(map(one_line, findings)), class_="notice", role="status")


def words(said: str) -> Html:
    r"""Write a paragraph.

    >>> words("a < b")
    '<p>a &lt; b</p>\n'
    """
    return element("p", prose(said))


def listing(lines: Iterable[str]) -> Html:
    """Write a list of lines of text."""
    return element("ul", *(element("li", prose(each)) for each in lines))


def form(  # noqa: PLR0913 - what a form has, each by name
    to: str,
    token: str,
    *inside: Html,
    button: str,
    is_file: bool = False,
    sends: tuple[str, str] | None = None,
    also: Iterable[tuple[str, str]] = (),
) -> Html:
    """Write a form that changes something: it is sent to an address with the token that shows that it is ours.

    With `sends` the button sends a field, its name and value; `also` are further buttons that send another value for
    it, each with what a person reads.
    """
    hidden = element("input", type="hidden", name=FORM_TOKEN, value=token)
    name, value = sends or (None, None)
    buttons = [element("button", text(button), type="submit", name=name, value=value)]
    buttons += [element("button", text(each), type="submit", name=name, value=other) for other, each in also]
    encoding = "multipart/form-data" if is_file else None
    return element("form", hidden, *inside, *buttons, action=to, method="post", enctype=encoding)


def question(to: str, *inside: Html, button: str) -> Html:
    """Write a form that asks for a page and changes nothing."""
    return element("form", *inside, element("button", text(button), type="submit"), action=to, method="get")


def labelled(label: str, name: str, control: Html, *, hint: str = "", error: str = "") -> Html:
    """Put a label above a control whose id is its name, with a hint and what is wrong below it."""
    below = [element("p", prose(hint), id=f"{name}-hint", class_="quiet")] if hint else []
    below += [element("p", prose(error), id=f"{name}-error", class_="warning")] if error else []
    return element("div", element("label", text(label), for_=name), control, *below, class_="field")


def entry(
    name: str, value: str = "", *, kind: str = "text", hint: str = "", error: str = "", **more: str | None
) -> Html:
    """Write an input of a form; `hint` and `error` are those that `labelled` shows."""
    described = " ".join(f"{name}-{each}" for each, given in (("hint", hint), ("error", error)) if given)
    more = {"aria_describedby": described or None, "aria_invalid": "true" if error else None} | more
    return element("input", type=kind, id=name, name=name, value=value or None, **more)


def picker(
    name: str, options: Options, chosen: str = "", *, groups: Mapping[str, Options] | None = None, **more: str | None
) -> Html:
    """Write a control that offers a few choices, then those of `groups` under the title of each.

    >>> print(picker("payer", [("a", "Plan A"), ("b", "Plan B")], "b"))
    <select id="payer" name="payer">
    <option value="a">Plan A</option><option value="b" selected="selected">Plan B</option></select>
    <BLANKLINE>
    """

    def listed(offered: Options) -> list[Html]:
        return [
            element("option", text(label), value=value, selected="selected" if value == chosen else None)
            for value, label in offered
        ]

    inside = listed(options)
    inside += [element("optgroup", *listed(each), label=title) for title, each in (groups or {}).items()]
    return element("select", Html("\n"), *inside, id=name, name=name, **more)


def bar(share: float, label: str) -> Html:
    """Draw a share, from 0 to 1, with what it is in words, for color and length are never alone."""
    meter = element("meter", min="0", max="1", value=f"{share:.4f}", aria_label=label)
    return element("span", meter, text(label), class_="bar")


def plain_table(caption: str, head: Iterable[str], rows: Iterable[Iterable[Html]], **more: str | None) -> Html:
    """Write a table of cells that are HTML; the first cell of a row heads it."""
    titles = tuple(head)
    written = []
    for row in rows:
        first, *others = row
        cells = [element("td", each, data_of=title) for title, each in zip(titles[1:], others, strict=True)]
        written.append(element("tr", element("th", first, scope="row", data_of=titles[0]), *cells))
    return element(
        "table",
        element("caption", text(caption)),
        element("thead", element("tr", *(element("th", text(each), scope="col") for each in titles))),
        element("tbody", *written),
        **({"class_": "records"} | more),
    )


def findings_list(findings: Iterable[Diagnostic]) -> Html:
    """List what is wrong, each with its place and help."""
    return element("div", listing(map(one_line, findings)), class_="notice", role="alert")


def refused(shown: Shown, findings: Iterable[Diagnostic]) -> Shown:
    """Show a page again, with what is wrong with what was sent before its form, and nothing of that lost."""
    lead = words("Nothing was saved. Change this, and send it again:")
    notice = element("div", lead, listing(map(one_line, findings)), class_="notice", role="alert")
    return msgspec.structs.replace(shown, body=(notice, *shown.body), status=422)


def text_lines(written: str) -> Html:
    r"""Write lines of text as they are.

    >>> text_lines("a\n<b>")
    'a\n&lt;b&gt;'
    """
    return joined([text(each) for each in written.splitlines()], Html("\n"))


def text_area(name: str, written: str, *, rows: int) -> Html:
    r"""Write a control for several lines of text.

    >>> text_area("codes", "a\r\nb", rows=8)
    '<textarea id="codes" name="codes" rows="8">\na\nb</textarea>\n'
    """
    return element("textarea", Html("\n"), text_lines(written), id=name, name=name, rows=str(rows))


def answer_region(title: str, *inside: Html) -> Html:
    """Write the part of a page that the script replaces while a form is filled in; who listens is told of it.

    >>> 'id="answer"' in answer_region("Answer")
    True
    """
    heading = element("h2", text(title))
    return element("section", heading, *inside, id="answer", aria_live="polite", aria_label=title, tabindex="0")
