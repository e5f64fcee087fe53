"""Run every benchmark and print what it measured."""

import platform
from importlib import import_module
from pkgutil import iter_modules

import benchmarks

print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, one core used")
for module in sorted(each.name for each in iter_modules(benchmarks.__path__)):
    run = getattr(import_module(f"benchmarks.{module}"), "main", None) if module != "__main__" else None
    if run is not None:
        print()
        run()
