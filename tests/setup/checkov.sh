# Checkov, which reads the Terraform tree for known weaknesses. Owns its Python in the cache. Needs cache.sh.

readonly checkov_version=3.3.30

# Sets checkov: the program.
prepare_checkov() {
  local home=$cache/checkov-$checkov_version
  checkov=$home/bin/checkov
  [[ -e $home/.complete ]] && return 0
  command -v python3 >/dev/null || return 1
  say "installing Checkov $checkov_version (once; kept in $home)"
  rm -rf "$home"
  python3 -m venv "$home" >/dev/null || return 1
  "$home/bin/python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore "checkov==$checkov_version" >&2 || return 1
  touch "$home/.complete"
}
