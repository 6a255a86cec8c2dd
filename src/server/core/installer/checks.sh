# --- This computer. ---

check_tools() {
	missing=
	for tool in cp df dirname getconf grep gzip head id install ldd mktemp \
		mv sed setsid sha256sum sort tar uname useradd wc; do
		have "$tool" || missing="$missing $tool"
	done
	have curl || have wget || missing="$missing curl"
	[ -z "$missing" ] || give_up \
		"these programs are missing:$missing. Install them first." \
		"次のプログラムがありません:$missing。先にインストールしてください。"
}

check_machine() {
	[ "$(id -u)" = 0 ] || misuse "only root may do this; use sudo" \
		"root だけが実行できます。sudo を使ってください"
	[ "$ACTION" = install ] || return 0
	[ "$(uname -s)" = Linux ] || give_up \
		"this is $(uname -s); the agent is for Linux." \
		"このシステムは $(uname -s) です。エージェントは Linux 用です。"
	[ "$(uname -m)" = "$WARIFU_ARCHITECTURE" ] || give_up \
		"this computer is $(uname -m); the server has an agent for \
$WARIFU_ARCHITECTURE." \
		"このコンピューターは $(uname -m) ですが、サーバーにあるエージェントは \
$WARIFU_ARCHITECTURE 用です。"
	check_tools
}

check_room() {
	for folder in "$PREFIX" /var/lib; do
		free=$(df -Pk "$folder" 2>/dev/null | sed -n '2p' |
			{ read -r _ _ _ kb _ && echo "$kb"; })
		[ "${free:-0}" -ge "$ROOM_KB" ] || give_up \
			"$folder has ${free:-0} KiB left; $ROOM_KB are needed." \
			"$folder の空きは ${free:-0} KiB です。$ROOM_KB KiB 必要です。"
	done
}

check_glibc() {
	needed=$(sed -n 's/^glibc //p' "$STAGE/new/needs")
	got=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc //p')
	[ -n "$got" ] || give_up "this system has no GNU C library." \
		"このシステムには GNU C ライブラリーがありません。"
	[ "$(printf '%s\n%s\n' "$needed" "$got" | sort -V | head -n 1)" = \
		"$needed" ] || give_up \
		"the GNU C library is $got; the agent needs $needed or newer \
(Debian 12 has 2.36)." \
		"GNU C ライブラリーは $got です。エージェントには $needed 以降が必要です \
(Debian 12 は 2.36)。"
}

# The sonames that the loader does not find.
missing_libraries() {
	for program in sbin/warifu-agent libexec/warifu/warifu-agent-channel; do
		ldd "$STAGE/new/$program" 2>/dev/null
	done | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | sort -u
}

packages_of() {
	for library in $1; do
		sed -n "s/^library $library //p" "$STAGE/new/needs"
	done | sort -u | tr '\n' ' '
}

install_packages() {
	say "Installing $1" "$1 をインストールしています"
	# Sorted words of our own archive, not one argument.
	# shellcheck disable=SC2086
	{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install \
		-q -y --no-install-recommends $1; } >"$STAGE/apt.log" 2>&1 || {
		tail -n 15 "$STAGE/apt.log" >&2
		give_up "apt-get could not install $1" \
			"apt-get で $1 をインストールできませんでした"
	}
}

check_libraries() {
	missing=$(missing_libraries)
	[ -n "$missing" ] || return 0
	wanted=$(packages_of "$missing")
	have apt-get || give_up \
		"these libraries are missing: $(echo "$missing" | tr '\n' ' ')" \
		"次のライブラリーがありません: $(echo "$missing" | tr '\n' ' ')"
	[ -n "$PACKAGES" ] || give_up \
		"these packages are missing: $wanted
Install them and try again, or add --install-packages:
    apt-get install --no-install-recommends $wanted" \
		"次のパッケージがありません: $wanted
インストールしてからやり直すか、--install-packages を付けてください:
    apt-get install --no-install-recommends $wanted"
	install_packages "$wanted"
	missing=$(missing_libraries)
	[ -z "$missing" ] || give_up "still missing: $missing" \
		"まだ足りません: $missing"
}

# --- The server. ---

address() { # PORT PATH
	case $SERVER in
	*:*) printf 'https://[%s]:%s%s' "$SERVER" "$1" "$2" ;;
	*) printf 'https://%s:%s%s' "$SERVER" "$1" "$2" ;;
	esac
}

