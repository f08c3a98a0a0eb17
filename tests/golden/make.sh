#!/usr/bin/env bash
# Makes every golden file of this folder again (one minute, one core).
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-/usr/bin/python3}
export OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
for script in networks losses optimizers schedules augment; do
  "$python" "$script.py"
done
