"""``python -m headwater`` is the command."""

from headwater.cli import main

main()
