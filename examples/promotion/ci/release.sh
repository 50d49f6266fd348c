#!/usr/bin/env bash
# Replaces ci/apply.sh if the Pulumi Kubernetes Operator applies: moves the branch that the operator follows to this commit.
#
#   ci/release.sh STACK
#
# APPROVED=yes    a person has approved a verdict that needs it (exit code 4)
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?"usage: ci/release.sh STACK"}
ci/gate.sh "$stack" apply
pulumi-retrieval review --check "verdicts/$stack/verdict.json"
git push origin "HEAD:refs/heads/release/$stack"
