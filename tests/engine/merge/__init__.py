"""Tests of the merge on both databases: who wins, what is counted, skipped and verified."""
