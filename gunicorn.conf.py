"""How gunicorn serves the dashboards: `gunicorn -c gunicorn.conf.py app.main:server`. Options of its own come last.

The options and the reason for each stand in `app/serving/configuration.py`, which an installed package has as well.
"""

from app.serving.configuration import options_of_environment

globals().update(options_of_environment())
