"""See that the engine that runs is the one that was mutated."""

from pathlib import Path


def check_engine() -> None:
    """Raise ImportError when the engine is not imported from the copy in which this process runs."""
    import payrule.model.policy as module  # noqa: PLC0415 - the path is set by now

    if not Path(module.__file__).is_relative_to(Path.cwd()):
        raise ImportError(f"the engine is imported from {module.__file__}, not from the copy that is mutated")
