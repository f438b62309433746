"""What a run does with a source: plan, fetch, validate, merge, report."""
