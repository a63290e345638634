"""What settings and commands are called elsewhere, in Keras and PyTorch above all, and what they are called here.

One table for flags, Python, JSON and study files. A row is a name, with _ between its parts, and ours; where a value
says what the name means, it stands behind ours.
"""

from collections.abc import Callable, Collection
from difflib import get_close_matches

from echoscope.errors import alternatives

OURS: dict[str, str] = {
    # the task
    "vocab_size": "symbols", "vocabulary": "symbols", "alphabet": "symbols", "n_symbols": "symbols",
    "num_symbols": "symbols", "n_features": "symbols", "num_features": "symbols", "features": "symbols",
    "n_classes": "symbols", "num_classes": "symbols", "num_embeddings": "symbols", "input_dim": "symbols",
    "input_size": "symbols", "output_size": "symbols", "cardinality": "symbols",
    "timesteps": "window", "time_steps": "window", "n_timesteps": "window", "n_in": "window", "n_steps_in": "window",
    "seq_len": "window", "seq_length": "window", "sequence_length": "window", "window_size": "window",
    "look_back": "window", "lookback": "window", "context": "window", "context_length": "window",
    "block_size": "window", "input_length": "window",
    "n_out": "lag", "n_steps_out": "lag", "delay": "lag", "lags": "lag", "n_lag": "lag", "shift": "lag",
    "offset": "lag", "horizon": "lag", "forecast": "lag -1",
    "n_integers": "length", "n_numbers": "length",
    "return_sequences": "when each", "many_to_many": "when each",
    "masking": "gaps masked", "mask_zero": "gaps masked", "mask": "gaps masked",
    "padding": "edges padded", "pad": "edges padded", "missing_rate": "missing", "missing_share": "missing",
    # the model
    "hidden_size": "units", "hidden_dim": "units", "hidden_units": "units", "hidden": "units", "n_hidden": "units",
    "num_hidden": "units", "num_units": "units", "n_units": "units", "nodes": "units", "neurons": "units",
    "n_neurons": "units", "memory_cells": "units", "latent_dim": "units", "state_size": "units", "d_model": "units",
    "width": "units",
    "cell": "model", "cell_type": "model", "rnn_type": "model", "layer_type": "model", "architecture": "model",
    "network": "model", "lstm": "model lstm", "gru": "model gru", "rnn": "model rnn",
    "num_layers": "layers", "n_layers": "layers", "depth": "layers", "stacked": "layers",
    "bidirectional": "direction both", "go_backwards": "direction both",
    "one_hot": "encoding one-hot", "onehot": "encoding one-hot", "embedding": "encoding embedding",
    "embedding_dim": "encoding embedding", "embed_dim": "encoding embedding", "embedding_size": "encoding embedding",
    "regression": "encoding scalar", "normalize": "encoding scalar", "binary": "encoding bits",
    "random_state": "seed", "random_seed": "seed", "manual_seed": "seed", "rng": "seed",
    # the training
    "batch_size": "batch", "n_batch": "batch", "minibatch": "batch", "mini_batch": "batch",
    "lr": "rate", "learning_rate": "rate", "learn_rate": "rate",
    "num_epochs": "epochs", "n_epochs": "epochs", "nb_epoch": "epochs", "epoch": "epochs", "max_epochs": "epochs",
    "iterations": "epochs", "n_iter": "epochs", "max_iter": "epochs", "max_steps": "epochs", "num_steps": "epochs",
    "patience": "stop", "early_stopping": "stop", "target_accuracy": "stop", "threshold": "stop",
    "stateful": "state carried", "carry_state": "state carried", "stateless": "state reset",
    "shuffle": "draw windows", "sampling": "draw",
    # what a command reads, writes and repeats
    "n_seeds": "seeds", "num_seeds": "seeds", "repeats": "seeds", "n_repeats": "seeds", "trials": "seeds",
    "n_jobs": "workers", "jobs": "workers", "num_workers": "workers", "processes": "workers", "cores": "workers",
    "csv": "file", "data": "file", "data_file": "file", "input": "file", "input_file": "file", "dataset": "file",
    "col": "column", "columns": "column",
    "out": "store", "output": "store", "output_dir": "store", "out_dir": "store", "log_dir": "store",
    "save_dir": "store", "folder": "store", "dir": "store",
    "run_id": "record", "id": "record", "checkpoint": "record", "run": "record",
    "top_k": "top", "topk": "top", "n_samples": "integers", "num_samples": "integers", "samples": "integers",
    "filter": "where", "query": "where", "group_by": "by", "groupby": "by", "order_by": "sort", "sort_by": "sort",
    "head": "limit", "tail": "limit", "dryrun": "dry-run",
}  # fmt: skip

