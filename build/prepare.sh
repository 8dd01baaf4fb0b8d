# Sourced by run and check: finds what they need, installs it (apt, as root) or says in one line what is missing.

need_dotnet() {
  command -v dotnet >/dev/null || { echo "missing: the .NET 10 SDK (\`dotnet\` is not on the PATH)" >&2; exit 1; }
  case "$(dotnet --version 2>/dev/null)" in
    10.*) ;;
    *) echo "missing: the .NET 10 SDK (\`dotnet --version\` says $(dotnet --version 2>&1 | head -1))" >&2; exit 1 ;;
  esac
}

# need TEST PACKAGES WHAT: installs the packages unless the test command succeeds.
need() {
  local test=$1 packages=$2 what=$3
  eval "$test" >/dev/null 2>&1 && return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing $packages"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $packages; } >"${TMPDIR:-/tmp}/gitopsgate-apt.log" 2>&1
    eval "$test" >/dev/null 2>&1 && return 0
  fi
  echo "missing: $what (Debian: apt-get install $packages)" >&2
  return 1
}

# Other people's code that tests compare the gate with; what is not there is skipped by name.
need_foreign() {
  need '/usr/bin/python3 -c "import github, gitlab"' 'python3-github python3-gitlab' 'PyGithub and python-gitlab, which drive the stand-ins for forges' || true
  need 'command -v node && command -v npm' 'nodejs npm' 'Node and npm, for other people'"'"'s signatures and for Prism' || return 0
  local folder=tests/Foreign
  # npm writes the hidden list last, so a half installation is not taken for a whole one.
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return 0
  echo "installing the packages of $folder"
  (cd "$folder" && timeout 180 npm ci --ignore-scripts) >"${TMPDIR:-/tmp}/gitopsgate-npm.log" 2>&1 && return 0
  rm -rf "$folder/node_modules"
  echo "missing: the packages of \`$folder\` (\`npm ci\` failed there); what needs them is skipped by name" >&2
}

need_git() { need 'command -v git' git 'git' || exit 1; }
need_sqlite() { need 'ldconfig -p | grep -q libsqlite3.so.0' libsqlite3-0 "the system's SQLite (libsqlite3.so.0)" || exit 1; }
