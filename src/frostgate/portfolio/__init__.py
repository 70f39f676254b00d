"""What customer success looks after: each tenant with what waits, what is late, and who could not be told."""
