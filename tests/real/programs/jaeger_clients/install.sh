# An environment of its own, made with the Python that is named as the argument.
set -eu
"$1" -m venv environment
environment/bin/python -m pip install --disable-pip-version-check --quiet \
  --require-hashes --requirement requirements.lock
