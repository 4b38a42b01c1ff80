# Programs out of Debian packages without root and without touching the machine: a separate apt root, packages
# unpacked into one folder, and run by the loader and libraries that came with them.
# Never installs anything, never writes outside the cache.

# Exit 0 when this machine can fetch Debian packages and check their signatures.
debian_is_here() {
  [[ -r /etc/os-release ]] || return 1
  # A subshell: os-release defines NAME, VERSION and more.
  (
    # shellcheck disable=SC1091
    . /etc/os-release
    [[ ${ID:-} == debian ]]
  ) || return 1
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && [[ -n $(debian_keyring) ]]
}

# debian_unpack NAME SUITE PACKAGE…: unpacks the packages and all they depend on into $cache/NAME, once.
debian_unpack() {
  local name=$1 suite=$2
  shift 2
  local root=$cache/$name work=$cache/$name.work
  [[ -e $root/.complete ]] && return 0

  say "fetching $* from Debian $suite (once; kept in $root)"
  rm -rf "$root" "$work"
  mkdir -p "$work"/{lists/partial,archives/partial,root}
  : >"$work/status"
  echo "deb [signed-by=$(debian_keyring)] $(debian_mirror) $suite main" >"$work/sources.list"

  debian_apt "$work" update || return 1
  debian_apt "$work" --no-install-recommends --yes --download-only install "$@" || return 1
  local package
  for package in "$work"/archives/*.deb; do
    dpkg-deb -x "$package" "$work/root" || return 1
  done
  touch "$work/root/.complete"
  mv "$work/root" "$root"
  rm -rf "$work"
}

# debian_exec ROOT PROGRAM ARGUMENT…: becomes a program of an unpacked root. Run it in the background or a subshell.
debian_exec() {
  local root=$1 program=$2
  shift 2
  exec "${dies_with_us[@]}" "$(debian_loader "$root")" --library-path "$(debian_libraries "$root")" "$root/$program" "$@"
}

# The loader of an unpacked root. It moved from lib to usr/lib between releases, and its name has the architecture.
debian_loader() {
  local found
  found=$(compgen -G "$1/usr/lib/*-linux-gnu*/ld-linux*.so.*" || compgen -G "$1/lib/*-linux-gnu*/ld-linux*.so.*") || return 1
  head -n 1 <<<"$found"
}

debian_libraries() {
  local found
  found=$(compgen -G "$1/usr/lib/*-linux-gnu*"; compgen -G "$1/lib/*-linux-gnu*") || true
  paste -sd : <<<"$found"
}

# An apt-get that knows one suite, thinks nothing is installed and keeps all its state in the work folder. The
# machine's own configuration (a proxy, say) still counts.
debian_apt() {
  local work=$1
  shift
  apt-get --quiet=2 \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- \
    -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status" -o Dir::State::extended_states="$work/extended" \
    -o Dir::Cache="$work" -o Dir::Cache::archives="$work/archives" -o Dir::Log="$work" \
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=3 \
    "$@" </dev/null >&2
}

# The mirror that this machine's own sources name, whatever format they are written in.
debian_mirror() {
  local mirror
  mirror=$(apt-get --print-uris update 2>/dev/null |
    sed -n -E "s#^'(https?://[^' ]+/debian)/dists/[^']*'.*#\1#p" | head -n 1) || true
  echo "${mirror:-http://deb.debian.org/debian}"
}

debian_keyring() {
  local file
  for file in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    [[ -r $file ]] && echo "$file" && return
  done
  return 0
}
