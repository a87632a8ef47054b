"""Locustfiles for the sample services. Each one also works with plain `locust -f`."""

from pathlib import Path

SHOP = Path(__file__).with_name("shop.py")
"""People who search, look, fill a cart, and some who buy."""

TUTORIAL = Path(__file__).with_name("tutorial.py")
"""`GET /` on service1, which calls service2."""

SINGLE = Path(__file__).with_name("single.py")
"""`GET /` and `GET /users` on the single service."""
