# The dashboards (default) and, with another command, the sample gateway:
#   docker build -t codeagent-dashboards .
#   docker run --rm --network host -e CODEAGENT_PROMETHEUS_URL=http://127.0.0.1:9090 codeagent-dashboards
FROM python:3.12-slim AS build
COPY deploy/requirements.lock /build/
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /build/requirements.lock

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin codeagent
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/codeagent-dashboards
COPY gunicorn.conf.py ./
COPY app app/
COPY pages pages/
COPY panels panels/
COPY queries queries/
COPY telemetry telemetry/
COPY gateway gateway/
COPY assets assets/
USER 10001
EXPOSE 8050
# Liveness only: a Prometheus that is down is no reason to restart the dashboards.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "-c", \
  "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('CODEAGENT_PORT', '8050')}/health/live\", timeout=4)"]
CMD ["gunicorn", "-c", "gunicorn.conf.py", "app.main:server"]
