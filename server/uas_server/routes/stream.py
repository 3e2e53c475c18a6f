"""WebSocket /v1/stream: audio in while it is recorded, documents out as utterances end."""

from fastapi import APIRouter
from starlette.websockets import WebSocket

from uas_server.context import context_of
from uas_server.live.connection import Connection
from uas_server.services import Services

PATH = "/v1/stream"
SUBPROTOCOL = "uas.v1"
"""What a client may offer, and has to where it sends its key as a subprotocol, too."""

router = APIRouter()


@router.websocket(PATH)
async def stream(socket: WebSocket) -> None:
    """Hold one live connection; `asyncapi.yaml` describes its messages."""
    services: Services = socket.app.state.services
    offered = socket.scope.get("subprotocols", ())
    with services.live.connection():
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        await Connection(socket, services.live, services.settings, context_of(socket.scope)).run()
