# Real MySQL and MariaDB servers on loopback for one test run: data copied from a template that is made once, thrown
# away at the end. Owns the folder $run and every server it started.
# Never touches a server that it did not start.

readonly database_user=eap database_password='eap-test p@ss' # awkward on purpose: URLs have to quote it
readonly database_password_in_url='eap-test%20p%40ss'
readonly database_name=database.shop.test # what MySQL's certificate says, where a test gives the server a name

# Speed over durability: the data lives as long as one run. Small, so that both fit beside a build.
readonly quick_and_small=(
  --innodb-buffer-pool-size=256M --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --skip-log-bin
  --performance-schema=0 --max-connections=300 --max-allowed-packet=64M
)

# start_mysql: sets mysql_url. Prepares what is missing first.
start_mysql() {
  debian_unpack mysql sid mysql-server-core mysql-client-core || return 1
  make_mysql_template || return 1
  name_mysql_certificate || return 1
  start_server mysql || return 1
  mysql_url=$server_url
}

# start_mariadb: sets mariadb_url. Bookworm has 10.11, the release that is promised; later ones have later servers.
start_mariadb() {
  debian_unpack mariadb bookworm mariadb-server-core mariadb-client-core || return 1
  make_mariadb_template || return 1
  start_server mariadb || return 1
  mariadb_url=$server_url
}

make_mysql_template() {
  local template=$cache/mysql.template
  [[ -d $template ]] && return 0
  say "initialising the MySQL template (once)"
  rm -rf "$template.work"
  mkdir -p "$template.work"
  users_sql >"$cache/users.sql"
  (server_program mysql --initialize-insecure --datadir="$template.work" --init-file="$cache/users.sql") \
    >"$cache/mysql.template.log" 2>&1 || { show_end_of "$cache/mysql.template.log"; return 1; }
  mv "$template.work" "$template"
}

# name_mysql_certificate: the server's own certificate names nobody, and clients that check names refuse it. This one
# is from the same authority.
name_mysql_certificate() {
  local template=$cache/mysql.template work=$run/certificate
  [[ -e $template/.named ]] && return 0
  mkdir -p "$work"
  printf '%s\n' '[req]' 'distinguished_name = none' '[none]' '[names]' "subjectAltName = DNS:$database_name, IP:127.0.0.1" \
    >"$work/settings"
  {
    run_openssl req -new -config "$work/settings" -subj "/CN=$database_name" -key "$template/server-key.pem" -out "$work/request" &&
      run_openssl x509 -req -in "$work/request" -CA "$template/ca.pem" -CAkey "$template/ca-key.pem" -set_serial 4 -days 3650 \
        -sha256 -extfile "$work/settings" -extensions names -out "$template/server-cert.pem"
  } >"$work/log" 2>&1 || { show_end_of "$work/log"; return 1; }
  touch "$template/.named"
}

# The machine's own OpenSSL, or Debian's.
run_openssl() {
  if command -v openssl >/dev/null; then
    openssl "$@"
  else
    debian_unpack openssl bookworm openssl && (debian_exec "$cache/openssl" usr/bin/openssl "$@")
  fi
}

# What mariadb-install-db does, without the shell script's idea of where programs are.
make_mariadb_template() {
  local template=$cache/mariadb.template share=$cache/mariadb/usr/share/mysql
  [[ -d $template ]] && return 0
  say "initialising the MariaDB template (once)"
  rm -rf "$template.work"
  mkdir -p "$template.work/mysql"
  {
    echo 'USE mysql;'
    echo 'SET @auth_root_socket = NULL;'
    cat "$share"/mysql_system_tables.sql "$share"/mysql_performance_tables.sql \
      "$share"/mysql_system_tables_data.sql "$share"/maria_add_gis_sp_bootstrap.sql "$share"/mysql_sys_schema.sql
    echo 'FLUSH PRIVILEGES;'
    users_sql
  } | (server_program mariadb --bootstrap --datadir="$template.work") \
    >"$cache/mariadb.template.log" 2>&1 || { show_end_of "$cache/mariadb.template.log"; return 1; }
  mv "$template.work" "$template"
}

# One statement a line: the bootstrap reader of both servers wants it so.
users_sql() {
  echo "CREATE USER '$database_user'@'%' IDENTIFIED BY '$database_password';"
  echo "GRANT ALL PRIVILEGES ON *.* TO '$database_user'@'%' WITH GRANT OPTION;"
}

# start_server NAME: sets server_url. A port that somebody takes in between is tried again.
start_server() {
  local name=$1 attempt port
  cp -a --reflink=auto "$cache/$name.template" "$run/$name"
  for attempt in 1 2 3; do
    port=$(free_port)
    # shellcheck disable=SC2086 # the variable is a list of options
    server_program "$name" "${quick_and_small[@]}" --datadir="$run/$name" --port="$port" --bind-address=127.0.0.1 \
      --socket="$run/$name.sock" --pid-file="$run/$name.pid" ${EAP_TEST_SERVER_OPTIONS:-} \
      >"$run/$name.log" 2>&1 &
    server_pids+=($!)
    if wait_for_server "$name" $! "$port"; then
      server_url="mysql://$database_user:$database_password_in_url@127.0.0.1:$port"
      return 0
    fi
  done
  show_end_of "$run/$name.log"
  return 1
}

# wait_for_server NAME PID PORT: until it says that it takes connections, at most a minute.
wait_for_server() {
  local name=$1 pid=$2 port=$3 deadline=$((SECONDS + 60))
  while ((SECONDS < deadline)); do
    kill -0 "$pid" 2>/dev/null || return 1
    # The port tells this line from those of a server that is still preparing itself.
    grep -q "port: $port " "$run/$name.log" && return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  return 1
}

# server_program NAME ARGUMENT…: becomes the server.
server_program() {
  local name=$1 as_root=()
  shift
  # Both refuse to run as root unless they are told to.
  [[ $(id -u) == 0 ]] && as_root=(--user=root)
  case $name in
    mysql)
      debian_exec "$cache/mysql" usr/sbin/mysqld --no-defaults --basedir="$cache/mysql/usr" \
        --lc-messages-dir="$cache/mysql/usr/share/mysql" --secure-file-priv= --mysqlx=OFF "${as_root[@]}" "$@"
      ;;
    mariadb)
      debian_exec "$cache/mariadb" usr/sbin/mariadbd --no-defaults --basedir="$cache/mariadb/usr" \
        --lc-messages-dir="$cache/mariadb/usr/share/mysql" --plugin-dir="$cache/mariadb/usr/lib/mysql/plugin" \
        --secure-file-priv= "${as_root[@]}" "$@"
      ;;
  esac
}

# Killed, not asked: what they would write down in good order is deleted next.
stop_servers() {
  local pid
  for pid in "${server_pids[@]}"; do
    kill -KILL "$pid" 2>/dev/null || continue
    wait "$pid" 2>/dev/null || true
  done
  server_pids=()
}

# A loopback port below the range that the kernel hands out to clients, on which nobody answers.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

show_end_of() {
  say "last lines of $1:"
  tail -n 20 "$1" >&2
}
