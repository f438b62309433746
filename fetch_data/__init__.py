"""What is special to the Golestan gateway: its HTTP client, one module a source, and a demo gateway."""
