"""What is special to the Golestan gateway: its HTTP client, the sources, and a demo gateway."""
