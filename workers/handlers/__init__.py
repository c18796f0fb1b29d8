"""What each kind of job does: one module a kind, found through `table`; `attempt` drives one attempt at a job."""
