"""Account managers: who of customer success looks after a tenant."""
