"""Who may come in, and what each may do: passwords, sessions, roles, audit, web routes."""
