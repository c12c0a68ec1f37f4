"""All SQL of the live path. `database.Store` gives the only two doors: `write()` and `read()`."""
