"""What people do with their own account, and what must be known of somebody before a session."""
