# syntax=docker/dockerfile:1
# One image for the dashboards and, with another command, for the sample gateway, its providers and its load generator:
#   python -m gunicorn -c gunicorn.conf.py app.main:server     (the default)
#   python -m gateway serve | providers | load
# It listens on 127.0.0.1 inside its network namespace, since the dashboards have no authentication: an authenticating
# proxy shares that namespace and opens the port (deploy/compose.yaml, deploy/kubernetes/).
FROM python:3.11-slim AS dependencies
RUN python -m venv /opt/venv
COPY deploy/requirements.lock /tmp/requirements.lock
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r /tmp/requirements.lock

FROM python:3.11-slim
# A numeric user, so that Kubernetes can verify that it is not root.
RUN groupadd --gid 10001 codeagent && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin codeagent
COPY --from=dependencies /opt/venv /opt/venv
WORKDIR /srv/codeagent
COPY --chmod=a=rX gunicorn.conf.py pyproject.toml LICENSE ./
COPY --chmod=a=rX alerts alerts
COPY --chmod=a=rX app app
COPY --chmod=a=rX assets assets
COPY --chmod=a=rX gateway gateway
COPY --chmod=a=rX pages pages
COPY --chmod=a=rX panels panels
COPY --chmod=a=rX queries queries
COPY --chmod=a=rX telemetry telemetry
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8050
# Liveness only: while Prometheus is unavailable, the dashboards still show the last good data.
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('CODEAGENT_PORT', '8050') + '/health/live', timeout=2)"]
CMD ["python", "-m", "gunicorn", "-c", "gunicorn.conf.py", "app.main:server"]
