#!/usr/bin/env bash
# snntorch 1.0.0: `SLSTM` begins anew at every step unless its inputs are as wide as its state, and with its default
# threshold it gives no spike, whatever it reads.
#
# In `forward` the state is set to zeros where `self.syn.shape == input_.shape` is not so: the shape of the state is held
# to that of the inputs, [batch, input_size], and not to [batch, hidden_size]. The state that was handed over is lost by
# that. And what is held to the threshold of 1.0 is an LSTM's output, sigmoid times tanh, which is below 1.0 always.
#
# Found by an X-ray that says of it: "The outputs are the same whatever comes in". A good guess from its documentation
# ("input_, syn_0, mem_0 -> spk_1, syn_1, mem_1") is what each line below says after "guess".
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the behaviour is as
# described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check torch==2.13.0 numpy
"$folder/venv/bin/pip" install -q --disable-pip-version-check --no-deps snntorch==1.0.0

cat > "$folder/slstm.py" <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from snntorch import SLSTM

print(f"Python {sys.version.split()[0]}, snntorch {version('snntorch')}, PyTorch {torch.__version__}")
same = True


def line(what, seen, expected, guess):
    global same
    same = same and seen == expected
    print(f"{what}\n  seen   {seen}{'' if seen == expected else f'   CHANGED: was {expected}'}\n  guess  {guess}")


def heeds_its_state(input_size, hidden_size):
    """Whether the next state depends on the one that is handed over."""
    torch.manual_seed(0)
    layer, inputs = SLSTM(input_size, hidden_size), torch.randn(4, input_size)
    states = [torch.full((4, hidden_size), value) for value in (0.0, 0.5)]
    with torch.no_grad():
        outputs = [layer(inputs, state, state)[2] for state in states]
    return not torch.equal(*outputs)


def spikes(threshold):
    """How many of 1,000 x 32 outputs are spikes, the weights times 10 and the inputs times 100."""
    torch.manual_seed(0)
    layer = SLSTM(32, 32, threshold=threshold)
    with torch.no_grad():
        for part in layer.lstm_cell.parameters():
            part *= 10
        return int(layer(100 * torch.randn(1000, 32))[0].sum())


line("8 inputs, 8 units: another state handed over gives another one", heeds_its_state(8, 8), True, True)
line("10 inputs, 8 units: another state handed over gives another one", heeds_its_state(10, 8), False, True)
line("spikes at the default threshold, 1.0, of large inputs and weights", spikes(1.0), 0, "thousands")
line("there are some at 0.5", spikes(0.5) > 1000, True, True)

print("As described." if same else "This has changed.")
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/slstm.py"
