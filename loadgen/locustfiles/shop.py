"""Load for the sample shop: people who search, look and fill a cart, and some who buy.

Run it alone:        locust -f shop.py --host http://127.0.0.1:8000 --headless -u 10 -t 60s
Run it with traces:  slowhop live -f shop.py --host http://127.0.0.1:8000 -u 10 -t 60s

Ten users make about 25 requests a second. SHOP_SEED=7 chooses other words and products; with the
same seed every user makes the same choices in every run.
"""

import itertools
import os
import random

from locust import FastHttpUser, SequentialTaskSet, between, task

SEED = os.environ.get("SHOP_SEED", "1")

WORDS = ("lamp", "chair", "table", "shelf", "rug", "mirror", "vase", "clock")

PRODUCTS = range(1, 61)

user_numbers = itertools.count(1)


class ShopUser(FastHttpUser):
    """What all people in the shop can do. Requests are named by what they are, not by their ids."""

    abstract = True

    def on_start(self) -> None:
        """Give each user a name and its own sequence of choices."""
        process = self.environment.runner.worker_index  # 0 unless started with --processes
        self.user_name = f"user-{process}-{next(user_numbers)}"
        self.choices = random.Random(f"{SEED}/{self.user_name}")

    def search(self) -> None:
        """Search for a word."""
        word = self.choices.choice(WORDS)
        self.client.get(f"/search?q={word}", name="/search?q=[q]")

    def view_product(self) -> int:
        """Look at a product, and say which."""
        product = self.choices.choice(PRODUCTS)
        self.client.get(f"/products/{product}", name="/products/[id]")
        return product

    def add_to_cart(self, product: int) -> None:
        """Put one or two of a product into the cart."""
        quantity = self.choices.randint(1, 2)
        item = {"product_id": product, "quantity": quantity, "user": self.user_name}
        self.client.post("/cart", json=item)

    def check_out(self) -> None:
        """Buy what is in the cart."""
        self.client.post("/checkout", json={"user": self.user_name})


class Shopper(ShopUser):
    """Strolls: searches and fills the cart three times for every two products looked at."""

    weight = 3
    wait_time = between(0.1, 0.6)

    @task(3)
    def search_something(self) -> None:
        """Search for a word."""
        self.search()

    @task(2)
    def view_something(self) -> None:
        """Look at a product."""
        self.view_product()

    @task(3)
    def pick_something(self) -> None:
        """Put a product into the cart, unseen."""
        self.add_to_cart(self.choices.choice(PRODUCTS))


class BrowseAndBuy(SequentialTaskSet):
    """One visit, always in this order: front page, products, one product, cart, checkout."""

    product: int
    user: ShopUser

    @task
    def browse(self) -> None:
        """Open the front page, then the list of products."""
        self.client.get("/")
        self.client.get("/products")

    @task
    def view(self) -> None:
        """Look at one product."""
        self.product = self.user.view_product()

    @task
    def add(self) -> None:
        """Put that product into the cart."""
        self.user.add_to_cart(self.product)

    @task
    def buy(self) -> None:
        """Pay."""
        self.user.check_out()


class Buyer(ShopUser):
    """Knows what it wants, and comes back for more."""

    weight = 1
    wait_time = between(0.2, 0.8)
    tasks = [BrowseAndBuy]
