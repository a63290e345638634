"""What settings and commands are called elsewhere, in Keras and PyTorch above all, and what they
are called here.

One table for flags, Python, JSON and study files. A row is ours and its other names, with _ between
their parts.
"""

from collections.abc import Callable, Collection
from difflib import get_close_matches

from echoscope.errors import alternatives

# Ours, with a value where the name means one, and what it is called elsewhere.
_SETTINGS: dict[str, str] = {
    "vocab_size": (
        "symbols n_vocab vocabulary alphabet n_symbols num_symbols n_features num_features "
        "features n_classes num_classes num_embeddings input_dim input_size output_size "
        "cardinality"
    ),
    "window": (
        "timesteps time_steps n_timesteps n_in n_steps_in seq_len seq_length sequence_length "
        "window_size look_back lookback context context_length block_size input_length"
    ),
    "lag": "n_out n_steps_out lags n_lag shift offset horizon",
    "lag -1": "forecast",
    "length": "n_integers n_numbers",
    "readout all": "when return_sequences many_to_many",
    "gaps masked": "masking mask_zero mask",
    "edges padded": "padding pad",
    "missing": "missing_rate missing_share",
    "units": (
        "hidden_size hidden_dim hidden_units hidden n_hidden num_hidden num_units n_units "
        "nodes neurons n_neurons memory_cells latent_dim state_size d_model width"
    ),
    "model": "cell cell_type rnn_type layer_type architecture network",
    "model lstm": "lstm",
    "model gru": "gru",
    "model gru-before": "reset_after gru_v1",
    "model rnn": "rnn",
    "layers": "num_layers n_layers depth stacked",
    "bidirectional true": "direction",
    "encoding one-hot": "one_hot onehot",
    "encoding embedding": "embedding embedding_dim embed_dim embedding_size",
    "encoding scalar": "regression normalize",
    "encoding bits": "binary",
    "seed": "random_state random_seed manual_seed rng",
    "batch_size": "batch n_batch minibatch mini_batch",
    "learning_rate": "lr rate learn_rate",
    "epochs": (
        "num_epochs n_epochs nb_epoch epoch max_epochs iterations n_iter max_iter max_steps "
        "num_steps"
    ),
    "target_accuracy": "stop wanted patience early_stopping threshold",
    "stateful true": "state carry_state carried",
    "stateful false": "stateless",
    "sampling windows": "shuffle",
    "sampling": "draw",
    "seeds": "n_seeds num_seeds repeats n_repeats trials",
    "workers": "n_jobs jobs num_workers processes cores",
    "file": "csv data data_file input input_file dataset",
    "column": "col columns",
    "store": "out output output_dir out_dir log_dir save_dir folder dir",
    "run": "record run_id id checkpoint",
    "top": "top_k topk",
    "integers": "n_samples num_samples samples",
    "where": "filter query",
    "by": "group_by groupby",
    "sort": "order_by sort_by",
    "limit": "head tail",
    "dry_run": "dryrun",
}
_COMMANDS: dict[str, str] = {
    "run": "train fit learn start",
    "explain": "info describe demand",
    "predict": "infer echo apply",
    "sweep": "grid study search tune",
    "evaluate": "endure eval test score",
    "confusion": "misses errors mistakes",
    "generate": "loop feedback rollout",
    "runs": "list ls records",
    "summary": "results judge analyze",
    "figure": "plot draw chart",
    "report": "html",
    "export": "save",
    "import": "load",
    "merge": "join",
    "stream": "live",
    "--help": "help",
    "--version": "version",
}

_FRESH = (
    "random integers are drawn anew, so nothing can be learned by heart; where it can, of"
    " user data, use fewer units or epochs"
)
_ADAM = "weights are always found by Adam, as in the tutorials; its learning_rate can be changed"
_SCORED = "an accuracy is always of integers that training never read"
_LAYER = "the layers are those of the tutorials, and what they are made of is not changed"

