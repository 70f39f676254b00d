"""`python -m frostgate` is `frostgate`."""

from frostgate.cli import main

main()
