#!/usr/bin/env bash
# popgym 1.0.7: RepeatPrevious with k asks for the card of k - 1 time steps ago, counted from the one
# just seen. Its docstring says both: "k == 0 denotes the current timestep, k==1 denotes the previous
# timestep, ... k == 16 denotes 15 timesteps ago". So a score at k=4, the default, is one of lag 3.
#
# A good guess by its first words is that k=1 asks for the card before the one just seen; the agent
# that answers so is paid no more than chance.
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the
# behaviour is as described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check popgym==1.0.7 gymnasium==1.4.0 numpy==2.4.6

cat > "$folder/agents.py" <<'PYTHON'
"""The mean reward of agents that answer with the card of so many steps ago, over ten episodes."""
from importlib.metadata import version

from popgym.envs.repeat_previous import RepeatPrevious

print("popgym", version("popgym"))
for k in (1, 2, 4, 16):
    rewards = {}
    for lag in range(20):
        total = 0.0
        for seed in range(10):
            env = RepeatPrevious(k=k)
            seen, over = [env.reset(seed=seed)[0]], False
            while not over:
                card, reward, over, _, _ = env.step(seen[-1 - lag] if lag < len(seen) else 0)
                seen.append(card)
                total += reward / 10
        rewards[lag] = total
    best = max(rewards, key=rewards.get)
    other = max(reward for lag, reward in rewards.items() if lag != best)
    print(f"k={k}: lag {best} earns {rewards[best]:.2f}, any other less than 0: {other < 0}")
PYTHON

seen=$("$folder/venv/bin/python" "$folder/agents.py")
echo "$seen"
expected="popgym 1.0.7
k=1: lag 0 earns 1.00, any other less than 0: True
k=2: lag 1 earns 1.00, any other less than 0: True
k=4: lag 3 earns 1.00, any other less than 0: True
k=16: lag 15 earns 1.00, any other less than 0: True"
if [ "$seen" != "$expected" ]; then
    echo "changed: expected"
    echo "$expected"
    exit 1
fi
echo "as described"
