"""From per-request contributions to ranked services, hops, operations and endpoints."""
