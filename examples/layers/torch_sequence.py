"""A sequence module of PyTorch: [batch, time, features] -> (outputs, state), with a whole form."""

import torch


class Averages(torch.nn.Module):
    """Exponential averages of a linear map of the inputs, all time steps by one product."""

    batch_first = True

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.read = torch.nn.Linear(input_size, hidden_size)
        self.kept = torch.nn.Parameter(torch.linspace(0, 4, hidden_size))

    def forward(
        self, inputs: torch.Tensor, state: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        read, kept = self.read(inputs), torch.sigmoid(self.kept)
        steps = torch.arange(inputs.shape[1])
        since = steps[:, None] - steps
        weights = torch.where(since[..., None] >= 0, kept ** since.clamp_min(0)[..., None], 0.0)
        outputs = torch.einsum("tsu,bsu->btu", weights, (1 - kept) * read)
        if state is not None:
            outputs = outputs + kept ** (steps + 1)[:, None] * state[:, None]
        return outputs, outputs[:, -1]
