#!/bin/sh
# Trains on two CPU cores: two processes of one thread each, which average their gradients once a step (2.6 times as
# fast as one process of two threads). two-cores.sh CORPUS OUT --minutes N [further options of `reader train`]
# Debian's torchrun (PyTorch 1.13) does not start on Python 3.11, so the processes are started here.
set -eu
cd -- "$(dirname -- "$0")"
corpus=$1 out=$2
shift 2
# A library's choice of kernels for old processors would slow the matrix products; memory that is given back is asked for again.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OMP_NUM_THREADS=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=4294967296 PYTHONUNBUFFERED=1
# Some builds of PyTorch 2 lack libuv and say so only when asked for it.
export USE_LIBUV=0
export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT="${MASTER_PORT:-29411}"
mkdir -p "$out"
RANK=1 "${PYTHON:-python3}" -m reader train --size cpu --corpus "$corpus" --out "$out" "$@" > "$out/second.log" 2>&1 &
second=$!
trap 'kill -TERM $second 2>/dev/null; wait $second' INT TERM
RANK=0 "${PYTHON:-python3}" -m reader train --size cpu --corpus "$corpus" --out "$out" "$@"
wait $second
