"""Compare the network with the stock way to use durable_rules, on the same rules and the same claims.

Both must find the same rules for each line. The stock way is described in `benchmarks.stock`; for claims whose chart is
all known it is spared the possible reading.
"""

from collections.abc import Callable, Sequence
from time import process_time
from typing import Any

from benchmarks.generate import rulebase, scenes
from benchmarks.stock import Stock
from payrule.execute.forward.network import Network

SIZES = {15: 100, 30: 60, 300: 20, 3_000: 6}
"""How many rules, and how many claims the stock way is timed on."""
CLAIMS = 120
TIMES = 5


def main() -> None:
    """Print encounters a second, for claims with little of the chart and for claims with all of it."""
    print("forward chaining: encounters of 4 lines a second (processor time, the best of several turns for each claim)")
    print("  rules    chart  stock Host   network  times  first claim  99 of 100 within")
    for rules, few in SIZES.items():
        made = rulebase(rules)
        for known in (False, True):
            stock = Stock(made.rules, made.facts, possible=not known)
            network = Network(made.rules, made.facts)
            claims = scenes(made, CLAIMS, known=known)
            prepared = [stock.prepared(claim) for claim in claims[:few]]
            started = process_time()
            network.match(claims[0])
            first = process_time() - started
            for claim, facts in zip(claims, prepared, strict=False):
                assert stock.match(facts) == network.match(claim), "the two do not find the same rules"
            slow = sum(_best(stock.match, prepared, TIMES)) / few
            each = sorted(_best(network.match, claims, 2 * TIMES))
            fast = sum(each) / len(each)
            print(
                f"  {rules:>5} {'all' if known else 'little':>8} {1 / slow:>11,.0f} {1 / fast:>9,.0f}"
                f" {slow / fast:>6.1f} {first * 1e3:>10.1f}ms"
                f" {each[len(each) * 99 // 100] * 1e3:>16.2f}ms"
            )


def _best(work: Callable[[Any], object], asked: Sequence[object], turns: int) -> list[float]:
    """Time each piece of work several times over and keep the best: other programs only ever make it slower."""
    best = [float("inf")] * len(asked)
    for _ in range(turns):
        for at, each in enumerate(asked):
            started = process_time()
            work(each)
            best[at] = min(best[at], process_time() - started)
    return best


if __name__ == "__main__":
    main()
