"""Fix documents where a check knows a safe change that keeps every answer."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec

from payrule.compare.locks import read_lock
from payrule.examples.run import documents_in
from payrule.fmt import formatted
from payrule.lint.check import kind_of, policy_context, rulebase_context, run
from payrule.lint.registry import CHECKS
from payrule.lint.rule import CheckContext, Fix, context_of
from payrule.model.policy import Policy
from payrule.rulebase.folder import policy_file, read_text
from payrule.rulebase.load import read_documents, read_policy, usable
from payrule.source.diagnostics import DocumentError


class Fixed(msgspec.Struct, frozen=True):
    """A file, the text in it, the text that it should have, and what was fixed."""

    path: Path
    before: str
    after: str
    done: tuple[str, ...]


def fix_files(paths: Iterable[Path], folder: Path | None) -> tuple[Fixed, ...]:
    """Fix the policies of rulebase folders, or single ones with the names of a rulebase; nothing is written.

    Without paths it is the rulebase itself. Raises DocumentError for documents that cannot be used.
    """
    found: dict[Path, Fixed] = {}
    for path in paths or (folder,):
        context, files = _single(path, folder) if path is not None and path.is_file() else _whole(path)
        values = {name: read_text(file).value for name, file in files.items()}
        for name, (value, done) in fix_policies(context, values).items():
            before = files[name].read_bytes().decode("utf-8")
            found[files[name]] = Fixed(files[name], before, formatted(value), done)
    return tuple(found.values())


def _whole(folder: Path | None) -> tuple[CheckContext, dict[str, Path]]:
    root, within = documents_in(folder)
    context, findings = rulebase_context(usable(read_documents(root)))
    if findings:
        raise DocumentError(findings)
    files = {policy.name: policy_file(root, policy) for policy in context.policies}
    chosen = tuple(policy for policy in context.policies if files[policy.name] in within)
    return msgspec.structs.replace(context, policies=chosen), files


def _single(path: Path, folder: Path | None) -> tuple[CheckContext, dict[str, Path]]:
    documents = read_documents(folder)
    if kind_of(path) != "policy":
        return msgspec.structs.replace(context_of(documents), policies=()), {}
    policy = read_policy(path, documents.vocabulary, documents.remittance_codes)
    context = msgspec.structs.replace(policy_context(policy, documents), lock=read_lock(documents.folder))
    return context, {policy.name: path}


def fix_policies(
    context: CheckContext, values: Mapping[str, dict[str, Any]]
) -> dict[str, tuple[dict[str, Any], tuple[str, ...]]]:
    """Fix the policies of a context until no fix is left; `values` are their documents, by name.

    Gives the fixed documents by name, each with what was done. A locked version keeps its digest, so it stays as it is.

    >>> from payrule.lint.rule import shipped_context
    >>> fix_policies(shipped_context(), {})
    {}
    """
    done: dict[str, list[str]] = {}
    now = dict(values)
    while fixes := _fixes(context):
        for name, listed in fixes.items():
            now[name] = with_fixes(now[name], listed)
            done.setdefault(name, []).extend(each.done for each in listed)
        policies = (
            msgspec.convert(now[each.name], Policy) if each.name in fixes else each for each in context.policies
        )
        context = msgspec.structs.replace(context, policies=tuple(policies))
    return {name: (now[name], tuple(listed)) for name, listed in sorted(done.items())}


def _fixes(context: CheckContext) -> dict[str, list[Fix]]:
    found: dict[str, list[Fix]] = {}
    locked = context.lock.versions if context.lock is not None else ()
    for each in run(context, [check for check in CHECKS if check.needs == "policy"]).found:
        if each.fix is not None and each.file is not None and each.file not in locked:
            found.setdefault(each.file, []).append(each.fix)
    return found


def with_fixes(value: dict[str, Any], fixes: Iterable[Fix]) -> dict[str, Any]:
    """Give a document with fixes made; an object or a list that is empty after that goes too.

    >>> with_fixes({"sets": {"a": [], "b": []}}, [Fix(path=("sets", "a"), done=""), Fix(path=("sets", "b"), done="")])
    {}
    """
    result = deepcopy(value)
    # From the end of the document, so that positions in lists stay right.
    for fix in sorted(fixes, key=lambda each: [(isinstance(step, str), step) for step in each.path], reverse=True):
        *above, last = fix.path
        holders: list[Any] = [result]
        for step in above:
            holders.append(holders[-1][step])
        if fix.value is not msgspec.UNSET:
            holders[-1][last] = fix.value
        else:
            del holders[-1][last]
            if above and not holders[-1]:
                del holders[-2][above[-1]]
    return result
