# Where images go in tests: a registry, a container engine and an AWS of this run's own, all on loopback.
# Owns their data below $run. Never touches an engine or a registry that it did not start.

readonly ministack_version=1.5.33

# start_registry: sets registry_address.
start_registry() {
  debian_unpack docker-registry bookworm docker-registry || return 1
  local port
  port=$(free_port)
  cat >"$run/registry.yml" <<END
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $run/registry}}
http: {addr: "127.0.0.1:$port"}
END
  debian_exec "$cache/docker-registry" usr/bin/docker-registry serve "$run/registry.yml" >"$run/registry.log" 2>&1 &
  server_pids+=($!)
  wait_for_port "$port" $! || { show_end_of "$run/registry.log"; return 1; }
  registry_address=127.0.0.1:$port
}

# start_engine: sets engine_host and engine_programs. Docker's daemon needs root and cannot run by a foreign loader:
# its helpers call themselves. The release's own packages fit the release's own loader.
start_engine() {
  local release root folder
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  root=$cache/docker-$release
  debian_unpack "docker-$release" "$release" docker.io iptables || return 1
  folder=$run/docker
  mkdir -p "$folder/bin"
  local program
  for program in "$root"/usr/bin/* "$root"/usr/sbin/*; do ln -sf "$program" "$folder/bin/"; done
  # Debian's alternatives, which no package script has set up here.
  for program in iptables ip6tables; do ln -sf "$root/usr/sbin/$program-nft" "$folder/bin/$program"; done
  cat >"$folder/dockerd" <<END
#!/bin/sh
export PATH='$folder/bin:/usr/sbin:/usr/bin:/sbin:/bin' LD_LIBRARY_PATH='$(debian_libraries "$root")'
export XTABLES_LIBDIR='$(compgen -G "$root/usr/lib/*-linux-gnu/xtables" | head -n 1)'
exec '$folder/bin/dockerd' "\$@"
END
  chmod +x "$folder/dockerd"
  "${dies_with_us[@]}" "$folder/dockerd" --host "unix://$folder/socket" --data-root "$folder/data" --exec-root "$folder/exec" \
    --pidfile "$folder/pid" --bip "10.$((RANDOM % 200 + 20)).$((RANDOM % 200 + 20)).1/24" >"$run/docker.log" 2>&1 &
  engine_pid=$!
  engine_programs=$folder/client
  mkdir -p "$engine_programs"
  ln -sf "$root/usr/bin/docker" "$engine_programs/docker"
  local deadline=$((SECONDS + 60))
  until DOCKER_HOST="unix://$folder/socket" "$engine_programs/docker" version >/dev/null 2>&1; do
    if ((SECONDS >= deadline)) || ! kill -0 "$engine_pid" 2>/dev/null; then
      show_end_of "$run/docker.log"
      return 1
    fi
    sleep 0.2
  done
  engine_host=unix://$folder/socket
}

# Asked, not killed: it has containers to end and file systems to unmount before its folder can go.
stop_engine() {
  [[ -n ${engine_pid:-} ]] || return 0
  kill -TERM "$engine_pid" 2>/dev/null || return 0
  wait "$engine_pid" 2>/dev/null || true
  engine_pid=
  # The network of its host containers stays mounted otherwise.
  umount "$run"/docker/exec/netns/* 2>/dev/null || true
}

# start_ministack: sets ministack_url, and ministack_python: one with what else it takes to run tasks in containers.
start_ministack() {
  local home=$cache/python-ministack-$ministack_version port
  prepare_python_with "$home" "ministack $ministack_version" 'import ministack, docker, cbor2' \
    "ministack==$ministack_version" docker==7.2.0 cbor2==6.3.0 || return 1
  ministack_python=$home/bin/python
  port=$(free_port)
  # No engine: it shall not start containers of its own.
  GATEWAY_PORT=$port DOCKER_HOST=tcp://127.0.0.1:1 DOCKER_CONFIG=$run/ministack HOME=$run \
    "${dies_with_us[@]}" "$home/bin/python" -m ministack >"$run/ministack.log" 2>&1 &
  server_pids+=($!)
  wait_for_port "$port" $! || { show_end_of "$run/ministack.log"; return 1; }
  ministack_url=http://127.0.0.1:$port
}

# wait_for_port PORT PID: until somebody answers, at most half a minute.
wait_for_port() {
  local port=$1 pid=$2 deadline=$((SECONDS + 30))
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null && ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}