NONE: dict[str, str] = {
    "dropout": _FRESH,
    "dropout_rate": _FRESH,
    "recurrent_dropout": _FRESH,
    "weight_decay": _FRESH,
    "l1": _FRESH,
    "l2": _FRESH,
    "regularization": _FRESH,
    "kernel_regularizer": _FRESH,
    "optimizer": _ADAM,
    "momentum": _ADAM,
    "betas": _ADAM,
    "beta_1": _ADAM,
    "beta_2": _ADAM,
    "eps": _ADAM,
    "epsilon": _ADAM,
    "scheduler": _ADAM,
    "lr_scheduler": _ADAM,
    "decay": _ADAM,
    "warmup": _ADAM,
    "clipnorm": _ADAM,
    "grad_clip": _ADAM,
    "gradient_clip": _ADAM,
    "max_grad_norm": _ADAM,
    "loss": "it follows from the encoding: cross-entropy, and of a scalar the squared error",
    "activation": _LAYER,
    "recurrent_activation": _LAYER,
    "use_bias": _LAYER,
    "bias": _LAYER,
    "kernel_initializer": _LAYER,
    "init": _LAYER,
    "dtype": _LAYER,
    "teacher_forcing": _LAYER,
    "metrics": "the accuracy is always the share of targets predicted correctly",
    "validation_split": _SCORED,
    "val_split": _SCORED,
    "validation_data": _SCORED,
    "test_size": _SCORED,
    "batch_first": (
        "user data and predictions are [samples, time]; a layer reads [time, batch, features]"
    ),
    "go_backwards": "a window is read forwards, or with bidirectional true both ways",
    "return_state": "streams keep the state themselves",
    "device": "a GPU is used where JAX finds one; JAX_PLATFORMS=cpu keeps to the CPU",
    "gpu": "a GPU is used where JAX finds one",
    "cuda": "a GPU is used where JAX finds one",
    "cpu": "JAX_PLATFORMS=cpu keeps to the CPU",
    "verbose": "a bar is shown on a terminal, and nothing in a pipe",
    "quiet": "a bar is shown on a terminal, and nothing in a pipe",
    "progress": "a bar is shown on a terminal, and nothing in a pipe",
}


def _by_name(called: dict[str, str]) -> dict[str, str]:
    return {name: ours for ours, names in called.items() for name in names.split()}


OURS, COMMANDS = _by_name(_SETTINGS), _by_name(_COMMANDS)


def meant(name: str, known: Collection[str], wording: Callable[[str, str], str]) -> str:
    """The end of a sentence about a setting that is not there: ours, why there is none, or a likely
    one; else nothing.

    `known` are the settings that there are, and `wording(setting, value)` is how one is written;
    the value may be empty.

    >>> meant("hidden_size", ["units"], setting_text)
    "did you mean 'units'?"
    >>> meant("shuffle", ["sampling"], setting_text)
    "did you mean 'sampling', with 'windows'?"
    >>> meant("metrics", ["learning_rate"], setting_text)
    'there is none, because the accuracy is always the share of targets predicted correctly.'
    """
    key = name.replace("-", "_").lower()
    ours, _, value = OURS.get(key, key).partition(" ")
    if ours in known:
        return f"did you mean {wording(ours, value)}?"
    if key in NONE:
        return f"there is none, because {NONE[key]}."
    close = get_close_matches(name.lower(), known, n=1)
    return f"did you mean {wording(close[0], '')}?" if close else ""


def named(value: str, known: Collection[str]) -> str:
    """The end of a sentence about a setting that Python, JSON or a study file names and that is not
    there.
    """
    return meant(value, known, setting_text) or alternatives(value, known)


def setting_text(name: str, value: str) -> str:
    """A setting as Python, JSON and study files name it."""
    return f"{name!r}, with {value!r}" if value else repr(name)


def flag_said(name: str, value: str) -> str:
    """A setting as a flag.

    >>> flag_said("bidirectional", "true")
    '--bidirectional true'
    """
    return f"--{name.replace('_', '-')} {value}".rstrip()
