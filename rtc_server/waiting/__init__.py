"""A client waits: who gets the request, what is said meanwhile, and what is on record of how fair it was."""
