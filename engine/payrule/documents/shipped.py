"""Find the folders of documents that come with payrule.

Policies and schemas live at the top of the checkout, where analysts look for them. A wheel carries them inside the
package (`hatch_build.py` puts them there), so that an installed payrule needs no checkout.
"""

from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Literal

Kind = Literal["policies", "schemas"]


class ShippedFolderError(FileNotFoundError):
    """Say that payrule was installed without a folder it comes with."""


def shipped(kind: Kind) -> Path:
    """Locate the folder of that kind: the installed package's own, else the checkout's.

    The package's own comes first, so that an installed payrule never reads a folder that happens to lie near it.

    Raises `ShippedFolderError`, which names both places, where neither is a folder.

    >>> shipped("policies").name
    'policies'
    >>> shipped("schemas").is_dir()
    True
    """
    installed = Path(str(files("payrule"))) / "_data" / kind
    checkout = Path(__file__).resolve().parents[3] / kind
    for folder in (installed, checkout):
        if folder.is_dir():
            return folder
    message = (
        f"no folder `{kind}` at `{installed}` nor at `{checkout}`: install payrule again from its wheel, "
        "or run it from a whole checkout"
    )
    raise ShippedFolderError(message)


@cache
def payrule_version() -> str:
    """Give the version of payrule that runs.

    >>> payrule_version()[:1].isdigit()
    True
    """
    return version("payrule")
