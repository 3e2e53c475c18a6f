"""The same server as replicas under Ray Serve: its deployment, its replicas, Ray's HTTP proxies."""
