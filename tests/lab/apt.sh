# SPDX-License-Identifier: GPL-2.0
# Debian's packages for the lab that are not to be installed on this machine: apt with a configuration, lists, a cache and
# a status of its own, all below one directory. Sourced.

# The mirror is the one this machine uses for its own release, in whatever format its apt sources are.
apt_mirror()
{
	local release

	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $release" 2>/dev/null | head -n 1
}

# apt_conf DIR SUITE...: DIR/apt.conf, for apt-get -c. Fails when this machine's apt knows no mirror.
apt_conf()
{
	local dir=$1 uri suite

	shift
	uri=$(apt_mirror)
	[ -n "$uri" ] || return
	mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/none"
	: >"$dir/status"
	for suite; do
		echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
	done >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-END
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "$dir/none";
		Dir::Etc::preferences "$dir/none/preferences";
		Dir::Etc::preferencesparts "$dir/none";
		Dir::State "$dir";
		Dir::State::lists "$dir/lists";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir";
		Dir::Cache::archives "$dir/archives";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Binary::apt-get::APT::Keep-Downloaded-Packages "true";
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Post-Invoke;
		#clear DPkg::Pre-Install-Pkgs;
	END
}

# apt_update DIR: its lists; fails when a mirror does not answer.
apt_update()
{
	apt-get -c "$1/apt.conf" -q update >"$1/log" 2>&1 && ! grep -q '^[WE]: ' "$1/log"
}
