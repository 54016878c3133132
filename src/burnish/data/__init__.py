"""Files to checked conversations: read, checked, split, and described for the plan. No network, no torch."""
