"""Run the command line: ``python -m babs_sim``."""

from babs_sim.cli import main

if __name__ == "__main__":
    main()
