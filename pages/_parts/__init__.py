"""What several screens share. It holds no SQL, no clock and no process."""
