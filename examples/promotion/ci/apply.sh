#!/usr/bin/env bash
# Applies this commit to one stack if the verdict of ci/review.sh allows it and is still valid.
#
#   ci/apply.sh STACK
#
# APPROVED=yes    a person has approved a verdict that needs it (exit code 4)
# REFRESH=yes     the review was made with REFRESH=yes: also repair drift
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?"usage: ci/apply.sh STACK"}
ci/gate.sh "$stack" apply

# Fails if the commit, the configuration or the state has changed since the review.
pulumi-retrieval review --check "verdicts/$stack/verdict.json"

# The state is written once, at the end. What a killed job has created, the next one finds: every resource here has a key of its
# own (pulumi-retrieval docs without-checkpoints).
export PULUMI_SKIP_CHECKPOINTS=true PULUMI_EXPERIMENTAL=true

options=(--stack "$stack" --yes --skip-preview --non-interactive --policy-pack policy)
if [ "${REFRESH:-}" = yes ]; then options+=(--refresh); fi
pulumi up "${options[@]}"
