"""What the server does with a clip, apart from HTTP: the same code serves `uas describe`."""
