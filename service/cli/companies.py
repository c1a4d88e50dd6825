"""`tidewaiter companies lookup|check|review|kept`: what companies may ask, at this machine; see /v1/public."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.opening import opened_parts, uploaded
from service.cli.screen import as_json, out
from service.companies.checking import MOST_BYTES
from service.companies.schemas import PublicFiling, ReviewIn, ReviewOut
from service.uploads import parse_metadata

app = typer.Typer(
    help="What companies may ask: public fields, lists, goods before they are shipped.", no_args_is_help=True
)
Pictures = Annotated[list[Path], typer.Argument(metavar="PICTURE…", exists=True, dir_okay=False, readable=True)]


@app.command("lookup")
def lookup(
    number: Annotated[str | None, typer.Option(help="Of the recordation or registration.")] = None,
    mark: Annotated[str | None, typer.Option(help="Words of the mark.")] = None,
    holder: Annotated[str | None, typer.Option(help="Words of the right holder's name.")] = None,
) -> None:
    """Look up what is recorded: public fields of up to twenty recordations."""
    with opened_parts() as parts:
        page = parts.companies.look_up(number=number, mark=mark, holder=holder)
    table = Table("number", "marks", "right holder", "classes", "status", "valid to")
    for item in page.items:
        table.add_row(*_cells(item))
    out().print(table)
    out().print(f"{len(page.items)} found")


@app.command("check")
def check(
    listed: Annotated[Path, typer.Argument(metavar="LIST.csv", exists=True, dir_okay=False, readable=True)],
    answer: Annotated[Path | None, typer.Option("--out", help="Write the answer here; else it is printed.")] = None,
) -> None:
    """Check a list: a CSV with columns number, mark or holder comes back with the filing status of each row."""
    with listed.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    with opened_parts() as parts:
        text = parts.companies.check(data)
    if answer is None:
        out().print(text, markup=False, end="")
    else:
        answer.write_text(text, encoding="utf-8", newline="")


@app.command("review")
def review(
    pictures: Pictures,
    goods: Annotated[list[str] | None, typer.Option(metavar="NAME[=HS]", help="Your goods, as lamps=940540.")] = None,
    own: Annotated[list[str] | None, typer.Option("--id", metavar="TYPE:NUMBER", help="Yours, as eori:NL1234.")] = None,
    keep: Annotated[bool, typer.Option(help="Keep the review and its pictures, to be shown again.")] = False,
    json_only: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Have a label or product looked at: recorded look-alikes, why, and whether an authorisation covers you."""
    asked: dict[str, Any] = {
        "goods": [_goods(item) for item in goods or ()],
        "identifiers": [dict(zip(("type", "value"), item.split(":", 1), strict=False)) for item in own or ()],
        "keep": keep,
    }
    metadata = parse_metadata(ReviewIn, json.dumps(asked).encode())
    with uploaded(pictures, field="views") as uploads, opened_parts() as parts:
        _tell(parts.companies.review(metadata, uploads), json_only)


@app.command("kept")
def kept(
    review_id: Annotated[str, typer.Argument(metavar="REVIEW", help="As `review --keep` gave it.")],
    json_only: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Show a review that was kept."""
    with opened_parts() as parts:
        _tell(parts.companies.kept(review_id), json_only)


def _goods(item: str) -> dict[str, str]:
    name, separator, code = item.rpartition("=")
    return {"name": name, "hs": code} if separator else {"name": item}


def _tell(answer: ReviewOut, json_only: bool) -> None:
    if json_only:
        as_json(answer)
        return
    for item in answer.look_alikes:
        marks = "; ".join(mark.title for mark in item.filing.marks)
        out().print(f"[bold]{escape(marks)}[/bold] of {escape(item.filing.holder)}: {item.score:.2f}")
        for reason in item.reasons:
            out().print(f"  {escape(reason.text)} ({reason.weight:+.2f})")
        out().print(f"  goods: {item.goods}; authorisation: {item.authorisation}. {escape(item.advice)}")
    count = len(answer.look_alikes)
    out().print(
        f"{count or 'no'} recorded look-alike{'' if count == 1 else 's'}; suspicion with reasons, no legal advice"
    )
    if answer.id is not None:
        out().print(f"kept as {answer.id}")


def _cells(item: PublicFiling) -> list[str]:
    marks = "; ".join(mark.title for mark in item.marks)
    classes = ", ".join(str(goods.nice_class) for goods in item.goods)
    ends = "-" if item.valid_to is None else item.valid_to.isoformat()
    return [escape(cell) for cell in (item.number or "-", marks, item.holder, classes, item.status, ends)]
