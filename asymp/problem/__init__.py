"""The language in which a problem is stated."""
