"""PostgreSQL, Redis and an S3 store for one test session, each on a free port of this machine alone."""
