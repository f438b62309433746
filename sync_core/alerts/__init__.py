"""What is worth telling somebody: found, kept in an inbox, sent. It never touches a run."""
