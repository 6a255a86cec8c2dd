# What follows is the same in every installer of this version.
set -u
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

PREFIX=/usr/local
case $0 in
/*/share/warifu/install.sh) PREFIX=${0%/share/warifu/install.sh} ;;
esac
STATE=/var/lib/warifu-agent
ETC=/etc/warifu
BOOTSTRAP=$ETC/agent-bootstrap.json
RECORD=$ETC/agent-install
UNIT=/etc/systemd/system/warifu-agent.service
LOG=/var/log/warifu-agent.log
AGENT_USER=warifu-agent
ROOM_KB=20480 # what programs, state and a log need at the least

ACTION=install
SERVER=$WARIFU_SERVER
TOKEN=
TOKEN_FILE=
WAIT=90
MAY_START=yes
REENROL=
PACKAGES=
PURGE=
STAGE=
MADE_PREFIX=
UNDO=
OLD=0
STATUS=
STARTED_BEFORE=
WHY=

JA=
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
ja*) JA=yes ;;
esac

# Each message is given in English and in Japanese.
say() {
	if [ -n "$JA" ]; then
		printf '%s\n' "$2"
	else
		printf '%s\n' "$1"
	fi
}

complain() {
	say "warifu-install: $1" "warifu-install: $2" >&2
}

have() {
	command -v "$1" >/dev/null 2>&1
}

usage() {
	say "Usage: sh warifu-install.sh [OPTION]...
Installs the Warifu agent on this computer and enrols it. Run it as root.

  --server NAME       the server's name or address ($WARIFU_SERVER)
  --token-file FILE   read the enrolment token from FILE; - is standard input.
                      Otherwise it comes from the variable WARIFU_TOKEN, or is
                      asked for on the terminal
  --reenrol           enrol anew although this computer is enrolled
  --install-packages  install missing Debian packages with apt-get
  --prefix DIR        where the programs go (/usr/local)
  --no-start          install, but do not start the agent
  --wait SECONDS      how long to wait for the agent to be accepted (90)
  --uninstall         remove the agent; its state and configuration stay
  --purge             with --uninstall: remove these too
  --help              print this

Exit code: 0 done; 1 failed, and this computer is as it was; 2 wrong use;
3 enrolled, but the server has not seen the certificate yet." \
	"使い方: sh warifu-install.sh [オプション]...
Warifu エージェントをこのコンピューターにインストールし、登録します。root で実行してください。

  --server 名前       サーバーの名前またはアドレス ($WARIFU_SERVER)
  --token-file ファイル  登録トークンをファイルから読みます。- は標準入力です。
                      指定しなければ変数 WARIFU_TOKEN を使うか、端末で尋ねます
  --reenrol           登録済みのコンピューターをもう一度登録します
  --install-packages  足りない Debian パッケージを apt-get で入れます
  --prefix フォルダー  プログラムの置き場所 (/usr/local)
  --no-start          インストールだけして、エージェントを起動しません
  --wait 秒数         エージェントが受け入れられるまで待つ時間 (90)
  --uninstall         エージェントを削除します。状態と設定は残します
  --purge             --uninstall と共に使い、状態と設定も削除します
  --help              この説明を表示します

終了コード: 0 完了、1 失敗 (コンピューターは元のまま)、2 使い方の誤り、
3 登録済みだが、サーバーがまだ証明書を確認していない。"
}

misuse() {
	complain "$1" "$2"
	complain "try --help" "--help を参照してください"
	exit 2
}

# --- Going back: commands, the newest first, one a line. ---

undo() {
	UNDO="$1
$UNDO"
}

# Nothing may come between once it has begun.
roll_back() {
	trap '' INT TERM HUP
	todo=$UNDO
	UNDO=
	while [ -n "$todo" ]; do
		line=${todo%%
*}
		todo=${todo#*
}
		[ -z "$line" ] || eval "$line" >/dev/null 2>&1
	done
	[ -z "$STAGE" ] || rm -rf "$STAGE"
	[ -z "$MADE_PREFIX" ] || rmdir "$PREFIX"
	STAGE=
}

give_up() {
	complain "$1" "$2"
	if [ -n "$UNDO$STAGE" ]; then
		roll_back
		complain "Nothing was changed on this computer." \
			"このコンピューターは元のままです。"
	fi
	exit 1
}

# Never through a link that somebody else could have put there: all of these
# folders are root's.
make_dir() {
	[ -d "$1" ] && return 0
	make_dir "$(dirname "$1")" || return 1
	mkdir -m 0755 "$1" || return 1
	undo "rmdir '$1'"
	printf 'dir %s\n' "$1" >>"$STAGE/made"
}

# SOURCE TARGET MODE: replaced as a whole, the old one is kept until the end.
put() {
	make_dir "$(dirname "$2")" || return 1
	if [ -e "$2" ]; then
		OLD=$((OLD + 1))
		cp -p "$2" "$STAGE/old.$OLD" || return 1
		undo "cp -p '$STAGE/old.$OLD' '$2.old' && mv -f '$2.old' '$2'"
	else
		undo "rm -f '$2'"
	fi
	undo "rm -f '$2.new'"
	install -m "$3" -o root -g root "$1" "$2.new" && mv -f "$2.new" "$2"
}

