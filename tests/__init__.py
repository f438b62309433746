"""The tests, by room; a room is what a test needs: nothing, a database, a server, processes."""
