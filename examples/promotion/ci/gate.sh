#!/usr/bin/env bash
# Fails if the verdict of ci/review.sh on one stack does not allow the next step.
#
#   ci/gate.sh STACK          at the end of a pull request's job: may the commit be merged?
#   ci/gate.sh STACK apply    before it is applied
#
# APPROVED=yes    a person has approved a verdict that needs it (exit code 4); only the second form reads it
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?"usage: ci/gate.sh STACK [apply]"}
next=${2:-merge}
code=$(cat "verdicts/$stack/exit-code")
case $code in
    0)
        echo "$stack: clear"
        ;;
    4)
        if [ "$next" = apply ] && [ "${APPROVED:-}" != yes ]; then
            echo "$stack: not applied, because a person must approve it; start the job that waits for that" >&2
            exit 4
        fi
        echo "$stack: may be merged, and is applied after a person has approved it"
        ;;
    3)
        echo "$stack: blocked; the comment and the log of the review say by what" >&2
        exit 3
        ;;
    *)
        echo "$stack: no verdict; the log of the review says why" >&2
        exit "$code"
        ;;
esac
