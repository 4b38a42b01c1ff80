# A Python of the tests' own with the outside oracle in it. The machine's Python and its packages stay as they are.

readonly duckdb_version=1.5.6
# Time zones come with it: a slim system has none.
readonly oracle_packages=("duckdb==$duckdb_version" tzdata==2025.2)

# Sets python: one with DuckDB.
prepare_python() {
  local home=$cache/python-duckdb-$duckdb_version
  python=$home/bin/python
  prepare_python_with "$home" "DuckDB $duckdb_version" 'import duckdb, tzdata' "${oracle_packages[@]}"
}

# prepare_python_with HOME WHAT IMPORT PACKAGE…: makes HOME/bin/python, which has the packages, once. Uses the machine's
# Python, or Debian's unpacked one where there is none.
prepare_python_with() {
  local home=$1 what=$2 import=$3
  shift 3
  [[ -x $home/bin/python ]] && "$home/bin/python" -c "$import" 2>/dev/null && return 0

  say "installing $what for Python (once; kept in $home)"
  rm -rf "$home"
  if command -v python3 >/dev/null && machine_python_venv "$home" "$@"; then
    return 0
  fi
  rm -rf "$home"
  debian_is_here && debian_python "$home" "$@"
}

machine_python_venv() {
  local home=$1
  shift
  # Debian ships `venv` without the part that installs pip: not worth a word, the other way is next.
  python3 -m venv "$home" >/dev/null 2>&1 || return 1
  "$home/bin/python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore "$@" >&2
}

# A wrapper that runs Debian's Python by its own loader, with the packages in a folder beside it.
debian_python() {
  local home=$1 root=$cache/python
  shift
  debian_unpack python bookworm python3-minimal libpython3-stdlib python3-pip-whl libstdc++6 ca-certificates || return 1
  mkdir -p "$home/bin" "$home/packages"
  cat >"$home/bin/python" <<END
#!/bin/sh
export PYTHONHOME='$root/usr' PYTHONPATH="\${PYTHONPATH:+\$PYTHONPATH:}$home/packages"
exec '$(debian_loader "$root")' --library-path '$(debian_libraries "$root")' '$root/usr/bin/python3' "\$@"
END
  chmod +x "$home/bin/python"
  local pip
  pip=$(compgen -G "$root/usr/share/python-wheels/pip-*.whl" | head -n 1)
  "$home/bin/python" "$pip/pip" install --quiet --disable-pip-version-check --root-user-action=ignore --target "$home/packages" \
    "$@" >&2
}
