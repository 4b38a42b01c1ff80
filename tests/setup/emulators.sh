# Emulators of AWS on loopback. Owns their Python in the cache, and the processes it started: emulator_pids.
# Needs cache.sh.

readonly moto_version=5.2.5

# Sets emulator_python: a Python with moto. Installed once, from the machine's own package index.
prepare_emulator() {
  local home=$cache/moto-$moto_version
  emulator_python=$home/bin/python
  [[ -e $home/.complete ]] && return 0
  command -v python3 >/dev/null || return 1
  say "installing moto $moto_version (once; kept in $home)"
  rm -rf "$home"
  python3 -m venv "$home" >/dev/null || return 1
  "$emulator_python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    "moto[server,all]==$moto_version" >&2 || return 1
  touch "$home/.complete"
}

# start_emulator LOG: sets emulator_url. A port that somebody takes in between is tried again.
start_emulator() {
  local log=$1 attempt port deadline
  for attempt in 1 2 3; do
    port=$((20000 + RANDOM % 12000))
    "$emulator_python" "$emulator_program" --port "$port" >"$log" 2>&1 &
    emulator_pids+=($!)
    deadline=$((SECONDS + 60))
    while ((SECONDS < deadline)) && kill -0 $! 2>/dev/null; do
      if grep -qs "Running on http://127.0.0.1:$port" "$log"; then
        emulator_url=http://127.0.0.1:$port
        return 0
      fi
      sleep 0.2
    done
  done
  say "the emulator did not start; its last lines:"
  tail -n 20 "$log" >&2
  return 1
}

# Killed, not asked: what they know lives in memory only.
stop_emulators() {
  local pid
  for pid in "${emulator_pids[@]}"; do
    kill -KILL "$pid" 2>/dev/null || continue
    wait "$pid" 2>/dev/null || true
  done
  emulator_pids=()
}
