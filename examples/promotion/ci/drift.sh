#!/usr/bin/env bash
# Tells what somebody else changed in the services behind one stack. It changes nothing.
#
#   ci/drift.sh STACK
#
# Exit code 0: nothing, and everything of this commit is applied. Any other one is that of the review, so that the nightly
# job fails and its owner hears of it.
# REPORT_COMMAND gets the report as its last argument, a Markdown file; it is called where there is something to tell.
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?"usage: ci/drift.sh STACK"}
REFRESH=yes AFTER='' ci/review.sh "$stack"
code=$(cat "verdicts/$stack/exit-code")
report=verdicts/$stack/comment.md
if [ "$code" != 0 ] && [ -n "${REPORT_COMMAND:-}" ] && [ -s "$report" ]; then
    read -ra command <<< "$REPORT_COMMAND"
    "${command[@]}" "$report" || echo "$stack: the report could not be sent" >&2
fi
exit "$code"
