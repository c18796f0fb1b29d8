"""The witness: a small process at another force or at professional standards that cosigns checkpoints of our record.

It remembers the newest checkpoint of each log that it watches, and cosigns only what continues it; who rewrites the
record must then have the witness rewritten too. It has neither our database nor the log's key, so nothing here knows
Django. `asking.py` is the other side: how a log asks a witness. Protocol: C2SP tlog-witness.
"""
