# Sourced before a block of README or a guide. The block ends at its first failure, as a reader would
# notice it: `curl` fails on an HTTP error, and a stream (-N) ends by itself once something has come.
set -euo pipefail

curl() {
  local code=0 log status size limits=()
  log=$(mktemp)
  case " $* " in *" -N "*) limits=(--max-time 3) ;; esac
  command curl --silent --show-error --write-out '%{stderr}answer %{http_code} %{size_download}\n' \
    "${limits[@]}" "$@" 2>"$log" || code=$?
  cat "$log" >&2
  read -r status size < <(sed -n 's/^answer //p' "$log" | tail -n 1)
  if [ -n "${expected_status-}" ]; then
    [ "$status" = "$expected_status" ] && echo "$status" >>"$refusals"
  elif [ ${#limits[@]} -gt 0 ]; then
    [ "$code" = 28 ] && [ "$status" = 200 ] && [ "$size" -gt 0 ]
  else
    [ "$code" = 0 ] && [ "$status" -lt 400 ]
  fi
}

# refused STATUS COMMAND: the command sends one request, which is answered with this status.
refused() {
  local refusals
  refusals=$(mktemp)
  (expected_status=$1 && eval "$2")
  [ "$(cat "$refusals")" = "$1" ]
}

# exits CODE COMMAND: the command ends with this code.
exits() {
  local code=0
  (eval "$2") || code=$?
  [ "$code" = "$1" ]
}