curl_why() {
	case $1 in
	0) WHY= ;;
	6) WHY=name ;;
	7) WHY=closed ;;
	22) WHY=http ;;
	28) WHY=timeout ;;
	*) WHY=other ;;
	esac
}

wget_why() {
	WHY=other
	[ "$1" != 0 ] || WHY=
	[ "$1" != 8 ] || WHY=http
	if grep -q 'unable to resolve' "$STAGE/fetch.err"; then
		WHY=name
	elif grep -q 'timed out' "$STAGE/fetch.err"; then
		WHY=timeout
	elif grep -Eq 'refused|No route|unreachable' "$STAGE/fetch.err"; then
		WHY=closed
	fi
}

# URL FILE BYTES: so many and one more at the most, whoever answers; who that
# is shows later. WHY is empty when it worked.
fetch() {
	if have curl; then
		{
			curl -gkfsS --noproxy '*' --connect-timeout 15 \
				--speed-limit 200 --speed-time 30 "$1" \
				2>"$STAGE/fetch.err"
			echo $? >"$STAGE/fetch.code"
		} | head -c "$(($3 + 1))" >"$2"
		curl_why "$(cat "$STAGE/fetch.code")"
	else
		{
			LC_ALL=C wget -nv --no-check-certificate --no-proxy \
				--tries=1 --timeout=30 -O - "$1" \
				2>"$STAGE/fetch.err"
			echo $? >"$STAGE/fetch.code"
		} | head -c "$(($3 + 1))" >"$2"
		wget_why "$(cat "$STAGE/fetch.code")"
	fi
}

unreachable() { # PORT
	case $WHY in
	name) give_up "the name $SERVER is not known here. Check the name and \
this computer's DNS." \
		"$SERVER という名前が見つかりません。名前と、このコンピューターの DNS を確認してください。" ;;
	closed) give_up "nothing answers at $SERVER, port $1. Check that the \
server runs and that no firewall closes the port." \
		"$SERVER のポート $1 に接続できません。サーバーが動いているか、ファイアウォールがポートを閉じていないかを確認してください。" ;;
	timeout) give_up "$SERVER, port $1, does not answer in time. Check the \
network and firewalls on the way." \
		"$SERVER のポート $1 が時間内に応答しません。ネットワークと途中のファイアウォールを確認してください。" ;;
	http) give_up "$SERVER has no agent to download now. Ask an \
administrator for a new command." \
		"$SERVER から今はエージェントをダウンロードできません。管理者に新しいコマンドを依頼してください。" ;;
	*) give_up "the download from $SERVER, port $1, failed: \
$(head -n 1 "$STAGE/fetch.err")" \
		"$SERVER のポート $1 からのダウンロードに失敗しました: \
$(head -n 1 "$STAGE/fetch.err")" ;;
	esac
}

# Nothing of it is looked at before its SHA-256 is the one in this script.
get_archive() {
	archive=$STAGE/agent.tar.gz
	say "Downloading the agent $WARIFU_VERSION from $SERVER" \
		"$SERVER からエージェント $WARIFU_VERSION をダウンロードしています"
	fetch "$(address "$WARIFU_HTTPS_PORT" /installer/agent.tar.gz)" \
		"$archive" "$WARIFU_ARCHIVE_BYTES"
	got=$(sha256sum "$archive" | sed 's/ .*//')
	if [ "$got" != "$WARIFU_ARCHIVE_SHA256" ]; then
		[ -z "$WHY" ] || [ "$(wc -c <"$archive")" -gt \
			"$WARIFU_ARCHIVE_BYTES" ] ||
			unreachable "$WARIFU_HTTPS_PORT"
		give_up "what came from $SERVER is not the agent that this \
script was made for (its SHA-256 is another one). Either the server has a new \
agent by now: get a new command. Or somebody on the way has changed it." \
			"$SERVER から届いたものは、このスクリプトが対象とするエージェントではありません \
(SHA-256 が違います)。サーバーのエージェントが新しくなったか (新しいコマンドを入手してください)、途中で書き換えられています。"
	fi
	mkdir "$STAGE/new"
	tar -xzf "$archive" -C "$STAGE/new" --no-same-owner || give_up \
		"the archive cannot be unpacked in $STAGE" \
		"アーカイブを $STAGE に展開できません"
}

# A token is spent at the HTTPS port; without the agent port in vain.
check_agent_port() {
	fetch "$(address "$WARIFU_AGENT_PORT" \
		/.well-known/warifu/publication)" "$STAGE/probe" 100000
	case $WHY in
	name | closed | timeout) unreachable "$WARIFU_AGENT_PORT" ;;
	esac
}

