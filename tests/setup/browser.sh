# A Chromium for the tests of pages. The machine's own where there is one; else Debian's, unpacked into the cache.

# Sets chromium.
prepare_chromium() {
  local name
  for name in chromium chromium-browser google-chrome-stable google-chrome; do
    if chromium=$(command -v "$name"); then return 0; fi
  done
  chromium=$cache/chromium-bin
  [[ -x $chromium ]] && chromium_starts && return 0
  debian_is_here && debian_chromium && chromium_starts
}

# It starts itself again for each page, so it must run by the machine's own loader and C library: those that came with
# it go, and it is taken from the machine's own release.
debian_chromium() {
  local root=$cache/chromium release
  # A subshell: os-release defines NAME, VERSION and more.
  # shellcheck disable=SC1091
  release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  [[ -n $release ]] || return 1
  debian_unpack chromium "$release" chromium fonts-dejavu-core || return 1
  find "$root" -regex '.*/\(ld-linux.*\|libc\|libm\|libdl\|librt\|libpthread\|libresolv\)\.so\.[0-9]+' -delete
  # PulseAudio's own library lies in a folder beside the others, where only an installed program would look.
  cat >"$chromium" <<END
#!/bin/sh
export LD_LIBRARY_PATH='$(debian_libraries "$root"):$(compgen -G "$root/usr/lib/*-linux-gnu*/pulseaudio" | paste -sd :)'
export FONTCONFIG_FILE='$root/etc/fonts/fonts.conf'
exec '$root/usr/lib/chromium/chromium' "\$@"
END
  chmod +x "$chromium"
}

chromium_starts() {
  timeout 30 "$chromium" --version >/dev/null 2>&1
}
