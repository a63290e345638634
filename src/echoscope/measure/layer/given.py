"""A layer gave nothing that can be read: why, in one sentence, whatever it was written in."""

from echoscope.errors import SettingError
from echoscope.measure.layer.failures import failure

GPU = ("triton", "cuda", "nvidia", "gpu")


def no_outputs(source: str, given: object, remedy: str = "") -> SettingError:
    """For what is no array: nothing, a dict, a list."""
    if given is None:
        return SettingError(
            f"{source} gives nothing back: let it return its outputs; a return is missing."
        )
    kind = type(given).__name__
    remedy = remedy or "let it return one array, or its outputs and its state"
    return SettingError(f"{source} gives a {kind} where its outputs are looked for: {remedy}.")


def no_numbers(source: str, dtype: str) -> SettingError:
    """For an array of what no readout takes."""
    remedy = (
        "put real and imaginary parts side by side"
        if "complex" in dtype
        else "let it give them as float32, before they are rounded or an index is taken"
    )
    return SettingError(f"{source} must give outputs of real numbers, not {dtype}: {remedy}.")


def no_run(source: str, input_size: int, error: Exception) -> SettingError:
    """Why a layer cannot be run, in one sentence."""
    why = failure(error)
    if any(word in why.lower() for word in GPU):
        return SettingError(
            f"{source} needs a GPU kernel ({why}), and a measurement runs on the CPU: name its"
            " plain form, if it has one."
        )
    return SettingError(
        f"{source} cannot be run on float32 inputs {input_size} wide ({why}): mend it, or say"
        " layout or carry if it is called in another way."
    )
