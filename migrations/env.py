"""How Alembic runs here: on the connection that `rtc_server.store.migrate` hands over, inside its transaction."""

from alembic import context

from rtc_server.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
