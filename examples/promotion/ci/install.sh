#!/usr/bin/env bash
# Installs what the other steps need into the Python that is first on PATH. The command `pulumi` is there already.
#
#   ci/install.sh
set -euo pipefail
cd "$(dirname "$0")/.."

python3 -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
pulumi version
