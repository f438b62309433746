"""What must go wrong without harm: a file for each class of faults."""
