#!/usr/bin/env bash
# Applies this commit to one stack, where the verdict of ci/review.sh allows it and still holds.
#
#   ci/apply.sh STACK
#
# APPROVED=yes    a person has approved a verdict that needs it (exit code 4)
# REFRESH=yes     the review was made with it: put drift right, too
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?"usage: ci/apply.sh STACK"}
ci/gate.sh "$stack" apply

# Fails where the commit, the configuration or the state is no longer what was reviewed.
pulumi-retrieval review --check "verdicts/$stack/verdict.json"

# The state is written once, at the end. What a killed job has created, the next one finds: every resource here has a key of its
# own (pulumi-retrieval docs without-checkpoints).
export PULUMI_SKIP_CHECKPOINTS=true PULUMI_EXPERIMENTAL=true

options=(--stack "$stack" --yes --skip-preview --non-interactive --policy-pack policy)
if [ "${REFRESH:-}" = yes ]; then options+=(--refresh); fi
pulumi up "${options[@]}"
