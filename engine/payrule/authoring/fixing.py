"""Mend documents in their files, where a check knows a safe way."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from payrule.adjudication.folder import policy_file, read_text
from payrule.adjudication.loading import read_documents, read_policy, usable
from payrule.authoring.checking import kind_of, policy_desk, rulebase_desk
from payrule.authoring.checks.desk import Desk, desk_of
from payrule.authoring.checks.mending import mended
from payrule.authoring.files import documents_in
from payrule.authoring.form import rewritten
from payrule.documents.findings import DocumentError
from payrule.review.locks import read_lock


class Fixed(msgspec.Struct, frozen=True):
    """A file, the text in it, the text that it should have, and what was mended."""

    path: Path
    before: str
    after: str
    said: tuple[str, ...]


def fixed(paths: Iterable[Path], folder: Path | None) -> tuple[Fixed, ...]:
    """Mend the policies of rulebase folders, or single ones with the names of a rulebase; nothing is written.

    Without paths it is the rulebase itself. Raises DocumentError for documents that cannot be used.
    """
    found: dict[Path, Fixed] = {}
    for path in paths or (folder,):
        desk, files = _single(path, folder) if path is not None and path.is_file() else _whole(path)
        values = {name: read_text(file).value for name, file in files.items()}
        for each in mended(desk, values):
            file = files[each.document]
            before = file.read_bytes().decode("utf-8")
            found[file] = Fixed(file, before, rewritten(each.value), each.said)
    return tuple(found.values())


def _whole(folder: Path | None) -> tuple[Desk, dict[str, Path]]:
    root, within = documents_in(folder)
    desk, findings = rulebase_desk(usable(read_documents(root)))
    if findings:
        raise DocumentError(findings)
    files = {policy.name: policy_file(root, policy) for policy in desk.policies}
    meant = tuple(policy for policy in desk.policies if files[policy.name] in within)
    return msgspec.structs.replace(desk, policies=meant), files


def _single(path: Path, folder: Path | None) -> tuple[Desk, dict[str, Path]]:
    documents = read_documents(folder)
    if kind_of(path) != "policy":
        return msgspec.structs.replace(desk_of(documents), policies=()), {}
    policy = read_policy(path, documents.vocabulary, documents.remittance_codes)
    desk = msgspec.structs.replace(policy_desk(policy, documents), lock=read_lock(documents.folder))
    return desk, {policy.name: path}
