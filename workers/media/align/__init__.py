"""Two recordings of one incident brought onto one time line by what both microphones heard; see `find`."""
