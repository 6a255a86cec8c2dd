# --- Installing. ---

begin() {
	if ! [ -d "$PREFIX" ] && mkdir -m 0755 "$PREFIX"; then
		MADE_PREFIX="dir $PREFIX"
	fi
	STAGE=$(mktemp -d "$PREFIX/.warifu-install.XXXXXX") || give_up \
		"$PREFIX cannot be written to" "$PREFIX に書き込めません"
	printf '%s\n' "$MADE_PREFIX" >"$STAGE/made"
	trap 'give_up "interrupted" "中断されました"' INT TERM HUP
}

make_user() {
	id -u "$AGENT_USER" >/dev/null 2>&1 && return 0
	useradd --system --user-group --no-create-home --home-dir /nonexistent \
		--shell /usr/sbin/nologin "$AGENT_USER" || return 1
	undo "userdel '$AGENT_USER'"
	echo user >>"$STAGE/made"
}

put_unit() {
	sed "s|@PREFIX@|$PREFIX|g" "$STAGE/new/warifu-agent.service" \
		>"$STAGE/unit" && put "$STAGE/unit" "$UNIT" 0644
}

# What an uninstall takes away again, of this time and of earlier ones.
put_record() {
	cat "$RECORD" "$STAGE/made" 2>/dev/null | sort -u | sed '/^$/d' \
		>"$STAGE/record"
	put "$STAGE/record" "$RECORD" 0644
}

put_files() {
	put "$STAGE/new/libexec/warifu/warifu-agent-channel" \
		"$PREFIX/libexec/warifu/warifu-agent-channel" 0755 &&
		put "$STAGE/new/sbin/warifu-agent" \
			"$PREFIX/sbin/warifu-agent" 0755 &&
		put "$STAGE/new/share/man/man8/warifu-agent.8" \
			"$PREFIX/share/man/man8/warifu-agent.8" 0644 &&
		{ ! [ -f "$0" ] ||
			put "$0" "$PREFIX/share/warifu/install.sh" 0755; } &&
		{ [ -e "$ETC/agent.conf" ] || put "$STAGE/new/agent.conf" \
			"$ETC/agent.conf" 0644; } &&
		{ ! with_systemd || put_unit; }
}

# A state without an identity is nobody's: it is as before after a failure.
keep_state() {
	is_enrolled && return 0
	if [ -d "$STATE" ]; then
		cp -a "$STATE" "$STAGE/state" || return 1
		undo "rm -rf '$STATE' && cp -a '$STAGE/state' '$STATE'"
	else
		undo "rm -rf '$STATE'"
	fi
	[ -e "$LOG" ] || undo "rm -f '$LOG'"
}

undo_start() {
	if [ -n "$1" ]; then
		undo "start_agent"
	elif with_systemd; then
		undo "systemctl daemon-reload"
	fi
}

change_everything() {
	look
	was_running=$(member pid)
	STARTED_BEFORE=$(member started_at)
	undo_start "$was_running"
	keep_state && make_user && put_files &&
		put_record || return 1
	[ -z "$TOKEN" ] || write_bootstrap
}

finish() {
	[ -z "$TOKEN" ] || rm -f "$BOOTSTRAP"
	UNDO=
	rm -rf "$STAGE"
	STAGE=
}

# A token that the server refuses is no reason for the agent to give up what it
# has, so only this shows that it was.
check_reenrolled() {
	[ -z "$WAS_ENROLLED" ] || [ -z "$REENROL" ] || has_spent_token ||
		give_up "the server refused the token: it is used up, expired, \
revoked, or another computer's. This computer keeps the identity that it had." \
			"サーバーがトークンを拒否しました (使用済み、期限切れ、失効、または別のコンピューター用です)。このコンピューターの登録は元のままです。"
}

run_agent() {
	undo "stop_agent; ! with_systemd || systemctl -q disable warifu-agent"
	[ -z "$was_running" ] || stop_agent ||
		give_up "the running agent does not end" \
			"動作中のエージェントが終了しません"
	start_agent || give_up "the service cannot be started" \
		"サービスを起動できません"
	if wait_for_proof; then
		check_reenrolled
		finish
		say "This computer is managed by $SERVER (its id is \
$(member computer_id))." \
			"このコンピューターは $SERVER の管理対象になりました (ID: $(member computer_id))。"
		return 0
	fi
	if [ -z "$WAS_ENROLLED" ] && is_enrolled; then
		finish
		complain "the computer is enrolled, but the server has not \
accepted its certificate yet; the agent goes on trying. $(explain)" \
			"コンピューターは登録されましたが、サーバーはまだ証明書を受け入れていません。エージェントは試行を続けます。$(explain)"
		exit 3
	fi
	give_up "the server did not accept this computer. $(explain)" \
		"サーバーがこのコンピューターを受け入れませんでした。$(explain)"
}

tell_how_to_start() {
	with_systemd || say \
		"systemd does not run here: have this started with the \
computer: $PREFIX/sbin/warifu-agent" \
		"systemd が動いていません。次のプログラムがコンピューターの起動時に実行されるようにしてください: $PREFIX/sbin/warifu-agent"
}

