"""People as programs, for rehearsals, load tests and the tests."""
