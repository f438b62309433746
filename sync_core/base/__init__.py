"""Clock, errors, settings, text folding, redaction: what every other room may use."""
