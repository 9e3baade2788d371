"""What it costs to hold a seat, and what a crowd waits for it."""
