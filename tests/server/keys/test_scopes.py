"""Every route says which scope it asks for; what is not listed is closed."""

import pytest

from uas_server.app import routed_app
from uas_server.keys.scopes import OPEN_PREFIX, PATHS, listed


def test_every_route_says_whom_it_is_for():
    routes = {route.path for route in routed_app().routes}
    assert {listed(path) for path in routes if not path.startswith(OPEN_PREFIX)} == set(PATHS)


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/v1/uas", "/v1/uas"),
        ("/v1/uas/more/of/it", "/v1/uas"),
        ("/v1/uas/", "/v1/uas"),
        ("/v1/uasx", None),
        ("/v1/jobs/{job_id}/result", "/v1/jobs"),
        ("/v1", None),
        ("/", None),
        ("", None),
        ("//v1/uas", None),
    ],
)
def test_a_path_stands_for_what_is_below_it(path, entry):
    assert listed(path) == entry
