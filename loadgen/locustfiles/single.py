"""Load for the tutorial's single service: a quick `GET /` and a slow `GET /users`.

Run it alone:        locust -f single.py --host http://127.0.0.1:8000 --headless -u 10 -t 30s
Run it with traces:  slowhop live -f single.py --host http://127.0.0.1:8000 -u 10 -t 30s
"""

from locust import HttpUser, between, task


class Visitor(HttpUser):
    """Someone who opens the front page three times for each look at the users."""

    wait_time = between(0.5, 1.5)

    @task(3)
    def front_page(self) -> None:
        """Open the front page."""
        self.client.get("/")

    @task
    def users(self) -> None:
        """List the users."""
        self.client.get("/users")
