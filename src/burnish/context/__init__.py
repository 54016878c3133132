"""A long conversation made to fit a budget of tokens, and what that cost."""
