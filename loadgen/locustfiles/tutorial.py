"""Load for the tutorial's two services: service1 answers `GET /` after asking service2.

Run it alone:        locust -f tutorial.py --host http://127.0.0.1:8000 --headless -u 10 -t 30s
Run it with traces:  slowhop live -f tutorial.py --host http://127.0.0.1:8000 -u 10 -t 30s
"""

from locust import HttpUser, between, task


class Visitor(HttpUser):
    """Someone who opens the front page, reads a little, and opens it again."""

    wait_time = between(0.5, 1.5)

    @task
    def front_page(self) -> None:
        """Open the front page."""
        self.client.get("/")
