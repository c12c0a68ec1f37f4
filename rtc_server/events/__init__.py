"""The handlers of socket events, one file per noun, as `api/` holds those of HTTP routes."""
