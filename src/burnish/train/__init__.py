"""Plan and examples to weights: one loop, a generator of events."""
