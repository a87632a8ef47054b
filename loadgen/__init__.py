"""Load by locust: its launcher, the plugin that traces its requests, sample locustfiles."""
