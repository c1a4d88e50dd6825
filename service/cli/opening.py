"""What a command opens for its own length: the service's parts, and files as if they were uploaded."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from service.bootstrap import bootstrap
from service.logs import configure_logs
from service.parts import Parts
from service.settings import load_settings
from service.uploads import Upload


@contextmanager
def opened_parts() -> Iterator[Parts]:
    """The parts over this machine's database; they are closed at the end of the block."""
    configure_logs()
    parts = bootstrap(load_settings())
    try:
        yield parts
    finally:
        parts.close()


@contextmanager
def uploaded(paths: Sequence[Path], *, field: str) -> Iterator[list[Upload]]:
    """Files as the parts `field` of a request."""
    with ExitStack() as stack:
        yield [
            Upload(field=f"{field}[{n}]", name=path.name, file=stack.enter_context(path.open("rb")))
            for n, path in enumerate(paths)
        ]
