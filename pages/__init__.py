"""The screens: filters, one call into the core, and what it gave; no SQL, no HTTP, no clock."""
