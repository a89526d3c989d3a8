"""The unit of work: what an agent has been given to do, and no more."""
