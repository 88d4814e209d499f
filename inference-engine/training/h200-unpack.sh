#!/bin/sh
# h200-unpack.sh FILES RUN: puts the parts together again as RUN/checkpoint.pt.
set -eu
mkdir -p "$2"
cat "$1"/slim.part.* > "$2/checkpoint.pt"
cp "$1/probes.jsonl" "$2/"
ls -l "$2"
