# Where CI builds: outside the checkout, so that the next clone on this machine has its dependencies compiled already.

# Sets CARGO_TARGET_DIR, unless somebody has, or another run builds there.
keep_builds() {
  local builds=$cache/builds dependencies
  [[ -z ${CARGO_TARGET_DIR:-} ]] && command -v flock >/dev/null || return 0
  mkdir -p "$builds"
  exec 8>"$builds/lock"
  flock --nonblock 8 || return 0
  dependencies=$(cat rust-toolchain.toml Cargo.toml ./*/Cargo.toml Cargo.lock | cksum | tr ' ' -)
  find "$builds" -mindepth 1 -maxdepth 1 -type d ! -name "$dependencies" -exec rm -rf {} +
  export CARGO_TARGET_DIR=$builds/$dependencies
  forget_other_checkouts
}

# What is ours is compiled anew in each checkout: Cargo goes by times, and those of another checkout say nothing.
forget_other_checkouts() {
  local built_from=$CARGO_TARGET_DIR/checkout
  if [[ -e $built_from && $(<"$built_from") != "$PWD" ]]; then
    cargo clean --quiet --package eap --package eap-api
    rm -rf "$CARGO_TARGET_DIR"/image/*/dist/.fingerprint/eap-api-*
  fi
  mkdir -p "$CARGO_TARGET_DIR"
  echo "$PWD" >"$built_from"
}
