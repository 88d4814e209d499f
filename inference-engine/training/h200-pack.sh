#!/bin/sh
# h200-pack.sh RUN OUT: puts what must come back into OUT: resumable state (weights in half precision, without optimiser) and probes, in parts of 15 MiB.
set -eu
python3 -m reader slim --checkpoint "$1/checkpoint.pt" --out "$1/slim.pt"
rm -f "$2"/slim.part.*
split -b 15728640 -d -a 1 "$1/slim.pt" "$2/slim.part."
cp "$1/probes.jsonl" "$2/"
ls -l "$2"
