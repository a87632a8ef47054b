"""Who owns a nanosecond of a critical path: a service, a hop or an inferred callee."""
