# SPDX-License-Identifier: MIT
# Fish completion of camp. The program itself knows the answers.
function __camp_complete
    set -l typed (commandline -opc) "$(commandline -ct)"
    set -l lines ($typed[1] __complete (math (count $typed) - 2) -- $typed[2..] 2>/dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path "$typed[-1]"
        case words
            printf '%s\n' $lines[2..]
    end
end
complete -c camp -f -a '(__camp_complete)'
