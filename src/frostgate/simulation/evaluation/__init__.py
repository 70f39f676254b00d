"""The truth against a policy: who was caught, who was troubled without cause, how soon, and how sure that is."""
