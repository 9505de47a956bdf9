#!/usr/bin/env bash
# Installs what the demo needs and nothing that is there already: Debian's or Ubuntu's packages, and a virtual
# environment in .venv with the locked dependencies. With --tests also what the tests need.
# Services that a package would start are neither started nor disturbed: the demo has ports and data of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "setup: $*"; }
fail() { printf '%s\n' "setup: $*" >&2; exit 1; }

# program:package, also under the names that the projects themselves use
wanted=(prometheus:prometheus promtool:prometheus "prometheus-alertmanager|alertmanager:prometheus-alertmanager"
  "prometheus-node-exporter|node_exporter:prometheus-node-exporter"
  "prometheus-process-exporter|process-exporter:prometheus-process-exporter"
  "prometheus-redis-exporter|redis_exporter:prometheus-redis-exporter" redis-server:redis-server)
if [ "${1:-}" = "--tests" ]; then
  wanted+=("chromium|chromium-browser:chromium" chromedriver:chromium-driver nginx:nginx-light mvn:maven
    postgres:postgresql node:nodejs npm:npm)
fi

has() {
  local name
  for name in ${1//|/ }; do
    PATH="$PATH:/usr/sbin:/usr/local/sbin:/sbin$(printf ':%s' /usr/lib/postgresql/*/bin)" \
      command -v "$name" >/dev/null && return 0
  done
  return 1
}

# The virtual environment is renewed when the lock or the project's metadata changed.
install_python_packages() {
  local stamp=.venv/locked mark
  mark=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
  if [ "$(cat "$stamp" 2>/dev/null || true)" != "$mark" ]; then
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    say "installing the locked Python packages"
    # The lock is complete. When pip resolves by itself, older versions of it take a newer release than the locked one for
    # a requirement with extras (coverage[toml]) and stop for want of its hash.
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock \
      || fail "pip could not install requirements.lock; is the network there?"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps -e . \
      || fail "pip could not install the project itself."
    printf '%s' "$mark" >"$stamp"
  fi
}

python=""
for candidate in python3 python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python=$candidate
    break
  fi
done

missing=()
for entry in "${wanted[@]}"; do
  has "${entry%%:*}" || missing+=("${entry##*:}")
done
# Names in Chinese, Japanese and Korean on pictures.
if [ "${1:-}" = "--tests" ] && ! compgen -G "/usr/share/fonts/opentype/noto/NotoSansCJK*" >/dev/null; then
  missing+=(fonts-noto-cjk)
fi
# Debian splits venv and its pip off Python.
if [ ! -x .venv/bin/python ]; then
  { [ -n "$python" ] && "$python" -c 'import ensurepip, venv' 2>/dev/null; } || missing+=(python3 python3-venv)
fi

check_python() {
  "${python:-.venv/bin/python}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    || fail "Python 3.11 or newer is needed (Debian 12, Ubuntu 24.04); on Ubuntu 22.04 install python3.11 and python3.11-venv."
}

clean_up() {
  [ -z "$python_job" ] || kill -- "-$python_job" 2>/dev/null || true
  [ -z "$policy" ] || "${sudo[@]}" rm -f "$policy"
}
python_job="" policy="" sudo=()
trap clean_up EXIT

if [ ${#missing[@]} -gt 0 ]; then
  readarray -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  command -v apt-get >/dev/null || fail "this is no Debian or Ubuntu; install by hand: ${missing[*]}, then try again."
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "neither root nor sudo; ask somebody who may to run: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi
fi

# Python's packages are installed beside those of the system, where Python itself is there; in a process group of their
# own, so that nothing of it is left when this script ends early.
if [[ " ${missing[*]} " != *" python3 "* ]]; then
  check_python
  set -m
  install_python_packages & python_job=$!
  set +m
fi

if [ ${#missing[@]} -gt 0 ]; then
  say "installing ${missing[*]}"
  # policy-rc.d tells packages not to start their services; one that is there already is left alone.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee /usr/sbin/policy-rc.d >/dev/null
    "${sudo[@]}" chmod 755 /usr/sbin/policy-rc.d
    policy=/usr/sbin/policy-rc.d
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${sudo[@]}" apt-get update -qq || say "the package lists could not be renewed; trying with the old ones"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >/dev/null || fail "apt-get could not install: ${missing[*]}"
  [ -n "$python" ] || python=python3
fi

if [ -n "$python_job" ]; then
  wait "$python_job" || exit 1
  python_job=""
else
  check_python
  install_python_packages
fi

# The tools of the scripts and styles, only for tests: what runs is built and committed.
if [ "${1:-}" = "--tests" ]; then
  stamp=assets/node_modules/locked
  mark=$(sha256sum assets/package-lock.json | cut -d' ' -f1)
  if [ "$(cat "$stamp" 2>/dev/null || true)" != "$mark" ]; then
    say "installing the locked npm packages"
    npm --prefix assets ci --silent --ignore-scripts --no-audit --no-fund \
      || fail "npm could not install assets/package-lock.json; is the network there?"
    printf '%s' "$mark" >"$stamp"
  fi
fi
say "everything is installed"
