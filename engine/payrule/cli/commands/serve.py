"""`payrule serve`: the decision service, for other programs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.errors import needing, refuse, unusable_input
from payrule.cli.support.options import Word, flag, rulebase_option

if TYPE_CHECKING:
    from payrule.rulebase.compile import Engine


@click.command()
@rulebase_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="H",
    help="Address. Others than this machine need a token.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, metavar="N", help="Port.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, metavar="N", help="Processes.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="F",
    help="Ask for the token in this file with each request.",
)
@click.option(
    "--max-body",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    metavar="MB",
    help="Size of a body, or of a line of JSON Lines.",
)
@click.option(
    "--max-lines",
    type=click.IntRange(min=1),
    default=2000,
    show_default=True,
    metavar="N",
    help="Lines and earlier lines of a claim.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for one answer. What takes longer is a problem document.",
)
@click.option(
    "--compare-timeout",
    type=click.FloatRange(min=0.1),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for one comparison of versions.",
)
@click.option(
    "--concurrent",
    type=click.IntRange(min=1),
    default=256,
    show_default=True,
    metavar="N",
    help="Requests that each worker answers at once. More are refused for a moment.",
)
@click.option(
    "--engine",
    type=Word(["forward", "plan"]),
    default="forward",
    show_default=True,
    help="Decide by forward chaining, or sooner by the plan. Each is compared with the reference evaluator.",
)
@flag("--crd", "Also answer coverage discovery (CDS Hooks, Da Vinci CRD) at `/crd/PAYER/cds-services`.", "has_crd")
def command(  # noqa: PLR0913 - one argument an option
    *,
    rulebase: Path | None,
    host: str,
    port: int,
    workers: int,
    token_file: Path | None,
    max_body: int,
    max_lines: int,
    timeout: float,
    compare_timeout: float,
    concurrent: int,
    engine: "Engine",
    has_crd: bool,
) -> None:
    """Decide claims over HTTP, until it is interrupted. The page `/docs` of the service says how to ask.

    A changed rulebase is used without a restart, if it has no errors. The log on standard error has a line of JSON for
    each request, without anything that a claim says. It needs the extra `web`.
    """
    with needing("web", "starlette", "uvicorn", "httptools", "prometheus_client"):
        from payrule.web.service.application import ServiceLimits
        from payrule.web.service.workers import (
            BACKLOG,
            Serving,
            hosts_of,
            is_loopback,
            read_token,
            serve,
            serve_by_workers,
        )
        from payrule.web.serving import listening
    with unusable_input():
        token = None if token_file is None else read_token(token_file)
        if token is None and not is_loopback(host):
            refuse("no-token", f"`{host}` can be reached by others", "add `--token-file FILE`, or leave out `--host`")
        limits = ServiceLimits(
            body=max_body * 1024 * 1024,
            lines=max_lines,
            timeout=timeout,
            comparing=compare_timeout,
            concurrent=concurrent,
        )
        opened = listening(host, port, backlog=BACKLOG)
        serving = Serving(
            rulebase=rulebase, limits=limits, token=token, hosts=hosts_of(opened), engine=engine, has_crd=has_crd
        )
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"the service is at http://{shown}:{opened.getsockname()[1]}/docs\nCtrl-C ends it", err=True)
        if workers == 1:
            serve(serving, opened)
        else:
            serve_by_workers(serving, opened, workers)
    sys.exit(0)
