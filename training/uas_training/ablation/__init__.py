"""The supervision ablation: the same clips, steps and weights, and another kind of answer each."""
