"""The tutorial's services: service1 asks service2, and `users` stands alone.

    service1    GET /
    service2    GET /
    users       GET /   GET /users

Each exists in three variants, one module each, which do the same work:

    without     not traced
    manual      traced by hand, as people write it who read the API's first page
    automatic   traced by the instrumentations of Flask and requests
"""
