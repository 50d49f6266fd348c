#!/usr/bin/env bash
# Reviews what this commit would change in one stack. It changes nothing.
#
#   ci/review.sh STACK
#
# AFTER=staging   the stack `staging` must have applied this commit before; promotion.yaml lists expected differences
# REFRESH=yes     first read what the services hold, so that drift is part of the review
# ANNOTATIONS     github or gitlab: show the findings beside the lines of the pull request
#
# The folder verdicts/STACK then holds
#   verdict.json    for ci/apply.sh
#   comment.md      for ci/comment.sh
#   exit-code       0 clear, 1 no verdict, 2 called wrongly, 3 blocked, 4 needs approval
#
# The step ends with 0 for every verdict, so that the comment can be posted; ci/gate.sh then decides whether the job fails.
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?"usage: ci/review.sh STACK"}
out=verdicts/$stack
rm -rf "$out"
mkdir -p "$out"

options=(--stack "$stack" --json "$out/verdict.json" --markdown "$out/comment.md")
if [ -n "${AFTER:-}" ]; then
    options+=(--after "$AFTER")
    if [ -f promotion.yaml ]; then options+=(--expect promotion.yaml); fi
fi
if [ "${REFRESH:-}" = yes ]; then options+=(--refresh); fi
case ${ANNOTATIONS:-} in
    github) options+=(--annotations github) ;;
    gitlab) options+=(--annotations gitlab --annotations-file "$out/code-quality.json") ;;
esac

code=0
pulumi-retrieval review "${options[@]}" -- --policy-pack policy || code=$?
echo "$code" > "$out/exit-code"

# The next jobs of a workflow on GitHub read the exit code from this output.
if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "code=$code" >> "$GITHUB_OUTPUT"; fi
