"""The same job as users of other tools would write it, one file a tool, a process each."""