_FRESH = "every integer is drawn anew, so nothing can be learned by heart"
_ADAM = "weights are always found by Adam, as the tutorials do; its rate can be changed"
_SCORED = "a score is always on integers that training never saw"
_LAYER = "the layers are those of the tutorials, and what they are made of is not changed"

NONE: dict[str, str] = {
    "dropout": _FRESH, "dropout_rate": _FRESH, "recurrent_dropout": _FRESH, "weight_decay": _FRESH, "l1": _FRESH,
    "l2": _FRESH, "regularization": _FRESH, "kernel_regularizer": _FRESH,
    "optimizer": _ADAM, "momentum": _ADAM, "betas": _ADAM, "beta_1": _ADAM, "beta_2": _ADAM, "eps": _ADAM,
    "epsilon": _ADAM, "scheduler": _ADAM, "lr_scheduler": _ADAM, "decay": _ADAM, "warmup": _ADAM,
    "clipnorm": _ADAM, "grad_clip": _ADAM, "gradient_clip": _ADAM, "max_grad_norm": _ADAM,
    "loss": "it follows from the encoding: cross-entropy, and of a scalar the squared error",
    "activation": _LAYER, "recurrent_activation": _LAYER, "use_bias": _LAYER, "bias": _LAYER,
    "kernel_initializer": _LAYER, "init": _LAYER, "dtype": _LAYER, "teacher_forcing": _LAYER,
    "metrics": "the score is always the share of answers said right",
    "validation_split": _SCORED, "val_split": _SCORED, "validation_data": _SCORED, "test_size": _SCORED,
    "batch_first": "the batch always comes first",
    "return_state": "streams keep the state themselves",
    "device": "a GPU is used where JAX finds one; JAX_PLATFORMS=cpu keeps to the CPU",
    "gpu": "a GPU is used where JAX finds one", "cuda": "a GPU is used where JAX finds one",
    "cpu": "JAX_PLATFORMS=cpu keeps to the CPU",
    "verbose": "a bar is shown on a terminal, and nothing in a pipe",
    "quiet": "a bar is shown on a terminal, and nothing in a pipe",
    "progress": "a bar is shown on a terminal, and nothing in a pipe",
}  # fmt: skip

COMMANDS: dict[str, str] = {
    "train": "run", "fit": "run", "learn": "run", "start": "run", "info": "explain", "describe": "explain",
    "demand": "explain", "infer": "predict", "echo": "predict", "apply": "predict", "grid": "sweep", "study": "sweep",
    "search": "sweep", "tune": "sweep", "evaluate": "endure", "eval": "endure", "test": "endure",
    "confusion": "misses", "errors": "misses", "generate": "loop", "feedback": "loop", "rollout": "loop",
    "list": "runs", "ls": "runs", "records": "runs", "results": "summary", "compare": "summary", "judge": "summary",
    "analyze": "summary", "plot": "figure", "draw": "figure", "chart": "figure", "html": "report", "save": "export",
    "load": "import", "join": "merge", "live": "stream", "help": "--help", "version": "--version",
}  # fmt: skip


def meant(given: str, known: Collection[str], said: Callable[[str, str], str]) -> str:
    """The end of a sentence about a setting that is not there: ours, why there is none, or a likely one; else nothing.

    `known` are the settings that there are, and `said` how one is said with its value, which may be empty.

    >>> meant("hidden_size", ["units"], word_said), meant("bidirectional", ["direction"], word_said)
    ("did you mean 'units'?", "did you mean 'direction', with 'both'?")
    >>> meant("metrics", ["rate"], word_said)
    'there is none, because the score is always the share of answers said right.'
    """
    name = given.replace("-", "_").lower()
    ours, _, value = OURS.get(name, name).partition(" ")
    if ours in known:
        return f"did you mean {said(ours, value)}?"
    if name in NONE:
        return f"there is none, because {NONE[name]}."
    close = get_close_matches(given.lower(), known, n=1)
    return f"did you mean {said(close[0], '')}?" if close else ""


def named(given: str, known: Collection[str]) -> str:
    """The end of a sentence about a setting that Python, JSON or a study file names and that is not there."""
    return meant(given, known, word_said) or alternatives(given, known)


def word_said(name: str, value: str) -> str:
    """A setting as Python, JSON and study files name it."""
    return f"{name!r}, with {value!r}" if value else repr(name)


def flag_said(name: str, value: str) -> str:
    """A setting as a flag.

    >>> flag_said("direction", "both")
    '--direction both'
    """
    return f"--{name} {value}".rstrip()
