"""What `make setup` runs before anything is installed: uv, the virtual environment, the tools a machine must have.

Standard library only, for it starts under the system's bare Python. Nothing of the product is imported here, and the
product imports nothing from here; the tests use `tools.find` to find their servers.
"""
