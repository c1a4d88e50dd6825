"""A training that takes no time: `python -m tests.integration.service.fake_training RUN`, in place of the real one.

What it does is asked for by a file RUN/../how: pass, refuse, fail, wait, unsigned, or nothing_new.
"""

import json
import shutil
import sys
import time
from pathlib import Path

from inference.bundles import CURRENT
from inference.proving.keys import load_key
from inference.proving.signing import sign
from tests.toy_models import bundle, embedder, model

REFUSED = 3


def main() -> int:
    run = Path(sys.argv[1])
    request = json.loads((run / "request.json").read_text(encoding="utf-8"))
    how = (run.parent / "how").read_text(encoding="utf-8")
    say("finetune", 1, 2)
    sys.stdout.write("not JSON\n")
    if how == "fail":
        (run / "result.json").write_text(json.dumps({"status": 1, "message": "the loss is not a number"}))
        return 1
    if how == "wait":
        (run / "waiting").touch()
        time.sleep(60)
    candidate(run, Path(request["champion"]), Path(request["signing_key"]), how)
    say("finetune", 2, 2, "loss 0.1")
    return REFUSED if how == "refuse" else 0


def say(step: str, done: int, total: int, note: str = "") -> None:
    sys.stdout.write(json.dumps({"step": step, "done": done, "total": total, "note": note}) + "\n")
    sys.stdout.flush()


def candidate(run: Path, champion: Path, key: Path, how: str) -> None:
    """The champion's detector, and an embedder of its own."""
    folder = run / "candidate"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(champion, folder)
    if how != "nothing_new":
        made = bundle(folder / "embedder-2", model(embedder(weight=0.02)), "embedder")
        described = json.loads((made / "bundle.json").read_text(encoding="utf-8"))
        if how != "unsigned":
            sign(made, load_key(key))
        current = (folder / CURRENT).read_text(encoding="utf-8").split("[embedder]")[0]
        named = f'[embedder]\nname = "embedder-2"\nsha256 = "{described["sha256"]}"\n'
        (folder / CURRENT).write_text(current + named, encoding="utf-8")
    gates = {"passed": how != "refuse", "gates": [{"gate": "recall", "passed": how != "refuse", "words": "0.9"}]}
    (folder / "gates.json").write_text(json.dumps(gates), encoding="utf-8")
    (folder / "card.md").write_text("# embedder-2\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
