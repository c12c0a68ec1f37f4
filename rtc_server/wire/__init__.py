"""The messages of the wire, one file per noun. `rtc_server.protocol` says which event or route carries which."""
