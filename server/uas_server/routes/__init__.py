"""One file per resource: HTTP only. What is done with a clip is in `uas_server.service`."""
