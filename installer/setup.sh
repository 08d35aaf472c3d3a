# Sourced by run.sh and test.sh. Installs what is missing from packages.txt and sets the build up.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Clones of the project share what ccache keeps, wherever they lie.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=true

# A root shell needs no sudo, and a machine without sudo gets a plain message.
asRoot() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "installer: not root and no sudo; run as root once: $*" >&2
        exit 1
    fi
}

# installPackages PURPOSE...: the packages of these purposes that are not installed yet.
installPackages() {
    local wanted missing=() package
    wanted=$(awk -v purposes=" $* " '/^#/ || NF < 2 { next } index(purposes, " " $1 " ") { print $2 }' installer/packages.txt)
    for package in $wanted; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "installer: installing ${missing[*]}"
    asRoot apt-get update -qq
    asRoot env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# buildPreset PRESET [TARGET...]
buildPreset() {
    local preset=$1 launcher=()
    shift
    command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    cmake --preset "$preset" "${launcher[@]}" >"/tmp/ahascope-configure-$$.log" 2>&1 || {
        cat "/tmp/ahascope-configure-$$.log" >&2
        exit 1
    }
    rm -f "/tmp/ahascope-configure-$$.log"
    cmake --build --preset "$preset" ${1:+--target "$@"}
}
