# One image for everything of slowhop's own: the sample services, the collector, locust, the report.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app

# What changes rarely comes first, so that a change of code does not install everything again.
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY analyzer analyzer
COPY collector collector
COPY loadgen loadgen
COPY services services
RUN pip install --no-deps --no-build-isolation --editable .

RUN useradd --create-home slowhop && install --directory --owner slowhop /runs
USER slowhop

CMD ["slowhop", "--help"]
