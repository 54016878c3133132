"""Programs that train the same rows with other tools, each run by the interpreter of that tool's own environment."""
