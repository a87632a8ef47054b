"""A shop of eight services, with faults that can be switched on and whose culprit is known.

    gateway     GET /   GET /search?q=   GET /products   GET /products/<id>
                POST /cart       {"user": "u1", "product_id": 7, "quantity": 2}
                POST /checkout   {"user": "u1"}; 409 where that user's cart is empty
    catalog     products, in a database
    search      finds products; asks catalog once, and pricing for several products at once
    cart        carts, in memory; asks inventory, then pricing
    pricing     prices and quotes
    inventory   stock and reservations, in a database
    payment     payments
    mailer      mails about orders, which it gets as messages after the reply

Where the gateway shows a product it asks catalog, pricing and inventory at the same time.
"""
