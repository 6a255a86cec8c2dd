# --- The agent. ---

agent() {
	"$PREFIX/sbin/warifu-agent" "$@"
}

is_enrolled() {
	[ -e "$STATE/channel/identity/current" ]
}

look() {
	STATUS=$(agent status --json 2>/dev/null) || :
}

member() { # NAME, of what look() saw
	printf '%s\n' "$STATUS" |
		sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" |
		sed 's/^null$//'
}

problem() {
	printf '%s\n' "$STATUS" |
		sed -n 's/.*"last_error":"\(\([^"\\]\|\\.\)*\)".*/\1/p'
}

with_systemd() {
	[ -d /run/systemd/system ] && have systemctl
}

start_agent() {
	if with_systemd; then
		systemctl daemon-reload && systemctl -q enable warifu-agent &&
			systemctl restart warifu-agent
	else
		(cd / && exec setsid "$PREFIX/sbin/warifu-agent" run \
			</dev/null >>"$LOG" 2>&1) &
	fi
}

# Ends when nobody works in the state directory any more.
stop_agent() {
	[ -x "$PREFIX/sbin/warifu-agent" ] || return 0
	if with_systemd; then
		systemctl -q stop warifu-agent 2>/dev/null
	fi
	tries=0
	while look && pid=$(member pid) && [ -n "$pid" ]; do
		[ $((tries % 10)) != 0 ] || kill "$pid" 2>/dev/null
		tries=$((tries + 1))
		[ "$tries" -lt 45 ] || return 1
		sleep 1
	done
}

has_spent_token() {
	[ "$(cat "$STATE/channel/token.sha256" 2>/dev/null)" = \
		"$(printf '%s' "$TOKEN" | sha256sum | sed 's/ .*//')" ]
}

# Has the agent that runs now refreshed by its certificate? Times are of one
# form, so their order is that of the letters.
is_proven() {
	started=$(member started_at)
	success=$(member last_success_at)
	[ "$(member running)" = true ] && [ "$(member enrolled)" = true ] &&
		[ "$(member authentication)" = certificate ] &&
		[ "$(member failures)" = 0 ] && [ -n "$success" ] &&
		[ "$started" != "$STARTED_BEFORE" ] &&
		[ "$(printf '%s\n%s\n' "$started" "$success" | sort |
			head -n 1)" = "$started" ]
}

# Waiting longer would change nothing.
is_hopeless() {
	[ "$(member started_at)" != "$STARTED_BEFORE" ] || return 1
	case $(member last_error_code) in
	token_* | publication_key | publication_fleet | bootstrap | \
		server_not_yet_valid | server_expired | computer_revoked | \
		computer_retired) return 0 ;;
	esac
	return 1
}

wait_for_proof() {
	say "Waiting for the server to accept this computer" \
		"サーバーがこのコンピューターを受け入れるのを待っています"
	left=$WAIT
	while [ "$left" -gt 0 ]; do
		look
		is_proven && return 0
		is_enrolled || ! is_hopeless || return 1
		left=$((left - 1))
		sleep 1
	done
	return 1
}

explain() {
	if [ "$(member authentication)" = credential ]; then
		say "Something on the way ends TLS and takes this computer's \
certificate away. Exempt port $WARIFU_AGENT_PORT of $SERVER from inspection." \
			"途中の機器が TLS を終端し、このコンピューターの証明書を取り除いています。$SERVER のポート $WARIFU_AGENT_PORT を検査の対象外にしてください。"
		return 0
	fi
	case $(member last_error_code) in
	token_unknown) say "The server does not know this token." \
		"サーバーはこのトークンを知りません。" ;;
	token_used) say "The token has been used up. Make a new one." \
		"トークンは使用済みです。新しいものを作成してください。" ;;
	token_expired) say "The token has expired. Make a new one." \
		"トークンの有効期限が切れています。新しいものを作成してください。" ;;
	token_revoked) say "The token was revoked. Make a new one." \
		"トークンは失効しています。新しいものを作成してください。" ;;
	token_address) say "The token is not for this computer's address." \
		"トークンはこのコンピューターのアドレスでは使えません。" ;;
	server_name) say "The name $SERVER is not known here. Check DNS." \
		"$SERVER という名前が見つかりません。DNS を確認してください。" ;;
	server_unreachable | server_timeout) say "$SERVER cannot be reached on \
port $WARIFU_HTTPS_PORT or $WARIFU_AGENT_PORT. Check firewalls on the way." \
		"$SERVER のポート $WARIFU_HTTPS_PORT または $WARIFU_AGENT_PORT に接続できません。途中のファイアウォールを確認してください。" ;;
	server_not_yet_valid | server_expired | clock_wrong) say "This \
computer's clock ($(date)) or the server's is wrong, or the server's \
certificate has expired. Set the clock." \
		"このコンピューターの時計 ($(date)) かサーバーの時計がずれているか、サーバー証明書の期限が切れています。時計を合わせてください。" ;;
	server_untrusted) say "The server's certificate is not for $SERVER, or \
something on the way intercepts TLS. Its names: $WARIFU_NAMES" \
		"サーバー証明書が $SERVER のものではないか、途中で TLS が傍受されています。証明書の名前: $WARIFU_NAMES" ;;
	publication_key | publication_fleet) say "Another server answers at \
$SERVER than the one that made this script." \
		"$SERVER で応答しているのは、このスクリプトを作成したサーバーではありません。" ;;
	'') say "The agent has not said why. See $LOG or: journalctl -u \
warifu-agent" "エージェントは理由を報告していません。$LOG または journalctl -u warifu-agent を確認してください。" ;;
	*) say "The agent says: $(problem)" "エージェントの報告: $(problem)" ;;
	esac
}

# --- The token. ---

ask_token() {
	if [ -n "$JA" ]; then
		printf '登録トークン: ' >&2
	else
		printf 'Enrolment token: ' >&2
	fi
	trap 'stty echo; exit 1' INT TERM HUP
	stty -echo
	IFS= read -r TOKEN
	stty echo
	trap - INT TERM HUP
	echo >&2
}

read_token() {
	case $TOKEN_FILE in
	-) IFS= read -r TOKEN || : ;;
	?*)
		[ -r "$TOKEN_FILE" ] || misuse "cannot read $TOKEN_FILE" \
			"$TOKEN_FILE を読めません"
		IFS= read -r TOKEN <"$TOKEN_FILE" || :
		;;
	*)
		TOKEN=${WARIFU_TOKEN:-}
		[ -n "$TOKEN" ] || ! [ -t 0 ] || ask_token
		;;
	esac
	unset WARIFU_TOKEN
	case $TOKEN in
	'') misuse "an enrolment token is needed; give it with --token-file" \
		"登録トークンが必要です。--token-file で渡してください" ;;
	*[!A-Za-z0-9_-]*) misuse "that is not an enrolment token" \
		"それは登録トークンではありません" ;;
	esac
}

write_bootstrap() {
	(
		umask 077
		printf '{"server":"%s","https_port":%s,"agent_port":%s,' \
			"$SERVER" "$WARIFU_HTTPS_PORT" "$WARIFU_AGENT_PORT"
		printf '"publication_key":"%s","token":"%s"}\n' \
			"$WARIFU_PUBLICATION_KEY" "$TOKEN"
	) >"$STAGE/bootstrap" && put "$STAGE/bootstrap" "$BOOTSTRAP" 0600
}

