"""The core: everything general. It imports neither the sources (`fetch_data`) nor the screens (`pages`)."""
