"""What a specialist parent-infant mental health service does to families and to public money.

The model is data: tables under ``parameters/`` say what can happen to mother and child, how
often, what changes that, and what it costs; files under ``experiments/`` say what to run.

>>> from babs_sim import __version__
>>> __version__.count(".")
2
"""

__version__ = "0.1.0"
