# An environment from nothing to nothing in an emulated account. Each has an emulator and a copy of the tree.

# A digest is all that the tree wants to know of an image; nothing pulls it here.
readonly image=123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:0000000000000000000000000000000000000000000000000000000000000000

readonly api_key=0123456789abcdef0123456789abcdef
readonly state_bucket=eap-test-state

# start_lifecycles ENVIRONMENT…: side by side, in the background.
start_lifecycles() {
  local environment
  (($#)) || return 0
  if ! prepare_emulator; then
    say "skipped: applying the tree, for want of Python 3 with venv"
    return 0
  fi
  for environment in "$@"; do
    mkdir -p "$work/$environment"
    start_emulator "$work/$environment/emulator.log" || { failed "emulator for $environment"; return 0; }
    AWS_ENDPOINT_URL=$emulator_url live_and_die "$environment" &
    lifecycle_pids+=($!)
  done
}

await_lifecycles() {
  local pid
  for pid in "${lifecycle_pids[@]}"; do
    wait "$pid" || failures=$((failures + 1))
  done
}

# After an interruption: nobody waits for what they built in memory.
stop_lifecycles() {
  local pid
  for pid in "${lifecycle_pids[@]}"; do
    pkill -KILL -P "$pid" 2>/dev/null || true
    kill -KILL "$pid" 2>/dev/null || true
  done
}

# Runs in a subshell; exit 0 when everything passed.
live_and_die() {
  local environment=$1
  # A subshell of its own: the traps of the script are not its.
  trap - EXIT INT TERM
  export TF_VAR_api_key=$api_key
  failures=0 protection=()
  copy_tree "$work/$environment/tree"
  make_state_bucket || { failed "$environment: state bucket"; return 1; }

  stage "$environment" init init -lockfile=readonly -backend-config="$(backend_file "$environment")" || return 1
  stage "$environment" plan plan -out=environment.tfplan || return 1
  # Two cores, and a deal of waiting: the provider mostly sleeps between questions.
  if stage "$environment" apply apply -parallelism=40 environment.tfplan; then
    stage "$environment" "second plan is empty" plan -detailed-exitcode || true
    check_outputs "$environment"
    lift_protection "$environment" || true
  fi
  stage "$environment" destroy destroy -auto-approve -parallelism=40 && nothing_is_left "$environment"
  ((failures == 0))
}

# stage ENVIRONMENT NAME SUBCOMMAND ARGUMENT…: one run of Terraform.
stage() {
  local environment=$1 name=$2 subcommand=$3 started=$SECONDS log variables
  shift 3
  log=$work/$environment/${name// /-}.log
  variables=(-var-file="$here/$environment.tfvars.json" -var=emulated_aws=true -var=container_image="$image" "${protection[@]}")
  # Neither init nor a saved plan takes variables.
  [[ $subcommand != init && $name != apply ]] || variables=()
  if terraform -chdir="$work/$environment/tree" "$subcommand" -no-color "${variables[@]}" "$@" >"$log" 2>&1; then
    passed "$environment: $name" $((SECONDS - started))
  else
    failed "$environment: $name" "$log"
    return 1
  fi
}

# The tree's own backend, with what `eap config backend` would say.
backend_file() {
  cat >"$work/$1/backend.hcl" <<END
bucket         = "$state_bucket"
key            = "$1/terraform.tfstate"
region         = "us-east-1"
use_path_style = true
END
  echo "$work/$1/backend.hcl"
}

make_state_bucket() {
  "$emulator_python" -c "import boto3, sys; boto3.client('s3').create_bucket(Bucket=sys.argv[1])" "$state_bucket"
}

# What a person does before destroying a protected environment. The final snapshot stays on.
lift_protection() {
  local environment=$1
  grep -q 'deletion_protection": true' "$here/$environment.tfvars.json" || return 0
  protection=(-var=deletion_protection=false -var=db_deletion_protection=false)
  stage "$environment" "lift the protection" apply -auto-approve -parallelism=40
}

check_outputs() {
  local environment=$1 log=$work/$1/outputs.log
  if terraform -chdir="$work/$environment/tree" output -json >"$work/$environment/outputs.json" 2>"$log" &&
    python3 "$here/check_outputs.py" "$here/$environment.tfvars.json" "$work/$environment/outputs.json" >>"$log" 2>&1; then
    passed "$environment: outputs" 0
  else
    failed "$environment: outputs" "$log"
  fi
}

nothing_is_left() {
  local environment=$1 log=$work/$1/left.log
  if "$emulator_python" "$here/left_over.py" "$here/$environment.tfvars.json" "$state_bucket" >"$log" 2>&1; then
    passed "$environment: nothing is left" 0
  else
    failed "$environment: nothing is left" "$log"
  fi
}
