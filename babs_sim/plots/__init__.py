"""Pictures of results: each function takes a table and words, and returns a `Picture`.

Nothing here simulates or opens files: `rendered` gives the bytes of a picture's files, which
`babs_sim.results` writes.
"""

from babs_sim.plots.style import Picture, rendered

__all__ = ["Picture", "rendered"]
