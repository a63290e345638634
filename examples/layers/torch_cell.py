"""A cell of PyTorch: one time step, (inputs, state) -> state."""

import torch


class LeakyCell(torch.nn.Module):
    """A plain recurrent cell of which every unit keeps a share of its own that it learns."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.read = torch.nn.Linear(input_size, hidden_size)
        self.recall = torch.nn.Linear(hidden_size, hidden_size, bias=False)
        self.kept = torch.nn.Parameter(torch.linspace(-2, 2, hidden_size))

    def forward(self, inputs: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        new = torch.tanh(self.read(inputs) + self.recall(state))
        return torch.lerp(new, state, torch.sigmoid(self.kept))
