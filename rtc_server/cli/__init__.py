"""The commands of an operator: run, seed, doctor."""
