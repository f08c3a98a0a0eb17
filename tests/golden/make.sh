#!/usr/bin/env bash
# Makes every golden file of this folder again (a minute, one core).
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-/usr/bin/python3}
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
for script in networks exits losses optimizers schedules augment checkpoints features distill_logits; do
  "$python" -W ignore::UserWarning "$script.py"   # SequentialLR warns about its own use of an old argument
done
