"""`payrule ask`: what a line needs, one question at a time, and the answer when nothing else can change it."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrule.cli.support.errors import refuse, unusable_input
from payrule.cli.support.options import SHOW_SOURCES, claim_option, plain_out_option, sources_option, terms_options
from payrule.cli.support.output import STANDARD_INPUT, all_written, binary_output, terminal

if TYPE_CHECKING:
    from payrule.ask.case import Case, Known
    from payrule.ask.facts import Answer, Fact
    from payrule.ask.questions import Question, Settled
    from payrule.citations.copies import Copies
    from payrule.model.policy import Policy
    from payrule.model.vocabulary import Attribute
    from payrule.rulebase.request import DecisionRequest
    from payrule.rulebase.rulebase import Rulebase
    from payrule.source.diagnostics import Diagnostic

NOBODY_KNOWS = "?"
"""What is answered by who does not know."""


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--line", "number", type=int, metavar="N", help="Ask about this line only. Default: all that need information."
)
@claim_option
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take answers from this file first: JSON, an object by attribute; null is what nobody knows.",
)
@sources_option(SHOW_SOURCES)
@plain_out_option
@terms_options
def command(  # noqa: PLR0913 - one argument an option
    *,
    file: str,
    number: int | None,
    encounter: str | None,
    answers: Path | None,
    sources: Path | None,
    out: Path | None,
    rulebase: "Rulebase",
    terms: "Callable[[str | None], DecisionRequest]",
) -> None:
    """Ask what the lines of a claim in FILE need, one question at a time, until no answer can change the result.

    Only what can change the answer is asked, in the order that settles soonest. `?` answers what nobody knows. At the
    end the claim is decided with what was answered; `--out` writes the claim with it.
    """
    import msgspec

    from payrule.citations.copies import Copies
    from payrule.reports.table import tables

    with unusable_input():
        claim = _claim(rulebase, file, encounter)
        chosen = terms(claim.get("payer"))
        given = {} if answers is None else _answers_of(answers, rulebase)
        dialog = _Dialog(given, None if sources is None else Copies(sources))
        decided = rulebase.decide_under(chosen, rulebase.encounter(claim))
        lines = [each.number for each in decided.lines if each.disposition == "pending"] if number is None else [number]
        for each in lines:
            claim = dialog.asked(rulebase, chosen, claim, each)
        if unused := given.keys() - dialog.used:
            listed = ", ".join(f"`{name}`" for name in sorted(unused))
            click.echo(f"not asked, for it changes nothing: {listed}", err=True)
        shown = rulebase.decide_under(chosen, rulebase.encounter(claim))
        if out is not None:
            with binary_output(out, all_written) as write:
                write(msgspec.json.format(msgspec.json.encode(claim), indent=2) + b"\n")
    sys.stdout.buffer.write(b"".join(tables([shown], **terminal(sys.stdout))))


class _Dialog:
    """Ask questions at the terminal, or take their answers from a file."""

    def __init__(self, given: Mapping[str, Any], copies: "Copies | None") -> None:
        """Take answers that are given beforehand, and copies of the sources."""
        self._given, self._copies = given, copies
        self.used: set[str] = set()

    def asked(
        self, rulebase: "Rulebase", terms: "DecisionRequest", claim: dict[str, Any], number: int
    ) -> dict[str, Any]:
        """Ask about a line until it is settled; give the claim with the answers."""
        from payrule.ask.case import NOTHING, Case
        from payrule.ask.facts import told
        from payrule.ask.questions import Question, next_question

        case, known = Case(rulebase, terms, claim, number), NOTHING
        line = next(each for each in rulebase.encounter(claim).lines if each.number == number)
        click.secho(f"line {number} ({line.code}) of {line.date}", bold=True)
        while isinstance(found := next_question(case, known), Question):
            answer = self._answer(case, found, known)
            if answer is None:
                case = Case(rulebase, terms, claim, number, case.unknown | {found.fact.name})
            else:
                known |= {(found.fact, answer)}
        self._say(found, len(known))
        return told(claim, dict(known))

    def _answer(self, case: "Case", question: "Question", known: "Known") -> "Answer | None":
        """Show a question and read its answer; None where nobody knows."""
        from payrule.ask.wording import answer_words, asking, question_words

        attribute = case.rulebase.documents.vocabulary.attributes[question.fact.attribute]
        click.echo(f"\n{question_words(attribute, question.fact, case.number)}")
        for each in asking(case, question.fact, known):
            click.secho(f"  {each.rule} {each.policy.version}: {each.summary}", dim=True)
            for cite in each.cites:
                click.secho(f"    {cite['title']}: {cite['locator']}", dim=True)
                passage = self._passage(each.policy, cite)
                if passage:
                    click.secho(f"    “{passage}”", italic=True)
        prompt = f"{answer_words(attribute)} ({NOBODY_KNOWS} if nobody knows): "
        name = question.fact.name
        if name in self._given:
            self.used.add(name)
            value = self._given[name]
            click.echo(f"{prompt}{_as_written(value)}")
            return None if value is None else _checked(case, question.fact, value, known)
        return self._read(case, question.fact, prompt, known)

    def _passage(self, policy: "Policy", cite: dict[str, Any]) -> str | None:
        if self._copies is None:
            return None
        import msgspec

        from payrule.model.policy import Cite

        return self._copies.passage(policy, msgspec.convert(cite, Cite))

    def _read(self, case: "Case", fact: "Fact", prompt: str, known: "Known") -> "Answer | None":
        """Read an answer until it is one; raises RequestError where the input ends."""
        from payrule.cli.support.errors import report
        from payrule.formats.csv_cells import cell_reader
        from payrule.source.diagnostics import InputError

        attribute = case.rulebase.documents.vocabulary.attributes[fact.attribute]
        while True:
            click.echo(prompt, nl=False)
            sys.stdout.flush()
            written = sys.stdin.readline()
            if not written:
                click.echo()
                message = f"the answers end before line {case.number} is settled: `{fact.name}` has no answer"
                refuse("no-answer", message, f"answer it, with `{NOBODY_KNOWS}` where nobody knows")
            text = written.strip()
            if text == NOBODY_KNOWS:
                return None
            try:
                return _checked(case, fact, cell_reader(attribute)(text) if text else text, known)
            except InputError as fault:
                report(_of_answer(each, text, attribute) for each in fault.findings)

    def _say(self, settled: "Settled", count: int) -> None:
        """Say how the line stands after the last question."""
        from payrule.model.choices import DISPOSITION_WORDS
        from payrule.source.diagnostics import counted

        said = DISPOSITION_WORDS[settled.disposition]
        open_facts = f"; nobody knows {', '.join(settled.others)}" if settled.others else ""
        known = counted(count, "answer")
        proved = "" if settled.is_proved else " (as far as was tried)"
        click.echo(f"\nsettled by {known}: {said}{open_facts}{proved}\n")


def _checked(case: "Case", fact: "Fact", value: Any, known: "Known") -> "Answer":
    """Hold an answer to the vocabulary, as a claim is; raises EncounterError for another value."""
    from payrule.ask.facts import told

    answer: Any = tuple(value) if isinstance(value, list) else value
    case.rulebase.validator.read(told(case.claim, {**dict(known), fact: answer}), strict=True)
    return answer  # type: ignore[no-any-return]


def _of_answer(finding: "Diagnostic", text: str, attribute: "Attribute") -> "Diagnostic":
    """Say what is wrong with an answer to a person, who sees no JSON: of a choice what can be answered."""
    import msgspec

    from payrule.ask.wording import answer_words

    message, help_text = finding.message, finding.help
    if not text or attribute.type in ("boolean", "choice"):
        message = f"`{text}` is no answer to this" if text else "there is no answer"
        help_text = f"write {answer_words(attribute)}, or `{NOBODY_KNOWS}` if nobody knows"
    return msgspec.structs.replace(finding, message=message, help=help_text, path=None, claim=None)


def _as_written(value: Any) -> str:
    from payrule.language.words import value_words

    return NOBODY_KNOWS if value is None else value_words(value)


def _answers_of(path: Path, rulebase: "Rulebase") -> dict[str, Any]:
    """Read answers by the names of facts; raises RequestError for another shape, or a name that nothing has."""
    from payrule.ask.facts import Fact
    from payrule.source.diagnostics import RequestError, did_you_mean
    from payrule.source.files import read_plain
    from payrule.source.json_source import decode, scan

    try:
        data = read_plain(path)
    except OSError as fault:
        refuse("unreadable", f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}", "check the path")
    found = scan(decode(data, str(path), RequestError), str(path), RequestError).value
    if not isinstance(found, dict):
        refuse("not-answers", f"`{path}` holds no answers", 'write an object, such as `{"line.minutes": 15}`')
    vocabulary = rulebase.documents.vocabulary
    for name in found:
        if Fact.named(name, 1, vocabulary) is None:
            help_text = did_you_mean(name, vocabulary.attributes, otherwise="write an attribute of the vocabulary")
            refuse("unknown-attribute", f"`{path}`: no claim can say `{name}`", help_text)
    return found


def _claim(rulebase: "Rulebase", file: str, encounter: str | None) -> dict[str, Any]:
    """Read the claim that is meant, as JSON says it; raises InputError for what cannot be read, or is not clear."""
    from payrule.cli.support.errors import UNUSABLE, report
    from payrule.formats.encounters import RawEncounter, checked
    from payrule.formats.reading import read_file
    from payrule.source.diagnostics import EncounterError, did_you_mean

    if file == "-":
        refuse("no-file", f"answers are read from {STANDARD_INPUT}, so a claim cannot be", "name a file")
    found: list[RawEncounter] = []
    for item in read_file(Path(file), rulebase.documents.vocabulary):
        if not isinstance(item, RawEncounter):
            raise EncounterError(item if isinstance(item, tuple) else (item,))
        found.append(item)
    names = [each.claim or "" for each in found]
    if not found:
        refuse("no-encounter", f"`{file}` has no claim", "name a file with one")
    if encounter is None and len(found) > 1:
        listed = ", ".join(f"`{name}`" for name in names[:5])
        refuse("which-encounter", f"`{file}` has several claims: {listed}", "choose one with `--claim`")
    if encounter is not None and encounter not in names:
        refuse("unknown-encounter", f"there is no claim `{encounter}` in `{file}`", did_you_mean(encounter, names))
    chosen = found[0 if encounter is None else names.index(encounter)]
    for read in checked([chosen], rulebase.validator, file):
        report(read.findings)
        if read.errors:
            sys.exit(UNUSABLE)
    return dict(chosen.data)
