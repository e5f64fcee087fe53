"""Files of millions of lines: what every way to decide them takes, each figure measured in a process of its own.

    make bench-batch
    python -m benchmarks.batch --only floor,paths --rules 300 --lines 1000000

`inputs` makes the files of claims, once, in a cache; `children` runs one task in a process; each section prints a
table. To measure another path, add it to `PATHS` in `paths.py`.
"""
