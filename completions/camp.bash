# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Bash completion of camp. The program itself knows the answers.
_camp() {
    local kind word summary
    COMPREPLY=()
    {
        read -r kind
        if [[ $kind == files ]]; then
            compopt -o default 2>/dev/null
        elif [[ $kind == words ]]; then
            # shellcheck disable=SC2034
            while IFS=$'\t' read -r word summary; do COMPREPLY+=("$word"); done
        fi
    } < <("${COMP_WORDS[0]}" __complete $((COMP_CWORD - 1)) -- "${COMP_WORDS[@]:1}" 2>/dev/null)
}
complete -F _camp camp
