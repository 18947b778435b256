"""Draw docs/model.svg from the tables: what drives what, and who pays.

Run it after a change of parameters/:  python docs/model_picture.py
"""

from pathlib import Path

from babs_sim.cli.reasoning import picture_of
from babs_sim.parameters import read_parameters
from babs_sim.plots import rendered
from babs_sim.tables import shipped

TARGET = Path(__file__).with_name("model.svg")

if __name__ == "__main__":
    picture = picture_of(read_parameters([shipped() / "parameters"]))
    assert picture is not None
    TARGET.write_bytes(rendered(picture)["causal_picture.svg"])
