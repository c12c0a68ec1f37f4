"""Test sessions: the scripted client, the worker that plays it, and what web does about it."""
