# A tmux, which is a real terminal for the live screen. The machine's own where there is one; else Debian's, unpacked
# into the cache.

# Sets tmux.
prepare_tmux() {
  if tmux=$(command -v tmux); then return 0; fi
  tmux=$cache/tmux-bin
  [[ -x $tmux ]] && tmux_starts && return 0
  debian_is_here && debian_tmux && tmux_starts
}

# Programs in it run by the machine's own C library, so none may come with it: it is of the machine's own release.
debian_tmux() {
  local root=$cache/tmux release
  # A subshell: os-release defines NAME, VERSION and more.
  # shellcheck disable=SC1091
  release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  [[ -n $release ]] || return 1
  debian_unpack tmux "$release" tmux || return 1
  find "$root" -regex '.*/\(ld-linux.*\|libc\|libm\|libdl\|librt\|libpthread\|libresolv\)\.so\.[0-9]+' -delete
  cat >"$tmux" <<END
#!/bin/sh
export LD_LIBRARY_PATH='$(debian_libraries "$root")'
exec '$root/usr/bin/tmux' "\$@"
END
  chmod +x "$tmux"
}

tmux_starts() {
  timeout 10 "$tmux" -V >/dev/null 2>&1
}
