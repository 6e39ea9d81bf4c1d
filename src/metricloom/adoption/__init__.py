"""A first registry for a service that has metrics already: found on its page, or in its code."""
