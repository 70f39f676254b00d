"""Replay: real logs through the policy, to see who would have been frozen, when and why, before anybody is."""
