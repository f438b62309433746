"""The demo gateway's parts: a world of fictional people, and the server that reports them."""
