"""What happens when the two executions disagree: an error that carries both answers."""

from typing import Any

from payrule.documents.determinations import LineDetermination
from payrule.documents.findings import PayruleError
from payrule.language.matches import Matches


class DisagreementError(PayruleError):
    """Forward chaining and the reference evaluator matched different rules: a defect of payrule, never of a document.

    `chained` and `referred` hold, for the first line that differs, the matches and the determination of each execution.
    """

    def __init__(
        self,
        encounter: str,
        number: int,
        chained: tuple[Matches, LineDetermination],
        referred: tuple[Matches, LineDetermination],
    ) -> None:
        """Keep both answers, and say in the message which rules the executions see differently."""
        self.encounter, self.number, self.chained, self.referred = encounter, number, chained, referred
        one, two = chained[0], referred[0]
        rules = sorted((one.definite ^ two.definite) | (one.possible ^ two.possible))
        super().__init__(
            f"encounter `{encounter}`, line {number}: the executions disagree on "
            f"{', '.join(f'`{rule}`' for rule in rules)}: forward chaining answers {chained[1].disposition}, "
            f"the reference evaluator {referred[1].disposition}"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it by both answers, so that it comes whole out of another process."""
        return type(self), (self.encounter, self.number, self.chained, self.referred)
