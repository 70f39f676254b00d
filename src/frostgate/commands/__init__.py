"""The commands of `frostgate`, a file for each kind of user."""
