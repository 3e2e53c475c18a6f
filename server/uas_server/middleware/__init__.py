"""What happens to a request before FastAPI sees it: pure ASGI, so nothing of the body is read.

From the outside in: `Observe` (id, log line, metrics, the one error shape), `Hosts`,
`Authenticate` (a key, its scope and its own bounds), `WebSockets` (paths and origins), `Admit` (a
slot, or 503), `ReceiveBody` (bytes counted, deadlines, a client that leaves).
"""
