#!/usr/bin/env bash
# Reports what somebody else changed in the services of one stack. It changes nothing.
#
#   ci/drift.sh STACK
#
# Exit code 0: there is no drift, and everything of this commit is applied. Any other exit code is that of the review, so that the
# nightly job fails and its owner is notified.
# REPORT_COMMAND gets the report as its last argument, a Markdown file; it is called only if there is something to report.
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
