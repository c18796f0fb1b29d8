"""A small force to try the product with: people, cameras, docks, and footage made on the spot. Never in production."""
