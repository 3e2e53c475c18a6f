"""Where the steps run: in processes of this machine, or in Ray."""
