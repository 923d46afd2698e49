"""A platform that keeps the files of many tenants apart and reads the text out of them."""
