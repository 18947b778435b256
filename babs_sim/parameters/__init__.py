"""What is believed, with sources: read, checked and ready to be used by name."""

from babs_sim.parameters.model import Model, Override, Parameter, Setting, SettingValue, Values
from babs_sim.parameters.read import read_parameters

__all__ = [
    "Model",
    "Override",
    "Parameter",
    "Setting",
    "SettingValue",
    "Values",
    "read_parameters",
]
