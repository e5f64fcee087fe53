"""The lock belongs to the project file it was made from."""

import re
import tomllib
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text())


def own() -> dict[str, Any]:
    """Give what the lock says of payrule itself."""
    (entry,) = (package for package in read("uv.lock")["package"] if package["name"] == "payrule")
    return cast("dict[str, Any]", entry)


def asked() -> set[tuple[str, str, str]]:
    """Give each dependency of the project file: its name, its versions, and the condition it is asked for on."""
    project = read("pyproject.toml")["project"]
    lists = {"": project["dependencies"]}
    lists |= {f"extra == '{extra}'": wanted for extra, wanted in project["optional-dependencies"].items()}
    return {
        (re.split(r"[^\w-]", wanted)[0].replace("_", "-"), re.sub(r"^[\w-]+(\[.*\])?", "", wanted), condition)
        for condition, dependencies in lists.items()
        for wanted in dependencies
    }


def test_lock_was_made_from_this_project_file() -> None:
    locked = own()["metadata"]["requires-dist"]
    assert {(item["name"], item.get("specifier", ""), item.get("marker", "")) for item in locked} == asked()


def test_lock_is_of_this_version() -> None:
    assert own()["version"] == read("pyproject.toml")["project"]["version"]


def test_lock_names_one_index_and_no_place_of_this_machine() -> None:
    sources = [package["source"] for package in read("uv.lock")["package"] if package["name"] != "payrule"]
    assert all(source.keys() == {"registry"} for source in sources)
    (index,) = {source["registry"] for source in sources}
    assert index.startswith("https://")
