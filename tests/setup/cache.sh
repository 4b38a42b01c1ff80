# The folder outside the checkout that downloads are kept in, and how the scripts talk.

# Sets cache, and makes the folder.
find_cache() {
  cache=${EAP_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/eap-tests}
  mkdir -p "$cache"
  cache=$(cd "$cache" && pwd)
}

say() { echo "tests/$(basename "$0"): $*" >&2; }

# fail MESSAGE HINT
fail() {
  say "error: $1"
  say "hint: $2"
  exit 1
}
