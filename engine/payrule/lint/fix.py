"""Fix documents where a check knows a safe way: what they mean stays as it is."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec

from payrule.compare.locks import read_lock
from payrule.examples.run import documents_in
from payrule.fmt import rewritten
from payrule.lint.check import kind_of, policy_context, rulebase_context
from payrule.lint.context import CheckContext, desk_of
from payrule.lint.registry import CHECKS
from payrule.lint.rule import Check, Fix
from payrule.lint.run import run
from payrule.model.policy import Policy
from payrule.rulebase.folder import policy_file, read_text
from payrule.rulebase.load import read_documents, read_policy, usable
from payrule.source.diagnostics import DocumentError
from payrule.source.json_source import Path as JsonPath


class FixedValue(msgspec.Struct, frozen=True):
    """A document by its name, its value when all was fixed, and what was done."""

    document: str
    value: dict[str, Any]
    said: tuple[str, ...]


def fix_policies(context: CheckContext, values: Mapping[str, dict[str, Any]]) -> tuple[FixedValue, ...]:
    """Fix the policies of a context until nothing is left that can be; `values` are their documents, by name.

    A version that is locked stays as it is, for its digest would be another one.

    >>> from payrule.lint.context import shipped_context
    >>> fix_policies(shipped_context(), {})
    ()
    """
    locked = context.lock.versions.keys() if context.lock is not None else frozenset()
    checks = [each for each in CHECKS if each.needs == "policy"]
    done: dict[str, list[str]] = {}
    now = dict(values)
    while fixes := _fixes(context, checks, locked):
        for name, listed in fixes.items():
            now[name] = with_mends(now[name], listed)
            done.setdefault(name, []).extend(each.said for each in listed)
        policies = tuple(_again(each, now) if each.name in fixes else each for each in context.policies)
        context = msgspec.structs.replace(context, policies=policies)
    return tuple(FixedValue(name, now[name], tuple(said)) for name, said in sorted(done.items()))


def with_mends(value: dict[str, Any], fixes: Iterable[Fix]) -> dict[str, Any]:
    """Give a document with fixes made; what holds nothing after that goes too.

    >>> with_mends({"sets": {"a": [], "b": []}}, [Fix(path=("sets", "a"), said=""), Fix(path=("sets", "b"), said="")])
    {}
    """
    result = deepcopy(value)
    for fix in sorted(fixes, key=lambda each: tuple(map(_ordered, each.path)), reverse=True):
        *above, last = fix.path
        holder: Any = result
        for step in above:
            holder = holder[step]
        if fix.value is not msgspec.UNSET:
            holder[last] = fix.value
        else:
            del holder[last]
            _emptied(result, tuple(above))
    return result


def _emptied(value: Any, path: JsonPath) -> None:
    """Take away an object or a list below the top that holds nothing any more."""
    if path:
        holder = value
        for step in path[:-1]:
            holder = holder[step]
        if not holder[path[-1]]:
            del holder[path[-1]]


def _fixes(context: CheckContext, checks: Iterable[Check], locked: Iterable[str]) -> dict[str, list[Fix]]:
    found: dict[str, list[Fix]] = {}
    for _, each in run(context, checks).found:
        if each.fix is not None and each.document not in locked:
            found.setdefault(each.document, []).append(each.fix)
    return found


def _again(policy: Policy, values: Mapping[str, dict[str, Any]]) -> Policy:
    return msgspec.convert(values[policy.name], Policy)


def _ordered(step: str | int) -> tuple[int, int | str]:
    return (0, step) if isinstance(step, int) else (1, step)


class Fixed(msgspec.Struct, frozen=True):
    """A file, the text in it, the text that it should have, and what was fixed."""

    path: Path
    before: str
    after: str
    said: tuple[str, ...]


def fix_files(paths: Iterable[Path], folder: Path | None) -> tuple[Fixed, ...]:
    """Fix the policies of rulebase folders, or single ones with the names of a rulebase; nothing is written.

    Without paths it is the rulebase itself. Raises DocumentError for documents that cannot be used.
    """
    found: dict[Path, Fixed] = {}
    for path in paths or (folder,):
        context, files = _single(path, folder) if path is not None and path.is_file() else _whole(path)
        values = {name: read_text(file).value for name, file in files.items()}
        for each in fix_policies(context, values):
            file = files[each.document]
            before = file.read_bytes().decode("utf-8")
            found[file] = Fixed(file, before, rewritten(each.value), each.said)
    return tuple(found.values())


def _whole(folder: Path | None) -> tuple[CheckContext, dict[str, Path]]:
    root, within = documents_in(folder)
    context, findings = rulebase_context(usable(read_documents(root)))
    if findings:
        raise DocumentError(findings)
    files = {policy.name: policy_file(root, policy) for policy in context.policies}
    meant = tuple(policy for policy in context.policies if files[policy.name] in within)
    return msgspec.structs.replace(context, policies=meant), files


def _single(path: Path, folder: Path | None) -> tuple[CheckContext, dict[str, Path]]:
    documents = read_documents(folder)
    if kind_of(path) != "policy":
        return msgspec.structs.replace(desk_of(documents), policies=()), {}
    policy = read_policy(path, documents.vocabulary, documents.remittance_codes)
    context = msgspec.structs.replace(policy_context(policy, documents), lock=read_lock(documents.folder))
    return context, {policy.name: path}
