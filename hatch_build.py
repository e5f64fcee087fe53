"""Put the policies and the schemas inside the package when a wheel is built.

They live at the top of the checkout, where analysts look for them; in an installed package they are under
`payrule/_data`, where `payrule.source.files` finds them. An editable install is left alone: it reads the checkout.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShippedFolders(BuildHookInterface[Any]):
    """Add the top-level folders of documents to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Map each folder to its place in the package; `version` is hatchling's name for the kind of wheel."""
        if version == "standard":
            for kind in ("policies", "schemas"):
                build_data["force_include"][kind] = f"payrule/_data/{kind}"
