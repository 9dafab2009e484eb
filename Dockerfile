# The production image: no compilers, no embedded servers, an ordinary user. See docker-compose.yml for the whole site.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /venv
COPY requirements/runtime.txt /tmp/runtime.txt
RUN python -m pip --python /venv/bin/python install --require-hashes -r /tmp/runtime.txt
WORKDIR /app
COPY . .
# The addresses are never called: settings only want to read some.
RUN SECRET_KEY=only-while-building DATABASE_URL=postgres://none@localhost/none REDIS_URL=redis://localhost:6379/0 \
    /venv/bin/python manage.py collectstatic --no-input \
    && /venv/bin/python -m compileall -q /app

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent wotcs \
    && install -d -o wotcs -g wotcs /data /data/wargaming
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WOTCS_DATA_DIR=/data \
    WEB_CONCURRENCY=2
WORKDIR /app
USER wotcs
EXPOSE 8000
CMD ["gunicorn", "wotcs.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "2", \
     "--worker-tmp-dir", "/dev/shm", "--graceful-timeout", "10", "--no-control-socket"]
