"""What the screens show, as plain frozen objects: overview, history, people. It changes nothing."""
