"""The messages of the wire and the events and routes that carry them, one file per noun."""
