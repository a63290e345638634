"""Trees of arrays as weights by name, and back: what trains and what is saved knows only those."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import GetAttrKey

from echoscope.measure.layer.base import Weights

REAL, IMAGINARY = ".real", ".imaginary"
Tree = Any  # of arrays
Array = Any  # of JAX or NumPy, or what JAX traces
Module = Any  # of a framework


@partial(jax.tree_util.register_dataclass, data_fields=("weights", "rest"), meta_fields=("static",))
@dataclass(frozen=True)
class Parts:
    """A module taken apart: `weights` are what a gradient changes, `rest` its other arrays, and
    `static` is all that is no array.
    """

    weights: Tree
    rest: Tree = ()
    static: Any = None


class Held:
    """What is no array and need not be hashable, within a tree: equal to itself alone."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Named(NamedTuple):
    """A tree as arrays by name, `flat(tree)`, and `tree(flat)` again. A complex array is two real
    ones, as the optimizer has no others. `template` is the tree that it was made of, which fills in
    what is no weight.
    """

    flat: Callable[[Tree], Weights]
    tree: Callable[[Weights], Tree]
    template: Tree


def named(template: Tree) -> Named:
    """The weights' names in a tree of this form. Whole numbers, and of `Parts` the rest, are no
    weights: they stay as they are here.

    >>> form = named({"gate": [jnp.zeros(2), jnp.zeros(3, complex)], "order": jnp.arange(3)})
    >>> list(form.flat(form.template))
    ['gate.0', 'gate.1.real', 'gate.1.imaginary']
    """
    places, form = jax.tree_util.tree_flatten_with_path(template)
    leaves = [leaf for _, leaf in places]
    names: dict[int, str] = {}
    for at, (path, leaf) in enumerate(places):
        inner = path[1:] if isinstance(template, Parts) else path
        kept = isinstance(template, Parts) and path[0] != GetAttrKey("weights")
        if not kept and jnp.issubdtype(jnp.result_type(leaf), jnp.inexact):
            names[at] = name_of(inner)
    two = {at for at in names if jnp.iscomplexobj(leaves[at])}

    def flat(tree: Tree) -> Weights:
        weights: Weights = {}
        parts = jax.tree.leaves(tree)
        for at, name in names.items():
            if at in two:
                weights |= {name + REAL: parts[at].real, name + IMAGINARY: parts[at].imag}
            else:
                weights[name] = parts[at]
        return weights

    def tree(weights: Weights) -> Tree:
        parts = list(leaves)
        for at, name in names.items():
            parts[at] = (
                weights[name + REAL] + 1j * weights[name + IMAGINARY]
                if at in two
                else weights[name]
            )
        return jax.tree.unflatten(form, parts)

    return Named(flat, tree, template)


def name_of(path: tuple[Any, ...]) -> str:
    """A path in a tree as a name with dots."""
    parts = [
        str(next(getattr(key, part) for part in ("key", "name", "idx") if hasattr(key, part)))
        for key in path
    ]
    return ".".join(parts) or "weights"


def reseeded(rest: Tree, key: jax.Array) -> Tree:
    """Arrays of a module with its random keys drawn anew from one."""
    leaves, form = jax.tree.flatten(rest)
    for at, leaf in enumerate(leaves):
        if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaves[at] = jax.random.split(jax.random.fold_in(key, at), leaf.shape)
    return jax.tree.unflatten(form, leaves)


def count(arrays: Tree) -> int:
    """How many real numbers arrays hold: a complex one is two."""
    return sum(
        int(np.prod(np.shape(array))) * (2 if np.iscomplexobj(array) else 1)
        for array in jax.tree.leaves(arrays)
    )


def forms_differ(before: Tree, after: Tree) -> str:
    """In what two trees of arrays, or of their shapes, differ in form; empty where in nothing.

    >>> forms_differ(jnp.zeros(2), (jnp.zeros(2), jnp.zeros(2)))
    'float32[2], then (float32[2], float32[2])'
    """
    words = [words_of(tree) for tree in (before, after)]
    same = jax.tree.structure(before) == jax.tree.structure(after) and words[0] == words[1]
    return "" if same else ", then ".join(words)


def words_of(tree: Tree) -> str:
    """A tree's shapes as a sentence says them."""
    shapes = jax.tree.map(
        lambda leaf: f"{jnp.result_type(leaf)}[{','.join(str(n) for n in jnp.shape(leaf))}]", tree
    )
    return str(shapes).replace("'", "")
