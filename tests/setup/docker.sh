# The same servers out of a container engine, for machines that are not Debian. The containers are ours and are
# removed at the end.

docker_answers() {
  command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1
}

# start_container NAME IMAGE PASSWORD_VARIABLE CLIENT: sets server_url.
start_container() {
  local name=$1 image=$2 password_variable=$3 client=$4 id port
  say "starting $image with Docker"
  id=$(docker run --detach --rm --publish 127.0.0.1::3306 --env "$password_variable=$database_password" "$image") || return 1
  containers+=("$id")
  port=$(docker port "$id" 3306/tcp | head -n 1) || return 1
  port=${port##*:}
  wait_for_container "$name" "$id" "$client" || return 1
  server_url="mysql://root:$database_password_in_url@127.0.0.1:$port"
}

# The images first run a server without a port to prepare themselves: only TCP tells when the real one is there.
wait_for_container() {
  local name=$1 id=$2 client=$3 deadline=$((SECONDS + 120))
  while ((SECONDS < deadline)); do
    docker exec "$id" "$client" --host=127.0.0.1 --user=root --password="$database_password" --execute='SELECT 1' \
      >/dev/null 2>&1 && return 0
    sleep 1
  done
  say "$name did not answer within two minutes; its last lines:"
  docker logs --tail 20 "$id" >&2
  return 1
}

stop_containers() {
  ((${#containers[@]} == 0)) || docker rm --force "${containers[@]}" >/dev/null 2>&1 || true
  containers=()
}
