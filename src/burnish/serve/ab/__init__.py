"""Two versions compared on real requests: who gets which, what people said of it, and when that says enough."""
