"""Frostgate freezes accounts to protect people, and gives them back."""

__version__ = "0.1.0"
