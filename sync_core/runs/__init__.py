"""The life of a run: claimed, launched, supervised, ended — and reaped when its supervisor died."""
