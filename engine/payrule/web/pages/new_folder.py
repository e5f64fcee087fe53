"""A folder of one's own: made by a form, with a first policy, its source and a payer to try it."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

from payrule.reports.pages.html import Html, element, text
from payrule.rulebase.load import read_documents
from payrule.scaffold.rulebase import FIRST, FirstPolicy, first_documents, new_rulebase
from payrule.source.diagnostics import InputError, RequestError
from payrule.source.files import about
from payrule.web.asked import Address, Asked
from payrule.web.frame import Moved, Shown, entry, form, labelled, refused

_HINTS = {
    "folder": "small letters, digits and hyphens, such as my-rules",
    "title": "as the payer calls it, such as Massage therapy payment policy",
    "issuer": "such as the name of the plan",
    "source": "a text, PDF, Word document or web page; it is copied into the folder. You can add it later.",
}


def show(asked: Asked) -> Shown:
    """Show the form."""
    home = _home(asked)

    def field(label: str, name: str) -> Html:
        return labelled(label, name, entry(name, asked.field(name), hint=_HINTS[name]), hint=_HINTS[name])

    lead = element("p", text("The folder is made in "), element("code", text(str(home))), text("."))
    chosen = entry("source", kind="file", hint=_HINTS["source"])
    asks = form(
        "/new",
        asked.form_token,
        field("Name of the folder", "folder"),
        field("Title of the first policy", "title"),
        field("Who published it", "issuer"),
        labelled("Its text", "source", chosen, hint=_HINTS["source"]),
        button="Make the folder",
        is_file=True,
    )
    return Shown(title="Make a folder of your own", value={"home": str(home)}, body=(lead, asks))


def _home(asked: Asked) -> Path:
    if asked.site.home is None:
        message = "the workbench was started on a folder, or only shows documents"
        raise RequestError.of("no-home", message, "start `payrule workbench` without `--rulebase` and `--read-only`")
    return asked.site.home


def make(asked: Asked) -> Shown | Moved:
    """Make the folder, and go on in it: with the source if there is one, else with the first rule."""
    try:
        return _made(asked, _home(asked))
    except InputError as fault:
        return refused(show(asked), fault.findings)


def _made(asked: Asked, home: Path) -> Moved:
    name, upload = asked.field("folder"), asked.uploads.get("source")
    if not name:
        raise RequestError.of("no-name", "the folder has no name", f"give it one: {_HINTS['folder']}")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise RequestError.of("bad-name", f"`{name}` is no name of a folder", f"use {_HINTS['folder']}")
    folder = home / name
    if folder.exists():
        raise RequestError.of("folder-there", f"there is a folder `{name}` already", "choose another name")
    file = plain_name(upload.name) if upload is not None else None
    first = FirstPolicy(title=asked.field("title"), issuer=asked.field("issuer"), file=file)
    with about(folder):
        beside = Path(mkdtemp(prefix=f".{name}-", dir=home))
        try:
            _write(new_rulebase(beside).files)
            _write(first_documents(read_documents(beside / "policies"), first).files)
            (beside / "sources").mkdir()
            if upload is not None and file is not None:
                shutil.copyfile(upload.path, beside / "sources" / file)
            beside.chmod(0o777 & ~_umask())
            beside.rename(folder)
        except (OSError, InputError):
            shutil.rmtree(beside, ignore_errors=True)
            raise
    asked.site.move(folder, folder / "sources")
    return Moved(f"/sources/{quote(file)}" if file else f"/rules/{first.id}@{FIRST}")


def _write(files: Mapping[Path, str]) -> None:
    for path, written in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written, encoding="utf-8", newline="\n")


def plain_name(name: str) -> str:
    """Give a name that a file of a source may have.

    >>> plain_name("Manual 2027 (final).PDF"), plain_name("..")
    ('Manual-2027-final.PDF', 'source')
    """
    return "-".join(re.findall(r"[A-Za-z0-9._]+", name)).replace("-.", ".").strip(".") or "source"


def _umask() -> int:
    """Give which rights new folders lack, as for any folder that a person makes."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


ADDRESSES = (Address("/new", get=show, post=make),)
