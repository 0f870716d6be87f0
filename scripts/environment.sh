# Makes a machine ready for bpstudio: system packages, .venv, Python packages. Sourced by run, test and check.
# Everything done once is remembered in .venv, so that a second start asks neither apt nor the network.
# shellcheck shell=bash

PROJECT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$PROJECT/.venv

# For pip, and what Qt's wheels expect of the system; a missing xcb library would abort the window without a word.
RUN_PACKAGES=(
    ca-certificates libegl1 libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libxkbcommon0 libxkbcommon-x11-0
    libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
    libxcb-shape0 libxcb-xkb1 libwayland-client0 libwayland-cursor0 libwayland-egl1 fonts-dejavu-core
)
TEST_PACKAGES=(xvfb xauth)
# Each processor tests; who is done takes over from the others.
AT_ONCE=(-n auto --maxprocesses 8 --dist worksteal)

say() { printf 'bpstudio: %s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# Those of the named Debian packages that are not installed, under that name or, since Ubuntu 24.04 and Debian 13
# renamed some libraries, with t64 at the end. dpkg-query fails for names it has never heard: that is an answer too.
missing_packages() {
    local package known
    known=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "$@" "${@/%/t64}" 2>/dev/null) || true
    for package in "$@"; do
        case $'\n'$known$'\n' in
            *$'\n'"$package installed"$'\n'* | *$'\n'"${package}t64 installed"$'\n'*) ;;
            *) printf '%s\n' "$package" ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then env "$@"; else sudo env "$@"; fi
}

# Installs the named Debian packages that are missing, after saying which.
install_packages() {
    command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || return 0
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "${BPSTUDIO_NO_APT:-0}" = 1 ]; then
        say "not installing (BPSTUDIO_NO_APT=1): ${missing[*]}"
    elif [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        say "neither root nor sudo, so these system packages stay missing: ${missing[*]}"
    else
        say "installing with apt-get: ${missing[*]}"
        # One broken third-party list must not stop us: what counts is whether the install works.
        [ -n "${APT_IS_UPDATED:-}" ] ||
            as_root DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -qq update </dev/null ||
            say "apt-get update had problems; going on with the lists there are"
        APT_IS_UPDATED=1
        as_root DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -qq install -y \
            --no-install-recommends "${missing[@]}" </dev/null ||
            stop "apt-get could not install ${missing[*]} (BPSTUDIO_NO_APT=1 goes on without)"
    fi
}

is_python_good() {
    command -v "$1" >/dev/null &&
        "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${BPSTUDIO_PYTHON:+"$BPSTUDIO_PYTHON"} python3 python3.13 python3.12 python3.11; do
        if is_python_good "$candidate"; then printf '%s\n' "$candidate"; return; fi
    done
    return 1
}

# Prints a Python ≥ 3.11 with venv; installs the distribution's, and where that is too old (Ubuntu 22.04), its 3.11.
require_python() {
    find_python && return
    install_packages python3 python3-venv >&2
    find_python && return
    install_packages python3.11 python3.11-venv >&2
    find_python && return
    stop "needs Python 3.11 or newer with venv; name one with BPSTUDIO_PYTHON=/path/to/python3"
}

# What the packages in .venv depend on: another pyproject.toml, folder or Python asks for a new install.
wanted_stamp() {
    { printf '%s\n' "$PROJECT"; "$VENV/bin/python" -VV; cat "$PROJECT/pyproject.toml"; } | sha256sum | cut -d' ' -f1
}

is_ready_for() {
    [ -x "$VENV/bin/python" ] && [ "$(cat "$VENV/installed-for-$1" 2>/dev/null)" = "$(wanted_stamp 2>/dev/null)" ]
}

install_python_packages() {
    local purpose=$1 target=$PROJECT python
    [ "$purpose" = run ] || target="${PROJECT}[$purpose]"
    if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        python=$(require_python) || exit 1
        say "making $VENV with $("$python" --version)"
        "$python" -m venv --clear "$VENV"
    fi
    say "installing Python packages into $VENV for: $purpose"
    # Without bytecode the window takes five times as long to open.
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0 PIP_ROOT_USER_ACTION=ignore \
        "$VENV/bin/python" -m pip install --compile --editable "$target" </dev/null ||
        stop "pip could not install the Python packages; its words are above"
    "$VENV/bin/python" -m compileall -q "$PROJECT/bpstudio"
    wanted_stamp >"$VENV/installed-for-$purpose"
}

# prepare run | prepare test: what is missing for that, and nothing when nothing is.
prepare() {
    local purpose=$1 packages=("${RUN_PACKAGES[@]}")
    [ "$purpose" = run ] || packages+=("${TEST_PACKAGES[@]}")
    exec 9<"$PROJECT/scripts/environment.sh"
    flock 9 || true # two starts at once take turns
    install_packages "${packages[@]}"
    is_ready_for "$purpose" || { [ "$purpose" = run ] && is_ready_for test; } || install_python_packages "$purpose"
    exec 9<&-
}

# Looks for the display's socket: a leftover DISPLAY would make Qt abort.
has_display() {
    case "${QT_QPA_PLATFORM:-}" in
        offscreen | minimal) return 1 ;;
    esac
    [ "$(uname)" != Darwin ] || return 0
    if [ -n "${WAYLAND_DISPLAY:-}" ]; then
        case "$WAYLAND_DISPLAY" in
            /*) [ ! -S "$WAYLAND_DISPLAY" ] || return 0 ;;
            *) [ ! -S "${XDG_RUNTIME_DIR:-/nowhere}/$WAYLAND_DISPLAY" ] || return 0 ;;
        esac
    fi
    local number=${DISPLAY:-}
    case "$number" in
        '') return 1 ;;
        :* | unix:*)
            number=${number##*:}
            [ -S "${BPSTUDIO_X11_SOCKETS:-/tmp/.X11-unix}/X${number%%.*}" ]
            ;;
        *) return 0 ;; # a display on another machine, such as ssh -X
    esac
}
