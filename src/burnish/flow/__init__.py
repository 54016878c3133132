"""One verb a file: the only place where rooms meet. A verb is a generator of events that returns its result."""
