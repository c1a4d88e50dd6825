"""Retrain: `python -m training.retraining RUN [--until STEP]`, where RUN is a folder with request.json.

What the request may say is in `request.py`, the steps are in `course.py`. Progress comes as JSON lines on stdout, words
on stderr; the end is in RUN/result.json. Killed at any moment, the same command goes on. Exit status: 0 done, 1 failed,
2 bad request, 3 refused by a gate (candidate and report are kept), 4 stopped by a signal.

On several devices: `torchrun --nproc-per-node N -m training.retraining RUN`; torchrun has exit statuses of its own, so
look into result.json.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import cv2

from inference.errors import TidewaiterError
from training.retraining import parallel
from training.retraining.context import Context
from training.retraining.course import advance, done
from training.retraining.errors import Stopped
from training.retraining.files import read_json, write_json
from training.retraining.progress import Progress
from training.retraining.request import Request
from training.retraining.steps import finetune, judge

RESULT = "result.json"
DONE, FAILED, BAD, REFUSED, STOPPED = range(5)
WORDS = {DONE: "done", FAILED: "failed", BAD: "bad request", REFUSED: "refused", STOPPED: "stopped"}


def main(arguments: list[str] | None = None) -> int:
    """Run as the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder with request.json; all that is made goes there")
    parser.add_argument("--until", help="last step to do")
    args = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    progress = Progress()
    progress.heed_signals()
    status, told = ending(args.run, args.until, progress)
    if parallel.rank() == 0 and args.run.is_dir():
        write_json(args.run / RESULT, {"status": status, "outcome": WORDS[status], **told})
    sys.stderr.write(f"{WORDS[status]}: {told['message']}\n")
    return status


def ending(run: Path, until: str | None, progress: Progress) -> tuple[int, dict[str, Any]]:
    """Do what there is to do; returns the exit status and what is told of the end."""
    try:
        context = Context(run=run.resolve(), request=Request.read(run), progress=progress)
        with parallel.together():
            if parallel.rank() == 0:
                advance(context, until)
            else:
                follow(context, until)
        return verdict(context)
    except Stopped as error:
        return STOPPED, {"message": str(error)}
    except TidewaiterError as error:
        status = BAD if error.status < 500 else FAILED
        return status, {"message": str(error), "code": error.code, "field": error.field}
    except Exception as error:  # the service shows what went wrong; nothing is hidden
        return FAILED, {"message": f"{type(error).__name__}: {error}"}


def follow(context: Context, until: str | None) -> None:
    """The part of the processes beside the first: fine-tuning."""
    if until != "manifest" and not done(context, "finetune"):
        finetune.run(context)


def verdict(context: Context) -> tuple[int, dict[str, Any]]:
    """The end of a run in which nothing went wrong."""
    if not done(context, "judge"):
        return DONE, {"message": "the steps that were asked for are done"}
    report = read_json(context.run / judge.OUTPUT)
    if report["passed"]:
        return DONE, {"message": "the candidate passed all gates"}
    words = [gate["words"] for gate in report["gates"] if not gate["passed"]]
    return REFUSED, {"message": "; ".join(words[:10])}


if __name__ == "__main__":
    sys.exit(main())
