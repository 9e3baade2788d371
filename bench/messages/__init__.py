"""What messages cost: to send them, to have them written with a booking, to wait for them."""
