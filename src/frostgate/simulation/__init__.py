"""A simulated tenant with honest people and labelled attackers, and the evaluation of a policy against the truth."""
