"""The product's tests: this tree mirrors `evidence/` and `workers/`; `servers/` starts what the second shape needs."""
