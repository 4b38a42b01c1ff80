# Where CI builds: outside the checkout, so that the next clone on this machine has its dependencies compiled already.

# What builds of many versions of the dependencies may take before they are thrown away, in MiB.
builds_at_most=25000

# Sets CARGO_TARGET_DIR, unless somebody has, or another run builds there.
keep_builds() {
  local builds=$cache/builds
  [[ -z ${CARGO_TARGET_DIR:-} ]] && command -v flock >/dev/null || return 0
  mkdir -p "$builds"
  exec 8>"$cache/builds.lock"
  flock --nonblock 8 || return 0
  if (($(du --summarize --block-size=1M "$builds" | cut -f1) > builds_at_most)); then
    rm -rf "${builds:?}"/*
  fi
  export CARGO_TARGET_DIR=$builds
  forget_other_checkout
}

# What is ours is compiled anew in each checkout: Cargo goes by times, and those of another checkout say nothing.
forget_other_checkout() {
  local built_from=$CARGO_TARGET_DIR/checkout
  if [[ -e $built_from && $(<"$built_from") != "$PWD" ]]; then
    cargo clean --quiet --package eap --package eap-api
    rm -rf "$CARGO_TARGET_DIR"/image/{,*/}dist/.fingerprint/eap-api-*
  fi
  echo "$PWD" >"$built_from"
}
