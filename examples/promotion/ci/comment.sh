#!/usr/bin/env bash
# Shows the review of one stack in the pull request, in the comment that shows the reviews of this stack.
#
#   ci/comment.sh STACK
#
# COMMENT_COMMAND gets the file as its last argument. By default it is ci/sticky_comment.py, which supports GitHub and GitLab.
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?"usage: ci/comment.sh STACK"}
comment=verdicts/$stack/comment.md
if [ ! -s "$comment" ]; then
    printf '<!-- pulumi-retrieval review %s -->\n**%s: no verdict.** The log of the job says why.\n' "$stack" "$stack" > "$comment"
fi
read -ra command <<< "${COMMENT_COMMAND:-python3 ci/sticky_comment.py}"
"${command[@]}" "$comment"
