"""argv to calls, and the only printing."""
