"""From a recorder's packets to speech that waits for words."""