do_install() {
	WAS_ENROLLED=
	! is_enrolled || WAS_ENROLLED=yes
	if [ -n "$WAS_ENROLLED" ] && [ -z "$REENROL" ]; then
		say "This computer is enrolled and keeps its identity; the \
programs are brought up to date." \
			"このコンピューターは登録済みです。登録はそのままで、プログラムを更新します。"
	else
		read_token
	fi
	begin
	check_room
	get_archive
	check_glibc
	check_libraries
	check_agent_port
	change_everything || give_up "the files cannot be installed" \
		"ファイルをインストールできません"
	if [ -z "$MAY_START" ]; then
		UNDO=
		rm -rf "$STAGE"
		say "Installed, not started. To start it: \
$(with_systemd && echo "systemctl enable --now warifu-agent" ||
			echo "$PREFIX/sbin/warifu-agent")" \
			"インストールしましたが、起動していません。起動するには: \
$(with_systemd && echo "systemctl enable --now warifu-agent" ||
				echo "$PREFIX/sbin/warifu-agent")"
		return 0
	fi
	run_agent
	tell_how_to_start
}

# --- Removing. ---

remove_programs() {
	rm -f "$UNIT" "$LOG" "$PREFIX/sbin/warifu-agent" \
		"$PREFIX/libexec/warifu/warifu-agent-channel" \
		"$PREFIX/share/man/man8/warifu-agent.8" \
		"$PREFIX/share/warifu/install.sh"
	! with_systemd || systemctl daemon-reload
}

# The record outlives the programs, so that a later purge knows.
purge() {
	rm -rf "$STATE"
	rm -f "$ETC/agent.conf" "$BOOTSTRAP" "$RECORD"
	case $1 in
	*user*) userdel "$AGENT_USER" 2>/dev/null ;;
	esac
}

do_uninstall() {
	record=$(cat "$RECORD" 2>/dev/null)
	[ -e "$PREFIX/sbin/warifu-agent" ] || [ -n "$record" ] || give_up \
		"no agent is installed below $PREFIX." \
		"$PREFIX にエージェントはインストールされていません。"
	stop_agent || give_up "the running agent does not end" \
		"動作中のエージェントが終了しません"
	! with_systemd || systemctl -q disable warifu-agent 2>/dev/null
	remove_programs
	[ -z "$PURGE" ] || purge "$(printf '%s\n' "$record" | grep '^user$')"
	# Deeper folders first; what is not empty is not ours alone.
	printf '%s\n' "$record" | sed -n 's/^dir //p' | sort -r |
		while IFS= read -r folder; do
			rmdir "$folder" 2>/dev/null
		done
	say "The agent is removed. The server lists this computer until \
somebody retires or revokes it there." \
		"エージェントを削除しました。サーバー側でリタイアまたは失効させるまで、このコンピューターは一覧に残ります。"
	[ -n "$PURGE" ] || say "Its state is kept in $STATE and its \
configuration in $ETC; --uninstall --purge removes them." \
		"状態は $STATE に、設定は $ETC に残っています。--uninstall --purge で削除できます。"
}

# --- The command line. ---

check_words() {
	case $SERVER in
	'' | [-.]* | *[!A-Za-z0-9.:-]*) misuse "\"$SERVER\" is no server name" \
		"「$SERVER」はサーバー名ではありません" ;;
	esac
	case $PREFIX in
	*[!A-Za-z0-9._/-]* | *..* | */ | [!/]*) misuse "--prefix takes an \
absolute path of letters, digits and ._-/" \
		"--prefix には英数字と ._-/ からなる絶対パスを指定してください" ;;
	esac
	case $WAIT in
	'' | *[!0-9]* | ??????*) misuse "--wait takes a number of seconds" \
		"--wait には秒数を指定してください" ;;
	esac
	[ -z "$PURGE" ] || [ "$ACTION" = uninstall ] || misuse \
		"--purge goes with --uninstall" \
		"--purge は --uninstall と一緒に指定してください"
}

main() {
	while [ $# -gt 0 ]; do
		case $1 in
		--server | --token-file | --prefix | --wait)
			[ $# -ge 2 ] || misuse "$1 needs a value" \
				"$1 には値が必要です"
			case $1 in
			--server) SERVER=$2 ;;
			--token-file) TOKEN_FILE=$2 ;;
			--prefix) PREFIX=$2 ;;
			--wait) WAIT=$2 ;;
			esac
			shift
			;;
		--reenrol) REENROL=yes ;;
		--install-packages) PACKAGES=yes ;;
		--no-start) MAY_START= ;;
		--uninstall) ACTION=uninstall ;;
		--purge) PURGE=yes ;;
		--help | -h)
			usage
			exit 0
			;;
		--token | --token=*) misuse "a token on the command line can \
be read by every user of this computer; use --token-file" \
			"コマンドラインのトークンはこのコンピューターの全ユーザーに見えます。--token-file を使ってください" ;;
		*) misuse "there is no option $1" "$1 というオプションはありません" ;;
		esac
		shift
	done
	check_words
	check_machine
	if [ "$ACTION" = uninstall ]; then
		do_uninstall
	else
		do_install
	fi
}

# Read to the end before anything is done: it may remove this very file.
main "$@"; exit $?
