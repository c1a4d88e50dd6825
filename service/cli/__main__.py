"""`python -m service.cli`: the command where no script is installed, and how the demo starts its service."""

from service.cli.main import main

main()
