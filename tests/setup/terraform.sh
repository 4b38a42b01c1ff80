# Terraform and its provider for tests. Never downloads Terraform itself; a provider that lies on this machine as a
# filesystem mirror is used from there, else the ordinary registry.
# Needs cache.sh.

# Exit 0 when there is a Terraform that can do what the tree needs.
terraform_is_here() {
  local version
  version=$(TF_CLI_CONFIG_FILE=/dev/null CHECKPOINT_DISABLE=1 terraform version 2>/dev/null | sed -n -E '1s/^Terraform v([0-9.]+).*/\1/p') || return 1
  [[ -n $version && $(printf '%s\n' 1.11.0 "$version" | sort --version-sort | head -n 1) == 1.11.0 ]]
}

terraform_hint="Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install, or your system's packages"
readonly terraform_hint

# Exports TF_CLI_CONFIG_FILE and what else Terraform reads. One folder for providers saves a copy of 700 MB a run.
prepare_terraform() {
  local mirror
  mirror=$(provider_mirror) || true
  mkdir -p "$cache/terraform-plugins"
  {
    echo "plugin_cache_dir = \"$cache/terraform-plugins\""
    echo "disable_checkpoint = true"
    if [[ -n $mirror ]]; then
      echo 'provider_installation {'
      echo "  filesystem_mirror { path = \"$mirror\" }"
      echo '}'
    fi
  } >"$cache/terraform.rc"
  export TF_CLI_CONFIG_FILE=$cache/terraform.rc TF_IN_AUTOMATION=1 TF_INPUT=0
  unset TF_WORKSPACE TF_CLI_ARGS TF_DATA_DIR TF_LOG
}

# install_provider FOLDER: puts the provider into the cache, by a copy of the tree in FOLDER. Terraform's cache bears only one
# writer; once the provider is there, any number of `init` read it.
install_provider() {
  (
    if command -v flock >/dev/null; then
      exec 8>"$cache/terraform-plugins.lock"
      flock 8
    fi
    terraform -chdir="$1" init -backend=false -lockfile=readonly -no-color
  )
}

# The folder that holds registry.terraform.io/hashicorp/aws of the version that is locked: first the places that
# Terraform documents, then where administrators put such things.
provider_mirror() {
  local version root found
  version=$(sed -n -E 's/^ *version *= *"([^"]+)".*/\1/p' "$terraform_tree/.terraform.lock.hcl")
  for root in "${EAP_TEST_PROVIDER_MIRROR:-}" "$HOME/.terraform.d/plugins" "${XDG_DATA_HOME:-$HOME/.local/share}/terraform/plugins" \
    /usr/local/share/terraform/plugins /usr/share/terraform/plugins /opt /srv /var/lib; do
    [[ -n $root && -d $root ]] || continue
    found=$(find "$root" -maxdepth 6 -type d -path "*/registry.terraform.io/hashicorp/aws/$version" 2>/dev/null | head -n 1)
    [[ -n $found ]] && echo "${found%/registry.terraform.io/*}" && return 0
  done
  return 1
}
