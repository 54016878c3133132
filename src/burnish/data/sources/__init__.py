"""One file a format: each tells whether a row is its own, and gives the row's turns."""
