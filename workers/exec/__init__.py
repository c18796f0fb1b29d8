"""The only place that starts a process: tool probes, limits, progress, the sandbox, death with the parent.

What the processes do is not here (`workers.media`, `workers.disc`). A newcomer's likely mistake: hostile bytes go
through `workers.exec.sandbox.sandbox_run`; `workers.exec.process.run` is for our own files and trusted tools only.
"""
