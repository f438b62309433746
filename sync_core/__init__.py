"""The core: everything general. It imports neither the sources nor the screens."""
