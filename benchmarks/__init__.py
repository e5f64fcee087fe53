"""What is measured and how: each module measures one thing and prints it; nothing is asserted against a clock.

`python -m benchmarks` runs them all, `python -m benchmarks.engine` one.
"""
