# What can be said about the tree without an account. Needs run's variables: terraform_tree, work.

# Before anything else runs Terraform: see install_provider.
initialise() {
  copy_tree "$work/static"
  check "terraform init" install_provider "$work/static"
}

test_statically() {
  local copy=$work/static
  check "terraform fmt" terraform -chdir="$terraform_tree" fmt -check -recursive -diff
  check "terraform validate" terraform -chdir="$copy" validate -no-color
  check "terraform test" terraform -chdir="$copy" test -no-color
  if prepare_checkov; then
    check "checkov" "$checkov" --directory "$terraform_tree" --framework terraform --quiet --compact \
      --skip-download --skip-path tests
    check "checkov of the bootstrap stack" "$checkov" --file "$here/../../cli/src/aws/bootstrap.yaml" \
      --framework cloudformation --quiet --compact --skip-download
  else
    say "skipped: checkov, for want of Python 3 with venv"
  fi
}

# check NAME COMMAND…
check() {
  local name=$1 log started=$SECONDS
  shift
  log=$work/${name// /-}.log
  if "$@" >"$log" 2>&1; then passed "$name" $((SECONDS - started)); else failed "$name" "$log"; fi
}

# Terraform leaves files beside what it reads: never in the checkout.
copy_tree() {
  mkdir -p "$1"
  (cd "$terraform_tree" && find . -name .terraform -prune -o -type f ! -name '*.tfstate*' -print0 | xargs -0 tar -cf -) | tar -xf - -C "$1"
}
