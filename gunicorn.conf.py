"""How gunicorn serves the dashboards: `gunicorn -c gunicorn.conf.py app.main:server`. Options of its own come last.

The settings and the reason for each stand in `app/serving/configuration.py`, which an installed package has as well.
"""

from app.serving.configuration import *  # noqa: F403
