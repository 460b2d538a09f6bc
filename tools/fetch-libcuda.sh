#!/bin/sh
# Fetches Debian's driver library into build/libcuda (3 MB). It loads without a GPU, so the tests can check that every
# driver symbol the engine uses exists in a real driver. Nothing is installed; needs apt-get, dpkg and a Debian mirror.
set -e
cd "$(dirname "$0")/.."
dir=$PWD/build/libcuda
mirror=${1:-http://deb.debian.org/debian}
apt=$dir/apt
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
touch "$apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm contrib non-free non-free-firmware" > "$apt/sources.list"
options="-qq -o Dir::Etc::sourcelist=$apt/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State=$apt -o Dir::State::status=$apt/status -o Dir::Cache=$apt"
apt-get $options update
cd "$dir"
apt-get $options download libcuda1
dpkg -x libcuda1_*.deb "$dir"
cp -L "$(find "$dir/usr" -name 'libcuda.so.1' | head -1)" "$dir/libcuda.so.1"
echo "$dir/libcuda.so.1"
