"""LitServe: `python litserve_app.py MODEL PORT`, in an environment of its own."""

import sys
from pathlib import Path
from typing import Any

import litserve
from tiny import Tiny, answer, picture


class Api(litserve.LitAPI):
    """One network in each of two workers."""

    def setup(self, device: str) -> None:
        """Load the network."""
        self._tiny = Tiny(Path(sys.argv[1]))

    def decode_request(self, request):  # noqa: ANN001, ANN201 - an annotation is a type of body
        """The form's photograph."""
        return picture(request["views"].file.read())

    def predict(self, x: Any) -> Any:
        """Scores (10,)."""
        return self._tiny.run(x)[0][0]

    def encode_response(self, output: Any) -> dict[str, Any]:
        """As the others answer."""
        return answer(output)


if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", workers_per_device=2)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), log_level="error", generate_client_file=False, access_log=False)
