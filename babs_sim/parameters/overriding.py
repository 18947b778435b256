"""Check and convert what an experiment sets: numbers in the unit of their row, and settings."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.numbers import range_fault

if TYPE_CHECKING:
    from babs_sim.parameters.model import Model, Override, Parameter, Setting, SettingValue


def override(
    model: "Model", changes: Mapping[str, "Override"], file: str = ""
) -> tuple[dict[str, float], dict[str, "SettingValue"], list[Problem]]:
    """Return changed numbers (base units), changed settings, and what is wrong with ``changes``.

    Problems have the changed name as their field and no line.
    """
    numbers: dict[str, float] = {}
    settings: dict[str, SettingValue] = {}
    problems: list[Problem] = []
    for name, value in changes.items():
        if name in model.parameters:
            number, problem = _number(model.parameters[name], value, file)
            numbers[name] = number
        elif name in model.settings:
            settings[name], problem = _setting(model.settings[name], value, file)
        else:
            hint = nearest(name, [*model.parameters, *model.settings])
            hint = hint or "'babs-sim list parameters' shows the names"
            problem = Problem(file, None, name, "is neither a parameter nor a setting", hint=hint)
        if problem:
            problems.append(problem)
    if settings:
        from babs_sim.parameters.service import broken_exposures

        problems += [replace(fault, file=file) for fault in broken_exposures(model, settings)]
    return numbers, settings, problems


def _number(parameter: "Parameter", value: object, file: str) -> tuple[float, Problem | None]:
    name = parameter.name
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = f"it is in '{parameter.raw_unit}', {parameter.raw_value:g} in the tables"
        return 0.0, Problem(file, None, name, "is not a number", _shown(value), hint)
    fault = range_fault(float(value), parameter.raw_unit, parameter.reference_risk)
    if fault:
        hint = f"it is in '{parameter.raw_unit}', {parameter.raw_value:g} in the tables"
        return 0.0, Problem(file, None, name, fault, _shown(value), hint)
    return parameter.in_base(float(value)), None


def _setting(setting: "Setting", value: object, file: str) -> tuple["SettingValue", Problem | None]:
    kept = setting.value
    if isinstance(kept, bool):
        if isinstance(value, bool):
            return value, None
        text, hint = "is neither true nor false", "write true or false, without quotes"
    elif isinstance(kept, str):
        if isinstance(value, str) and (not setting.choices or value in setting.choices):
            return value, None
        text = "is not a text" if not isinstance(value, str) else "is not one of the allowed words"
        hint = nearest(value, setting.choices) if isinstance(value, str) else "put it in quotes"
    else:
        if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
            return tuple(value), None
        text, hint = "is not a list of texts", 'write ["a", "b"]'
    return kept, Problem(file, None, setting.name, text, _shown(value), hint)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
