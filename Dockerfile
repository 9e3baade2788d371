# Jaliya for production. Debian, not Alpine: several wheels exist for glibc only.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt /tmp/requirements.txt
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/requirements.txt
WORKDIR /srv/jaliya
COPY config.py wsgi.py gunicorn.conf.py LICENSE ./
COPY app app
COPY migrations migrations
COPY translations translations
RUN /venv/bin/pybabel compile -d translations && /venv/bin/python -m whitenoise.compress -q app/static && /venv/bin/python -m compileall -q app

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /srv/jaliya --shell /usr/sbin/nologin jaliya
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 INSTANCE=/var/lib/jaliya
COPY --from=build /venv /venv
COPY --from=build /srv/jaliya /srv/jaliya
RUN install -d -o jaliya -g jaliya -m 0700 /var/lib/jaliya
WORKDIR /srv/jaliya
USER jaliya
EXPOSE 8000
CMD ["gunicorn", "wsgi:app"]
