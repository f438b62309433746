"""When sources sync by themselves, and who calls `tick`."""
