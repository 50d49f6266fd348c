#!/usr/bin/env bash
# Lifts the lock that a killed job left on one stack. `pulumi up` names the lock's owner: make sure that it is gone.
#
#   ci/unlock.sh STACK
#
# The next review and apply of the same commit go on where the killed job stopped. Run them before another commit.
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?"usage: ci/unlock.sh STACK"}
pulumi cancel --stack "$stack" --yes --non-interactive
