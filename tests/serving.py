"""The web server's configuration of production, for an app that tests make by settings of theirs.

What production asks of its environment before it starts is left out: there is none of theirs.
"""

import runpy

from tests import servers

_production = runpy.run_path(str(servers.ROOT / "gunicorn.conf.py"))
globals().update(
    {name: value for name, value in _production.items() if name[0] != "_" and name != "on_starting"}
)
