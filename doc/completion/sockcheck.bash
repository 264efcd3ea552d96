# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# sockcheck.bash - bash completion for the plugins of sockcheck
#
# The plugins say themselves which options and metrics they have: --help is printed from the same
# tables that are used for reading options.

# _sockcheck_options PLUGIN: an option a line, and its argument if it takes one.
_sockcheck_options() {
	"$1" --help 2>/dev/null | sed -n '
		/^Metrics/q
		s/^  \(-[^-]\), \(--[^ ]*\)\( [^ ][^ ]*\)\{0,1\}.*/\1\3\n\2\3/p
		s/^      \(--[^ ]*\)\( [^ ][^ ]*\)\{0,1\}.*/\1\2/p'
}

_sockcheck_metrics() {
	"$1" --help 2>/dev/null | sed -n '/^Metrics/,/^$/s/^  \([a-z][a-z0-9_]*\) .*/\1/p'
}

# _sockcheck_words PLUGIN OPTION ARGUMENT: what may follow, as arguments of compgen in `generate`.
_sockcheck_words() {
	local states='established syn_sent syn_recv fin_wait1 fin_wait2 time_wait close close_wait
		last_ack listen closing all connected synchronized'
	case $2 in
	-w | --warning | -c | --critical) generate=(-S "=" -W "$(_sockcheck_metrics "$1")") ;;
	-m | --metric) generate=(-W "$(_sockcheck_metrics "$1")") ;;
	-s | --state) generate=(-W "$states") ;;
	-P | --protocol)
		generate=(-W 'tcp tcp4 tcp6 udp udp4 udp6 unix raw raw4 raw6 sctp sctp4 sctp6 mptcp mptcp4
			mptcp6 inet inet4 inet6 all')
		;;
	-p | --port | --remote-port | --allow) generate=(-A service) ;;
	--direction) generate=(-W 'inbound outbound') ;;
	--group-by)
		generate=(-W 'local-port remote-port local-address remote-address remote user unit command pid')
		;;
	--source) generate=(-W 'auto netlink procfs') ;;
	--no-match-state) generate=(-W 'ok warning critical unknown') ;;
	--output-format) generate=(-W 'text json') ;;
	-u | --user) generate=(-u) ;;
	*)
		case $3 in
		FILE | PATH | *'|PATH|'*) generate=(-f) ;;
		DIR) generate=(-d) ;;
		*) generate=(-W '') ;;
		esac
		;;
	esac
}

# bash cuts words at `=`: `-w established=500,tim` arrives in three pieces, `--state=est` too.
_sockcheck() {
	local at=$((COMP_CWORD - 1)) current=${COMP_WORDS[COMP_CWORD]} option argument generate list=''

	if [ "$current" = = ]; then
		current=''
		at=$COMP_CWORD
	fi
	while [ "${COMP_WORDS[at]}" = = ]; do
		[[ ${COMP_WORDS[--at]} != --* ]] || break
		at=$((at - 1))
	done
	option=${COMP_WORDS[at]}

	COMPREPLY=()
	argument=$(_sockcheck_options "$1" | awk -v option="$option" '$1 == option { print $2 }')
	if [ -z "$argument" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_sockcheck_options "$1" | sed 's/ .*//')" -- "$current")
		return
	fi
	case $argument in
	LIST | LIMITS)
		# The last item; more may follow.
		list=${current%"${current##*,}"}
		compopt -o nospace
		;;
	esac
	_sockcheck_words "$1" "$option" "$argument"
	[[ ${generate[0]} != -[fd] ]] || compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -P "$list" "${generate[@]}" -- "${current##*,}")
}

complete -F _sockcheck check_conn_count check_ephemeral_ports check_listen_audit check_port_listen \
	check_proc_sockets
