# The portal in one image: web, worker and beat are three commands of it (docker-compose.yml).
FROM python:3.13-slim AS build
WORKDIR /portal
RUN python -m venv .venv
COPY requirements.txt .
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
COPY . .
# A key is needed to start Django, not to collect files; the one that DEMO makes goes with its folder.
RUN DEMO=1 DATA_DIR=/tmp/build .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && mkdir /data && mv /tmp/build/static /data/static && rm -rf /tmp/build \
    && .venv/bin/python -m compileall -q accounts courses feedback mail portal

FROM python:3.13-slim
RUN useradd --uid 10001 --user-group --no-create-home portal
WORKDIR /portal
COPY --from=build /portal /portal
COPY --from=build --chown=portal:portal /data /data
ENV PATH=/portal/.venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data GRANIAN_HOST=0.0.0.0
USER portal
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "deploy/healthy.py", "web"]
CMD ["granian", "--interface", "wsgi", "--port", "8000", "--workers", "2", "--blocking-threads", "1", "--workers-kill-timeout", "3", "--respawn-failed-workers", "--log-level", "warning", "portal.wsgi:application"]
