"""gunicorn configuration: `gunicorn -c gunicorn.conf.py app.main:server`.

`app/serving/configuration.py` defines the options, with the reason for each; an installed package contains it too.
"""

from app.serving.configuration import options_of_environment

globals().update(options_of_environment())
