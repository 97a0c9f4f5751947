"""Remote execution engines on loopback, which end with the test or script that starts them."""
