"""The life of a family: a generalised semi-Markov process over arrays.

Arrays are named and shaped once, in `machine.Machine`.  `compiling.compile_rates` turns tables
into a machine, `kernel.live` runs families through it.
"""
