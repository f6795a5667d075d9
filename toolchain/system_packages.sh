#!/bin/sh
# Installs the Debian packages that are missing, all in one go, where we are root; says so where it cannot.
# Those named as arguments, or else those of system_packages.txt.
# A daemon that comes with a package must not start here, in the machine's own network: while apt runs,
# policy-rc.d forbids it (invoke-rc.d(8)). A guard that
# somebody else put there stays.
set -u

# shellcheck disable=SC2046 - one word a package
[ $# -gt 0 ] || set -- $(sed 's/#.*//' "${0%.sh}.txt" | awk 'NF { print $1 }')
missing=
for package; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "packages are missing and cannot be installed here:$missing"
  exit 0
fi

guard=/usr/sbin/policy-rc.d
if [ ! -e "$guard" ]; then
  trap 'rm -f "$guard"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' > "$guard"
  chmod +x "$guard"
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 - one word a package
apt-get install -qq -y --no-install-recommends $missing >/dev/null 2>&1 ||
  { apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing >/dev/null; } ||
  echo "packages are missing and could not be installed:$missing"
exit 0
