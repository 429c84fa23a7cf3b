"""Which values can never change, so that they are no state wherever they are found."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import pathlib
import re
import types
import typing
import uuid
from collections import namedtuple

_FIELD = type(vars(namedtuple("_Probe", "field"))["field"])
"""How a named tuple gives a field."""

CONSTANT_TYPES = (
    type(None), bool, int, float, complex, str, bytes, range, slice, type(Ellipsis), type(NotImplemented),
    types.FunctionType, type, types.ModuleType, types.CodeType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType,
    types.ClassMethodDescriptorType, types.GenericAlias, types.UnionType,
    typing.TypeVar, typing.ParamSpec, re.Pattern, decimal.Decimal, fractions.Fraction, pathlib.PurePath,
    uuid.UUID, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo, enum.Enum, _FIELD,
    getattr(types, "LazyImportType", types.ModuleType),
)  # fmt: skip


VALUES = (int, float, complex, str, bytes, tuple, frozenset, decimal.Decimal, fractions.Fraction, datetime.date,
          datetime.time, datetime.timedelta, datetime.tzinfo)  # fmt: skip


def is_constant(value: object) -> bool:
    """Can neither the value nor anything in it change?

    Functions, classes and modules count as constant here: they are definitions, which are looked into
    elsewhere. A method bound to a mutable object is not constant.

    >>> is_constant((1, "a")), is_constant(([],)), is_constant([].append)
    (True, False, False)
    """
    if isinstance(value, VALUES) and not isinstance(value, enum.Enum) and type(value).__dictoffset__:
        return False  # of a class of the user's: it can be given attributes
    if isinstance(value, types.MappingProxyType):
        return all(map(is_constant, value.values()))
    if isinstance(value, (tuple, frozenset)):
        return all(is_constant(item) for item in value)
    if isinstance(value, types.BuiltinFunctionType):
        return value.__self__ is None or is_constant(value.__self__)
    if isinstance(value, types.MethodType):
        return is_constant(value.__self__)
    return (
        isinstance(value, CONSTANT_TYPES)
        or type(value) is object
        or type(value).__module__ in ("typing", "__future__", "annotationlib")
    )
