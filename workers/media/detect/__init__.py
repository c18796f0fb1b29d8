"""Finding and following what may have to be covered: detectors propose, tracks are data, a person decides.

Runs inside the sandbox, as everything that opens media. Only `report` is light (standard library alone).
"""
