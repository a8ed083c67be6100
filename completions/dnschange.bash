# bash completion for dnschange: the program knows its own words.
_dnschange() {
  local cur words cword
  if declare -F _get_comp_words_by_ref >/dev/null; then
    # Scopes hold colons, at which bash splits words.
    _get_comp_words_by_ref -n : cur words cword
  else
    cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
  fi
  local candidates
  candidates=$("${words[0]}" __complete -- "${words[@]:1:cword}" 2>/dev/null)
  mapfile -t COMPREPLY <<<"$candidates"
  [ -n "$candidates" ] || COMPREPLY=()
  if declare -F __ltrim_colon_completions >/dev/null; then
    __ltrim_colon_completions "$cur"
  fi
}
complete -o default -F _dnschange dnschange
