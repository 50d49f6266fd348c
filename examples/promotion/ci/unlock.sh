#!/usr/bin/env bash
# Removes the lock that a killed job left on one stack. `pulumi up` names the lock's owner: make sure that it is not running.
#
#   ci/unlock.sh STACK
#
# The next review and apply of the same commit continue where the killed job stopped. Run them before any other commit.
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?"usage: ci/unlock.sh STACK"}
pulumi cancel --stack "$stack" --yes --non-interactive
